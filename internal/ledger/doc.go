// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package ledger reads and writes what the database keeps about its own
// changes: the evidence that decides about contract, the progress of backfills,
// and the history of statements that ran.
//
// Opening, moving and ending a transition is not done here: those are
// statements of a plan (see the ddl package), so that a reviewer sees them and
// they commit together with what they describe. History and progress are the
// audit trail of a plan and no part of it.
package ledger
