// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// constraintHazards are about checks, keys, foreign keys and exclusion constraints.
var constraintHazards = []Hazard{
	{
		ID: CheckAddValidatingScan, Category: Scan, Severity: Error,
		Title: "Adding a check scans the table",
		Why:   "Without NOT VALID all rows are read under ACCESS EXCLUSIVE.",
		Next:  "Add it NOT VALID and prove it afterwards.",
	},
	{
		ID: CheckAddFailsOnRows, Category: DataDependent, Severity: Error,
		Title: "Some rows violate the check",
		Why:   "The proof fails on them (23514).",
		Next:  "Correct the rows first.",
	},
	{
		ID: NotValidBlocksLegacyUpdates, Category: AppBreaking, Severity: Warning,
		Title: "Old rows that violate cannot be updated",
		Why:   "A constraint that is NOT VALID still checks each UPDATE of an old row, even of another column.",
		Next:  "Correct the rows before the constraint is added.",
	},
	{
		ID: ValidateWhileHoldingLock, Category: Locking, Severity: Error,
		Title: "A proof under a strong lock blocks everybody",
		Why:   "NOT VALID and VALIDATE in one transaction keep ACCESS EXCLUSIVE for the whole scan.",
		Next:  "Run them in transactions of their own.",
	},
	{
		ID: ConstraintLeftNotValid, Category: DataDependent, Severity: Warning,
		Title: "A constraint is not proven",
		Why:   "It holds for new rows only, and the planner cannot rely on it.",
		Next:  "Prove it with VALIDATE CONSTRAINT.",
	},
	{
		ID: ForeignKeyAddValidatingScan, Category: Scan, Severity: Error,
		Title: "Adding a foreign key reads both tables",
		Why:   "Without NOT VALID writes of both tables wait for the join (SHARE ROW EXCLUSIVE).",
		Next:  "Add it NOT VALID and prove it afterwards.",
	},
	{
		ID: ForeignKeyAddFailsOnOrphans, Category: DataDependent, Severity: Error,
		Title: "Some rows reference nothing",
		Why:   "The proof fails on them (23503).",
		Next:  "Remove or correct the rows first.",
	},
	{
		ID: ForeignKeyNotValidUnsupportedPartitioned, Category: Locking, Severity: Error,
		Title: "A partitioned table takes no NOT VALID foreign key",
		Why:   "PostgreSQL 14 to 17 refuse it (42809).",
		Next:  "Prove it on each partition; the partitioned table then adopts them without a scan.",
	},
	{
		ID: ForeignKeyAdoptPartitionLocksReferenced, Category: Locking, Severity: Warning,
		Title: "Adopting foreign keys of partitions locks the referenced table",
		Why:   "No scan is needed, but ACCESS EXCLUSIVE on the referenced table instead of SHARE ROW EXCLUSIVE.",
		Next:  "Apply it when there is little traffic; it is tried again until it gets the lock in time.",
	},
	{
		ID: ForeignKeyMissingSupportingIndex, Category: Scan, Severity: Warning,
		Title: "The referencing columns have no index",
		Why:   "Each DELETE of a referenced row, and each UPDATE of its key, reads the whole referencing table.",
		Next:  "Add an index that begins with the referencing columns.",
	},
	{
		ID: ForeignKeyTypeMismatch, Category: DataDependent, Severity: Warning,
		Title: "The two sides have different types",
		Why:   "Values of one side may not fit the other, and some pairs cannot be compared by an index.",
		Next:  "Give both columns the same type.",
	},
	{
		ID: ForeignKeyManyTablesOneTransaction, Category: Locking, Severity: Warning,
		Title: "Several foreign keys in one transaction lock many tables",
		Why:   "SHARE ROW EXCLUSIVE on several busy tables at once is a deadlock in waiting.",
		Next:  "Add each foreign key in a transaction of its own.",
	},
	{
		ID: ForeignKeyDropLosesIntegrity, Category: Destructive, Severity: Warning,
		Title: "Nothing keeps the reference whole any more",
		Why:   "Rows may then point to nothing, and adding the foreign key again fails on them. The drop takes ACCESS EXCLUSIVE on both tables.",
		Next:  "Keep it, unless the reference itself goes.",
	},
	{
		ID: ConstraintDropWeakens, Category: AppBreaking, Severity: Warning,
		Title: "Code may rely on the constraint",
		Why:   "Without it wrong rows are accepted; ON CONFLICT needs its unique constraint; the index of a key goes with it.",
		Next:  "Search the code for ON CONFLICT and for the handling of the error first.",
	},
	{
		ID: UniqueAddBuildsIndex, Category: Locking, Severity: Error,
		Title: "Adding UNIQUE builds an index under ACCESS EXCLUSIVE",
		Why:   "Neither reads nor writes are possible until it is built.",
		Next:  "Build a unique index concurrently and let the constraint take it over.",
	},
	{
		ID: UniqueAddFailsOnDuplicates, Category: DataDependent, Severity: Error,
		Title: "Some rows have the same key",
		Why:   "The build of a unique index fails on them at its end (23505) and leaves an invalid index.",
		Next:  "Remove or change the duplicates first.",
	},
	{
		ID: UniqueUsingIndexIneligible, Category: Dependency, Severity: Error,
		Title: "The index cannot back the constraint",
		Why:   "A constraint takes a plain, valid unique index with default order and operator classes only.",
		Next:  "Build one on exactly the columns of the constraint.",
	},
	{
		ID: PrimaryKeyAddBuildsIndex, Category: Locking, Severity: Error,
		Title: "Adding PRIMARY KEY builds an index under ACCESS EXCLUSIVE",
		Why:   "Neither reads nor writes are possible until it is built, and nullable columns are scanned too.",
		Next:  "Build a unique index concurrently, prove NOT NULL, and let the constraint take the index over.",
	},
	{
		ID: PrimaryKeyAddImplicitNotNullScan, Category: Scan, Severity: Warning,
		Title: "A primary key on nullable columns scans the table",
		Why:   "PostgreSQL proves NOT NULL under ACCESS EXCLUSIVE.",
		Next:  "Prove NOT NULL under a weak lock first.",
	},
	{
		ID: PrimaryKeyDropBreaksDependents, Category: Dependency, Severity: Error,
		Title: "Something relies on the key",
		Why:   "Foreign keys and views that group by the key keep it from being dropped (2BP01); without it a published table loses its replica identity, and UPDATE and DELETE fail.",
		Next:  "Drop what relies on it first, or give the table another replica identity.",
	},
	{
		ID: ExclusionAddNoOnlinePath, Category: Locking, Severity: Error,
		Title: "An exclusion constraint can only be added under ACCESS EXCLUSIVE",
		Why:   "PostgreSQL knows neither NOT VALID nor USING INDEX for it: nobody can use the table until its index is built and checked.",
		Next:  "Add it while the table is new or small, or acknowledge the downtime.",
	},
	{
		ID: ConstraintEnforcementNoOnlinePath, Category: Scan, Severity: Warning,
		Title: "Enforcing a constraint scans under a strong lock",
		Why:   "ENFORCED proves all rows under ACCESS EXCLUSIVE, and a check cannot be switched at all.",
		Next:  "Add another one NOT VALID, prove it, and drop the one that is not enforced.",
	},
	{
		ID: ConstraintUnnamed, Category: Naming, Severity: Info,
		Title: "The constraint has no name of its own",
		Why:   "A name that the server chooses differs between databases and cannot be named later.",
		Next:  "Name it.",
	},
}
