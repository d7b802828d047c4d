// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// indexHazards are about building, replacing and dropping indexes.
var indexHazards = []Hazard{
	{
		ID: IndexCreateBlocksWrites, Category: Locking, Severity: Error,
		Title:   "CREATE INDEX blocks writes",
		Why:     "Without CONCURRENTLY the table is locked SHARE until the index is built.",
		Next:    "Build it CONCURRENTLY.",
		Avoided: "Indexes are built concurrently.",
	},
	{
		ID: IndexConcurrentlyInTransaction, Category: Locking, Severity: Error,
		Title:   "CONCURRENTLY cannot run in a transaction",
		Why:     "PostgreSQL refuses it (25001).",
		Next:    "Run it as a statement of its own.",
		Avoided: "A concurrent build is a statement of its own.",
	},
	{
		ID: IndexInvalidLeftBehind, Category: DataDependent, Severity: Error,
		Title:   "An interrupted build leaves an invalid index",
		Why:     "It slows writes and serves no query, and IF NOT EXISTS takes it for done.",
		Next:    "Drop it concurrently and build it again.",
		Avoided: "An invalid index is dropped concurrently and built again, by the same apply or by the next one.",
	},
	{
		ID: IndexConcurrentWaitsOldSnapshots, Category: Locking, Severity: Info, Stages: []Stage{Operations},
		Title: "A concurrent build waits for long transactions",
		Why:   "It waits for every transaction that wrote to the table and for every older snapshot in the database; a drop also waits for readers.",
		Next:  "End long transactions; the plan lists those that it sees.",
		When:  "an index is built or dropped concurrently; plans that warn of something else list the transactions that are open",
	},
	{
		ID: IndexBuildLoad, Category: Scan, Severity: Info, Stages: []Stage{Operations},
		Title: "Building an index takes time, CPU and WAL",
		Why:   "A concurrent build reads the table twice and sends the index to each standby.",
		Next:  "Build large indexes when there is little traffic.",
		When:  "an index is built",
	},
	{
		ID: IndexDropExclusiveLock, Category: Locking, Severity: Warning,
		Title:   "DROP INDEX locks the table",
		Why:     "Without CONCURRENTLY it takes ACCESS EXCLUSIVE, for a short time, and everybody queues behind it.",
		Next:    "Drop it CONCURRENTLY.",
		Avoided: "Indexes are dropped concurrently, but for those of partitioned tables (index_partitioned_drop_no_concurrent) and of constraints (constraint_drop_weakens).",
	},
	{
		ID: IndexDropDegradesQueries, Category: AppBreaking, Severity: Error, Stages: []Stage{Plan, Operations},
		Title: "Queries may need the index",
		Why:   "A query that used it may become slow at once.",
		Next:  "Look at idx_scan in pg_stat_user_indexes on the primary and on every replica, some days apart.",
		When:  "an index goes: a warning; an error at `contract` where one of the old columns has no counterpart on the new ones",
	},
	{
		ID: IndexDropBlockedByConstraint, Category: Dependency, Severity: Error, Stages: []Stage{Plan, Apply}, Fixed: true,
		Title: "Something relies on the index",
		Why:   "An index that backs a constraint, that a foreign key relies on, or that is part of the index of a partitioned table, cannot be dropped alone (2BP01).",
		Next:  "Drop or change that first.",
		When:  "a constraint, a foreign key or the index of a partitioned table needs an index that is to go or to change",
	},
	{
		ID: IndexDropReplicaIdentity, Category: Replication, Severity: Error, Stages: []Stage{Plan, Apply}, Fixed: true,
		Title: "The index identifies rows to subscribers",
		Why:   "PostgreSQL drops it without a word; each UPDATE and DELETE of the published table then fails (55000).",
		Next:  "Give the table another replica identity first.",
		When:  "an index that is the replica identity of its table is to go or to change",
	},
	{
		ID: IndexPartitionedNoConcurrent, Category: Locking, Severity: Error,
		Title:   "A partitioned table takes no concurrent build",
		Why:     "The plain form locks the table and each partition SHARE until all indexes are built.",
		Next:    "Build one on each partition concurrently and attach them.",
		Avoided: "Each partition gets its index concurrently, and the partitioned table adopts them.",
	},
	{
		ID: IndexPartitionedDropNoConcurrent, Category: Locking, Severity: Error, Stages: []Stage{Plan, Operations},
		Title: "An index of a partitioned table cannot be dropped concurrently",
		Why:   "DROP INDEX takes ACCESS EXCLUSIVE on the table and on every partition for an instant.",
		Next:  "Apply it when there is little traffic; it is tried again until it gets all locks in time.",
		When:  "an index of a partitioned table is dropped",
	},
	{
		ID: IndexReplaceGap, Category: AppBreaking, Severity: Warning, Stages: []Stage{Plan},
		Title: "Queries do without the index for a while",
		Why:   "It is dropped before its successor is there.",
		Next:  "Build the successor first, where that is possible; else apply it when there is little traffic.",
		When:  "a type change sets indexes aside. A redefined index is built before the old one goes",
	},
	{
		ID: IndexConcurrentCorruptionPG14, Category: DataDependent, Severity: Error, Stages: []Stage{Plan, Apply}, Fixed: true,
		Title: "Concurrent builds lose rows on PostgreSQL 14.0 to 14.3",
		Why:   "The index can silently miss rows (release notes of 14.4).",
		Next:  "Update the server to 14.4 or later first.",
		When:  "an index is to be built on PostgreSQL 14.0 to 14.3",
	},
	{
		ID: IndexWideLowValue, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "The index has many columns",
		Why:   "More than three key columns rarely help a query, and each write pays for them.",
		Next:  "Keep the columns that queries filter by; put others into include.",
		When:  "a new index that is not unique has more than three keys",
	},
	{
		ID: IndexHashDiscouraged, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "The index uses the hash method",
		Why:   "It can be neither unique nor of several columns, and gives no order.",
		Next:  "Use btree.",
		When:  "a new index uses the hash method",
	},
	{
		ID: IndexRedundantOrTooMany, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "The index repeats another one, or is one of many",
		Why:   "Each write pays for all indexes; before PostgreSQL 18 a query of a table with more than 15 also takes locks in memory that all sessions share.",
		Next:  "Drop those that no query needs.",
		When:  "a new index is defined like another one, or its keys begin one, or it has 15 others beside it",
	},
	{
		ID: IndexBreaksHOTUpdates, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "The index is on a column that may change often",
		Why:   "An update of an indexed column cannot be heap-only (HOT): it writes every index of the table, and leaves more to VACUUM.",
		Next:  "Index it only where queries need it; from PostgreSQL 16 on a BRIN index has no such price.",
		When:  "a new index is on a column that no other one is on, and the table has had at least 1,000 heap-only updates, a tenth of all; the plan only looks where the policy asks",
	},
	{
		ID: IndexExpressionNeedsAnalyze, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "A new expression index has no statistics",
		Why:   "The planner guesses until the next ANALYZE.",
		Next:  "Run ANALYZE on the table after the apply.",
		When:  "a new index has an expression",
	},
}
