// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// storageHazards are about storage parameters, tablespaces and replica identity.
var storageHazards = []Hazard{
	{
		ID: TableSetLoggedRewrite, Category: Rewrite, Severity: Error, Stages: []Stage{Plan, Apply, Operations},
		Title: "LOGGED and UNLOGGED rewrite the table",
		Why:   "The table is written anew under ACCESS EXCLUSIVE. An unlogged table is empty after a crash and absent on standbys.",
		Next:  "Copy it into a new table.",
		When:  "`unlogged` changes",
	},
	{
		ID: TableSetAccessMethodRewrite, Category: Rewrite, Severity: Error,
		Title:   "Another access method rewrites the table",
		Why:     "The table and its indexes are written anew under ACCESS EXCLUSIVE.",
		Next:    "Copy it into a new table.",
		Avoided: "The access method of a table is no attribute.",
	},
	{
		ID: TableSetTablespaceCopy, Category: Rewrite, Severity: Error, Stages: []Stage{Plan, Apply, Operations},
		Title: "Moving a table copies it under ACCESS EXCLUSIVE",
		Why:   "Nobody can use the table while its files are copied.",
		Next:  "Copy it into a new table; indexes can be moved by REINDEX CONCURRENTLY.",
		When:  "`tablespace` of an ordinary table changes",
	},
	{
		ID: TableOptionLock, Category: Locking, Severity: Info, Stages: []Stage{Operations},
		Title: "Options and comments wait for VACUUM and concurrent builds",
		Why:   "They take SHARE UPDATE EXCLUSIVE, which blocks neither reads nor writes.",
		Next:  "Nothing to do.",
		When:  "storage parameters, statistics targets or comments change",
	},
	{
		ID: StorageChangeNotRetroactive, Category: Design, Severity: Info, Stages: []Stage{Operations},
		Title: "Only new values are stored the new way",
		Why:   "Rows and pages that exist stay as they are.",
		Next:  "Rewrite rows, or REINDEX CONCURRENTLY an index, where it matters.",
		When:  "storage, compression or fillfactor changes",
	},
	{
		ID: ReplicaIdentityChange, Category: Replication, Severity: Warning, Stages: []Stage{Plan, Operations},
		Title: "Another replica identity changes what subscribers get",
		Why:   "FULL sends whole old rows; NOTHING makes UPDATE and DELETE of a published table fail. ACCESS EXCLUSIVE for an instant.",
		Next:  "Use the primary key or a unique index on NOT NULL columns.",
		When:  "`replica_identity` changes",
	},
	{
		ID: TableWithoutReplicaIdentity, Category: Replication, Severity: Warning, Stages: []Stage{Plan},
		Title: "The table has no replica identity",
		Why:   "UPDATE and DELETE fail as soon as it is published (55000), also by a publication FOR ALL TABLES.",
		Next:  "Give it a primary key.",
		When:  "a published table that changes has neither a primary key nor another replica identity",
	},
	{
		ID: TriggerCreateBlocksWrites, Category: Locking, Severity: Info, Stages: []Stage{Operations},
		Title: "Creating a trigger blocks writes for an instant",
		Why:   "CREATE TRIGGER takes SHARE ROW EXCLUSIVE on the table and on each partition.",
		Next:  "It runs in a transaction of its own and is tried again.",
		When:  "a transition begins, and gets its trigger",
	},
	{
		ID: TriggerDropExclusive, Category: Locking, Severity: Info, Stages: []Stage{Operations},
		Title: "Dropping a trigger takes ACCESS EXCLUSIVE",
		Why:   "It is stronger than creating one: reads wait as well.",
		Next:  "It runs in a transaction of its own and is tried again.",
		When:  "a transition ends, and loses its trigger",
	},
	{
		ID: ViewDependencyFreezesColumn, Category: Dependency, Severity: Warning,
		Title:   "A view keeps the column as it is",
		Why:     "PostgreSQL refuses to drop the column or to change its type, and the view does not see new columns.",
		Next:    "Drop the view before the change and create it again after it, with its privileges.",
		Avoided: "What views block is refused with the list of them (column_drop_blocked_by_dependents, column_type_change_blocked_by_dependents).",
	},
	{
		ID: CompatViewLimits, Category: AppBreaking, Severity: Error, Stages: []Stage{Plan, Operations},
		Title: "A view is not quite a table",
		Why:   "TRUNCATE, COPY FROM and DDL fail on it, ORMs see neither keys nor defaults, and row security applies as its owner.",
		Next:  "Let the code use the new name before it needs these.",
		When:  "a table is known under two names; an error where row security would not hold through the view (before PostgreSQL 15)",
	},
}
