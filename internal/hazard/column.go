// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// columnHazards are about adding columns, defaults, generated values and NOT NULL.
var columnHazards = []Hazard{
	{
		ID: ColumnAddVolatileDefaultRewrite, Category: Rewrite, Severity: Error,
		Title: "A volatile default rewrites the table",
		Why:   "ADD COLUMN with a default that differs from row to row (random(), clock_timestamp(), gen_random_uuid(), nextval()) writes the table and all indexes anew under ACCESS EXCLUSIVE.",
		Next:  "Add the column without it, set the default, and fill old rows in batches.",
	},
	{
		ID: ColumnDefaultVolatilityUnknown, Category: Rewrite, Severity: Warning,
		Title: "It is not known whether the default rewrites the table",
		Why:   "The default calls a function that cannot be classified; if it is volatile after inlining, the table is rewritten.",
		Next:  "It is treated as volatile: added without it, and filled in batches.",
	},
	{
		ID: ColumnAddSerialRewrite, Category: Rewrite, Severity: Error,
		Title: "serial rewrites the table",
		Why:   "ADD COLUMN of type serial has a volatile default, so the table is written anew under ACCESS EXCLUSIVE.",
		Next:  "Use bigint with identity: old rows are then numbered in batches.",
	},
	{
		ID: ColumnAddIdentityRewrite, Category: Rewrite, Severity: Error,
		Title: "An identity column rewrites the table",
		Why:   "ADD COLUMN ... GENERATED AS IDENTITY writes the table anew under ACCESS EXCLUSIVE; a partitioned table refuses it before PostgreSQL 17.",
		Next:  "Add a plain column, number old rows in batches, and make it an identity column last.",
	},
	{
		ID: ColumnAddGeneratedStoredRewrite, Category: Rewrite, Severity: Error,
		Title: "A stored generated column rewrites the table",
		Why:   "ADD COLUMN ... GENERATED ALWAYS AS (...) STORED computes every row under ACCESS EXCLUSIVE.",
		Next:  "On PostgreSQL 18 make it virtual, or use a plain column that a trigger keeps current.",
	},
	{
		ID: ColumnAddVirtualNotNullScan, Category: Scan, Severity: Warning,
		Title: "NOT NULL or a check on a virtual column scans the table",
		Why:   "PostgreSQL computes the column for every row under ACCESS EXCLUSIVE to prove it.",
		Next:  "Add the column without it, then a check that is NOT VALID first and proven afterwards.",
	},
	{
		ID: ColumnAddConstrainedDomainRewrite, Category: Rewrite, Severity: Error,
		Title: "A column of a constrained domain rewrites the table",
		Why:   "ADD COLUMN of a domain with CHECK or NOT NULL writes the table anew under ACCESS EXCLUSIVE, though every value is NULL.",
		Next:  "Use the base type and put the check on the table.",
	},
	{
		ID: ColumnAddRequiredFails, Category: DataDependent, Severity: Error,
		Title: "A required column without a value fails",
		Why:   "Rows that exist would be NULL in the new NOT NULL column (23502).",
		Next:  "Give the column a default, or a backfill expression.",
	},
	{
		ID: ColumnAddRequiredBreaksWriters, Category: AppBreaking, Severity: Error,
		Title: "Old code cannot insert any more",
		Why:   "INSERTs that do not know the new NOT NULL column fail (23502), as it has no default.",
		Next:  "Give the column a default for the time of the rollout.",
	},
	{
		ID: ColumnAddInlineCheckScan, Category: Scan, Severity: Warning,
		Title: "A check within ADD COLUMN scans the table",
		Why:   "PostgreSQL reads all rows under ACCESS EXCLUSIVE, though the column is NULL in all of them.",
		Next:  "Add the check NOT VALID and prove it afterwards.",
	},
	{
		ID: ColumnAddInlineUniqueOrPrimaryKey, Category: Locking, Severity: Error,
		Title: "A key within ADD COLUMN builds its index under ACCESS EXCLUSIVE",
		Why:   "Neither reads nor writes are possible until the index is built.",
		Next:  "Add the column, build a unique index concurrently, and let the constraint take it over.",
	},
	{
		ID: ColumnAddInlineForeignKey, Category: Locking, Severity: Warning,
		Title: "A foreign key within ADD COLUMN locks both tables",
		Why:   "ACCESS EXCLUSIVE on the table, SHARE ROW EXCLUSIVE on the referenced one, and with a default a proof of all rows.",
		Next:  "Add the column first and the foreign key NOT VALID afterwards.",
	},
	{
		ID: ColumnAddBreaksStarClients, Category: AppBreaking, Severity: Warning,
		Title: "SELECT * meets a new column",
		Why:   "Prepared SELECT * and RETURNING * fail until they are prepared again (0A000), INSERT ... SELECT * and COPY without a column list count wrong.",
		Next:  "Name columns in code; recycle connections after the apply where that is not so.",
	},
	{
		ID: ColumnDefaultChangePartialInserts, Category: AppBreaking, Severity: Warning,
		Title: "Code that leaves the column out sees another default",
		Why:   "INSERTs without the column get the new default, or none, at once; ORMs that omit values equal to a cached default write the wrong one.",
		Next:  "Let the code write the value explicitly before the default changes.",
	},
	{
		ID: IdentitySequenceNotAdvanced, Category: DataDependent, Severity: Error,
		Title: "The new sequence starts below existing values",
		Why:   "An identity that is added to a column with values starts at 1: the first INSERT fails (23505).",
		Next:  "Set the sequence to the largest value in the same transaction.",
	},
	{
		ID: GeneratedExpressionSetRewrite, Category: Rewrite, Severity: Error,
		Title: "Another generation expression rewrites the table",
		Why:   "SET EXPRESSION computes every stored value anew under ACCESS EXCLUSIVE.",
		Next:  "Add another column with the new expression, and replace the old one in phases.",
	},
	{
		ID: GeneratedExpressionDropFreezes, Category: AppBreaking, Severity: Warning,
		Title: "The values no longer follow their expression",
		Why:   "After DROP EXPRESSION the column keeps its values, and nobody computes new ones.",
		Next:  "Install a trigger that keeps it current first.",
	},
	{
		ID: ColumnSetNotNullScan, Category: Scan, Severity: Error,
		Title: "SET NOT NULL scans the table",
		Why:   "Without a proof PostgreSQL reads all rows under ACCESS EXCLUSIVE.",
		Next:  "Prove it by a check, or on PostgreSQL 18 by a NOT VALID constraint, under a weak lock first.",
	},
	{
		ID: NotNullProofInvalid, Category: Scan, Severity: Warning,
		Title: "The check does not prove NOT NULL",
		Why:   "A check that is NOT VALID, that NULL satisfies, or that goes in the same command, does not save the scan.",
		Next:  "Use a valid check (column IS NOT NULL) and drop it in a later command.",
	},
	{
		ID: NotNullNotValidMisread, Category: DataDependent, Severity: Warning,
		Title: "The column says NOT NULL and may hold NULL",
		Why:   "PostgreSQL 18 reports a column with a NOT VALID constraint as NOT NULL; SET NOT NULL scans, and a primary key is refused (55000).",
		Next:  "Prove the constraint with VALIDATE CONSTRAINT.",
	},
	{
		ID: ColumnSetNotNullFailsOnNulls, Category: DataDependent, Severity: Error,
		Title: "Some rows are NULL",
		Why:   "The column cannot become NOT NULL while rows hold NULL (23502).",
		Next:  "Fill them, by hand or by a backfill expression.",
	},
	{
		ID: ColumnSetNotNullBreaksWriters, Category: AppBreaking, Severity: Warning,
		Title: "Code may still write NULL",
		Why:   "From the first step on, INSERT and UPDATE of NULL fail, before old rows are proven.",
		Next:  "Release code that always writes the column first.",
	},
	{
		ID: ColumnDropNotNullBreaksReaders, Category: AppBreaking, Severity: Warning,
		Title: "Code may not expect NULL",
		Why:   "Once the column is nullable, readers can meet NULL.",
		Next:  "Release code that can handle NULL first.",
	},
	{
		ID: ColumnDropNotNullBlocked, Category: Dependency, Severity: Error,
		Title: "Something needs the column to be NOT NULL",
		Why:   "A primary key, an identity, a replica identity or a parent table needs it (42P16).",
		Next:  "Drop or change that first.",
	},
	{
		ID: ColumnTypeChangeRewrite, Category: Rewrite, Severity: Error,
		Title: "The new type rewrites the table",
		Why:   "The table and all of its indexes are written anew under ACCESS EXCLUSIVE, with twice the space meanwhile.",
		Next:  "Change the type in phases: a shadow column is filled in batches and exchanged.",
	},
	{
		ID: ColumnTypeChangeIndexRebuild, Category: Scan, Severity: Error,
		Title: "The new type rebuilds indexes",
		Why:   "Indexes whose operators change, and those with an expression or a predicate, are built anew under ACCESS EXCLUSIVE.",
		Next:  "Drop them concurrently before the change and build them again after it.",
	},
	{
		ID: ColumnTypeChangeCheckRescan, Category: Scan, Severity: Warning,
		Title: "The new type proves checks again",
		Why:   "A valid check that names the column makes PostgreSQL read the table under ACCESS EXCLUSIVE.",
		Next:  "Add the check again NOT VALID in the same command, and prove it afterwards.",
	},
	{
		ID: ColumnTypeChangeForeignKeyRecheck, Category: Locking, Severity: Error,
		Title: "The new type reaches the other table of a foreign key",
		Why:   "The other table is locked ACCESS EXCLUSIVE too; a rewriting change also proves the foreign key again by reading both.",
		Next:  "Change both columns in phases.",
	},
	{
		ID: ColumnTypeChangeTimezoneDependent, Category: Rewrite, Severity: Error,
		Title: "timestamp and timestamptz differ by a time zone",
		Why:   "The change keeps the stored values only in UTC; in any other zone it shifts each value and rewrites the table.",
		Next:  "Make sure that stored values are in UTC, and acknowledge that they are.",
	},
	{
		ID: ColumnTypeNarrowingFails, Category: DataDependent, Severity: Error,
		Title: "Values do not fit the new type",
		Why:   "The change would fail on them (22001, 22003, 22P02), or round them without an error.",
		Next:  "Correct the values first, or keep the type and add a check instead.",
	},
	{
		ID: ColumnTypeChangeBlockedByDependents, Category: Dependency, Severity: Error,
		Title: "Other objects depend on the column's type",
		Why:   "PostgreSQL refuses to change the type of a column that views, generated columns, triggers, policies, functions or publications use (0A000), or that comes from a parent table (42P16).",
		Next:  "Drop the listed objects before, and make them again afterwards.",
	},
	{
		ID: ColumnTypeChangeBreaksClients, Category: AppBreaking, Severity: Warning,
		Title: "Prepared statements return another type",
		Why:   "Statements that return the column fail until they are prepared again (0A000), even where only the length changes.",
		Next:  "Recycle connections after the apply.",
	},
	{
		ID: ColumnTypeChangeDropsStatistics, Category: Scan, Severity: Info,
		Title: "Statistics of the column are gone",
		Why:   "Queries are planned without them until the next ANALYZE.",
		Next:  "ANALYZE runs right after the change.",
	},
	{
		ID: ColumnTypeDefaultUncastable, Category: Dependency, Severity: Error,
		Title: "The default does not fit the new type",
		Why:   "PostgreSQL cannot convert the default by itself (42804).",
		Next:  "Change the default too.",
	},
	{
		ID: ColumnTypeValueTranslation, Category: DataDependent, Severity: Error,
		Title: "How to convert the values is not clear",
		Why:   "An implicit conversion would guess what the values mean (seconds or milliseconds?).",
		Next:  "Write the conversion as an expression.",
	},
	{
		ID: ColumnOrderDrift, Category: Dependency, Severity: Info,
		Title: "PostgreSQL cannot reorder columns",
		Why:   "New columns are always last.",
		Next:  "Name columns in code instead of relying on their order.",
	},
}
