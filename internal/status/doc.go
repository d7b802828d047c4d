// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package status tells how far the changes of a database are: which transitions
// are open and may end, how far backfills and index builds are, and who waits for
// whom. It reads the ledger and the catalog, and writes nothing to the database.
package status
