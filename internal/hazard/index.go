// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// indexHazards are about building, replacing and dropping indexes.
var indexHazards = []Hazard{
	{
		ID: IndexCreateBlocksWrites, Category: Locking, Severity: Error,
		Title: "CREATE INDEX blocks writes",
		Why:   "Without CONCURRENTLY the table is locked SHARE until the index is built.",
		Next:  "Build it CONCURRENTLY.",
	},
	{
		ID: IndexConcurrentlyInTransaction, Category: Locking, Severity: Error,
		Title: "CONCURRENTLY cannot run in a transaction",
		Why:   "PostgreSQL refuses it (25001).",
		Next:  "Run it as a statement of its own.",
	},
	{
		ID: IndexInvalidLeftBehind, Category: DataDependent, Severity: Error,
		Title: "An interrupted build leaves an invalid index",
		Why:   "It slows writes and serves no query, and IF NOT EXISTS takes it for done.",
		Next:  "Drop it concurrently and build it again.",
	},
	{
		ID: IndexConcurrentWaitsOldSnapshots, Category: Locking, Severity: Warning,
		Title: "A concurrent build waits for long transactions",
		Why:   "It waits for every transaction that wrote to the table and for every older snapshot in the database; a drop also waits for readers.",
		Next:  "End long transactions; the plan lists those that it sees.",
	},
	{
		ID: IndexBuildLoad, Category: Scan, Severity: Info,
		Title: "Building an index takes time, CPU and WAL",
		Why:   "A concurrent build reads the table twice and sends the index to each standby.",
		Next:  "Build large indexes when there is little traffic.",
	},
	{
		ID: IndexDropExclusiveLock, Category: Locking, Severity: Warning,
		Title: "DROP INDEX locks the table",
		Why:   "Without CONCURRENTLY it takes ACCESS EXCLUSIVE, for a short time, and everybody queues behind it.",
		Next:  "Drop it CONCURRENTLY.",
	},
	{
		ID: IndexDropDegradesQueries, Category: AppBreaking, Severity: Warning,
		Title: "Queries may need the index",
		Why:   "A query that used it may become slow at once.",
		Next:  "Look at idx_scan in pg_stat_user_indexes on the primary and on every replica, some days apart.",
	},
	{
		ID: IndexDropBlockedByConstraint, Category: Dependency, Severity: Error,
		Title: "Something relies on the index",
		Why:   "An index that backs a constraint, that a foreign key relies on, or that is part of the index of a partitioned table, cannot be dropped alone (2BP01).",
		Next:  "Drop or change that first.",
	},
	{
		ID: IndexDropReplicaIdentity, Category: Replication, Severity: Error,
		Title: "The index identifies rows to subscribers",
		Why:   "PostgreSQL drops it without a word; each UPDATE and DELETE of the published table then fails (55000).",
		Next:  "Give the table another replica identity first.",
	},
	{
		ID: IndexPartitionedNoConcurrent, Category: Locking, Severity: Error,
		Title: "A partitioned table takes no concurrent build",
		Why:   "The plain form locks the table and each partition SHARE until all indexes are built.",
		Next:  "Build one on each partition concurrently and attach them.",
	},
	{
		ID: IndexPartitionedDropNoConcurrent, Category: Locking, Severity: Error,
		Title: "An index of a partitioned table cannot be dropped concurrently",
		Why:   "DROP INDEX takes ACCESS EXCLUSIVE on the table and on every partition for an instant.",
		Next:  "Apply it when there is little traffic; it is tried again until it gets all locks in time.",
	},
	{
		ID: IndexReplaceGap, Category: AppBreaking, Severity: Error,
		Title: "Queries do without the index for a while",
		Why:   "It is dropped before its successor is there.",
		Next:  "Build the successor first, where that is possible; else apply it when there is little traffic.",
	},
	{
		ID: IndexConcurrentCorruptionPG14, Category: DataDependent, Severity: Error,
		Title: "Concurrent builds lose rows on PostgreSQL 14.0 to 14.3",
		Why:   "The index can silently miss rows (release notes of 14.4).",
		Next:  "Update the server to 14.4 or later first.",
	},
	{
		ID: IndexWideLowValue, Category: Design, Severity: Info,
		Title: "The index has many columns",
		Why:   "More than three key columns rarely help a query, and each write pays for them.",
		Next:  "Keep the columns that queries filter by; put others into include.",
	},
	{
		ID: IndexHashDiscouraged, Category: Design, Severity: Info,
		Title: "The index uses the hash method",
		Why:   "It can be neither unique nor of several columns, and gives no order.",
		Next:  "Use btree.",
	},
	{
		ID: IndexRedundantOrTooMany, Category: Design, Severity: Info,
		Title: "The index repeats another one",
		Why:   "Each write pays for both; no query needs more than one.",
		Next:  "Drop one of them.",
	},
	{
		ID: IndexBreaksHOTUpdates, Category: Design, Severity: Info,
		Title: "The index is on a column that changes often",
		Why:   "Updates of an indexed column cannot stay on their page (HOT), so table and indexes grow faster.",
		Next:  "Index it only where queries need it.",
	},
	{
		ID: IndexExpressionNeedsAnalyze, Category: Design, Severity: Info,
		Title: "A new expression index has no statistics",
		Why:   "The planner guesses until the next ANALYZE.",
		Next:  "Run ANALYZE on the table after the apply.",
	},
}
