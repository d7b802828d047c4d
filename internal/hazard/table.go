// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// tableHazards are about dropping, replacing and renaming tables.
var tableHazards = []Hazard{
	{
		ID: TableDropDeletesData, Category: Destructive, Severity: Error,
		Title: "Dropping a table deletes its rows",
		Why:   "DROP TABLE removes all rows for good.",
		Next:  "Stop using the table, wait for a release, look at its use in pg_stat_user_tables, and only then drop it.",
	},
	{
		ID: TableDropBreaksClients, Category: AppBreaking, Severity: Error,
		Title: "Dropping a table breaks the code that uses it",
		Why:   "Every statement that names the table fails at once (42P01), prepared ones too.",
		Next:  "Release code that does without the table first, and drop it when seq_scan and idx_scan in pg_stat_user_tables stand still.",
	},
	{
		ID: TableDropLocksReferenced, Category: Locking, Severity: Warning,
		Title: "Dropping a table locks the tables that it references",
		Why:   "DROP TABLE takes ACCESS EXCLUSIVE on every table that a foreign key of the dropped one references; with two busy ones a deadlock is likely.",
		Next:  "Drop the foreign keys first, each in a transaction of its own.",
	},
	{
		ID: TableDropBlockedByDependents, Category: Dependency, Severity: Error,
		Title: "Other objects depend on the table",
		Why:   "PostgreSQL refuses to drop a table that views, foreign keys or functions use (2BP01).",
		Next:  "Drop the listed objects first.",
	},
	{
		ID: DropCascadeCollateral, Category: Destructive, Severity: Error,
		Title: "CASCADE drops more than was asked for",
		Why:   "CASCADE silently removes views, foreign keys of other tables, and columns.",
		Next:  "Drop each dependent object by name.",
	},
	{
		ID: TableCreateForceDrops, Category: Destructive, Severity: Error,
		Title: "A table of this name is there already",
		Why:   "Creating it by dropping the existing one first would delete its rows.",
		Next:  "Import the existing table, or choose another name.",
	},
	{
		ID: ReplaceDestroysData, Category: Destructive, Severity: Error,
		Title: "Replacing an object destroys its data",
		Why:   "Destroying and creating again is a drop in disguise: rows and values are gone.",
		Next:  "Change the object in place, or let the new one live beside the old one for a while.",
	},
	{
		ID: ColumnSlotsExhausted, Category: DataDependent, Severity: Warning,
		Title: "The table is running out of column numbers",
		Why:   "Dropped columns count for good. At 1600 numbers no column can be added any more.",
		Next:  "Copy the table into a new one.",
	},
	{
		ID: SequenceDropOrUntracked, Category: Destructive, Severity: Warning,
		Title: "A sequence goes with its column",
		Why:   "Dropping a column drops the sequence that it owns; defaults of other tables may use it without PostgreSQL knowing.",
		Next:  "Set the sequence OWNED BY NONE first if others use it.",
	},
	{
		ID: TableRenameBreaksClients, Category: AppBreaking, Severity: Error,
		Title: "Renaming a table breaks the code that uses it",
		Why:   "The old name fails at once (42P01).",
		Next:  "Rename in phases: both names work until contract.",
	},
	{
		ID: ColumnRenameBreaksClients, Category: AppBreaking, Severity: Error,
		Title: "Renaming a column breaks the code that uses it",
		Why:   "The old name fails at once (42703). Views keep the old name for their own column; functions whose body is a string fail when they are called.",
		Next:  "Add the new column with replaces, and go through the phases.",
	},
	{
		ID: SchemaRenameBreaksClients, Category: AppBreaking, Severity: Error,
		Title: "Moving an object to another schema breaks the code that uses it",
		Why:   "Qualified names and search_path no longer find it.",
		Next:  "Leave a view of the old name behind for one release.",
	},
	{
		ID: NameReferencedByClients, Category: AppBreaking, Severity: Warning,
		Title: "Code may know the old name",
		Why:   "Constraint and index names appear in ON CONFLICT ON CONSTRAINT, in the handling of errors, and in planner hints; sequence names in nextval().",
		Next:  "Search the code for the old name before the apply.",
	},
	{
		ID: IndexRenameWrongVerb, Category: Locking, Severity: Info,
		Title: "ALTER TABLE renames an index under a stronger lock",
		Why:   "ALTER TABLE ... RENAME on an index takes ACCESS EXCLUSIVE on it, ALTER INDEX ... RENAME only SHARE UPDATE EXCLUSIVE.",
		Next:  "Use ALTER INDEX.",
	},
	{
		ID: ColumnDropDeletesData, Category: Destructive, Severity: Error,
		Title: "Dropping a column deletes its values",
		Why:   "The values cannot be read any more, at once and for good.",
		Next:  "Remove the column in phases: make it optional, stop using it, drop it last.",
	},
	{
		ID: ColumnDropBreaksClients, Category: AppBreaking, Severity: Error,
		Title: "Dropping a column breaks the code that uses it",
		Why:   "Statements that name the column fail (42703), INSERT without a column list too, and ORMs name cached columns until they are restarted.",
		Next:  "Let the code ignore the column for one release before it is dropped.",
	},
	{
		ID: ColumnDropCollateralObjects, Category: Destructive, Severity: Error,
		Title: "Indexes and constraints vanish with the column",
		Why:   "DROP COLUMN silently takes along every index, check, unique or primary key, foreign key and statistics object that names the column, those of several columns too.",
		Next:  "Drop each of them in a change of its own first.",
	},
	{
		ID: ColumnDropBlockedByDependents, Category: Dependency, Severity: Error,
		Title: "Other objects depend on the column",
		Why:   "PostgreSQL refuses to drop a column that views, policies, triggers, functions, foreign keys or publications use (2BP01).",
		Next:  "Drop or change the listed objects first.",
	},
	{
		ID: ColumnDropHiddenCodeDependency, Category: AppBreaking, Severity: Warning,
		Title: "A function may read the column without PostgreSQL knowing",
		Why:   "The body of an SQL or PL/pgSQL function is a string: it fails when it is called, not when the column goes.",
		Next:  "Search pg_proc.prosrc for the name, and change the functions first.",
	},
	{
		ID: ColumnDropLocksReferenced, Category: Locking, Severity: Warning,
		Title: "Dropping the column locks the table that it references",
		Why:   "A foreign key goes with its column, which takes ACCESS EXCLUSIVE on the referenced table as well.",
		Next:  "Drop the foreign key first, in a transaction of its own.",
	},
}
