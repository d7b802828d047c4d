// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package executor runs operations of the planner on a PostgreSQL server
// without stopping the application that uses it.
//
// A [Session] is one connection with an advisory lock on one table. It runs
// each operation by its class:
//
//	Brief       one transaction under lock_timeout, tried again with backoff
//	Online      one transaction without a statement timeout
//	Concurrent  outside of a transaction, watched, undone when it fails
//	Batch       a backfill in many short transactions, on several connections
//	Verify      a read, in a transaction that cannot write
//
// Apart from reads the executor sends nothing but the statements of the
// operations, BEGIN, COMMIT and ROLLBACK, SET and RESET, advisory locks, the
// DROP INDEX CONCURRENTLY of an index whose build failed, and an empty
// transaction with LOCK TABLE ... IN SHARE UPDATE EXCLUSIVE MODE where only
// that makes autovacuum step aside (see vacuum.go). Where there is a ledger, it
// writes there what ran, and how far a backfill is: the audit trail of the
// operations, and so no part of them.
//
// A brief transaction is sent in one round trip, COMMIT included: while it
// holds a strong lock it never waits for the network.
//
// What was interrupted is seen in the catalog, and the next plan is the rest.
// Only a backfill is remembered, so that it need not read again what it has
// done: a batch and the note that it is done share a transaction.
package executor
