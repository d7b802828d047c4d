// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// designHazards are advice about names and types.
var designHazards = []Hazard{
	{
		ID: IdentifierTruncated, Category: Naming, Severity: Error, Stages: []Stage{Validate, Plan, Apply}, Fixed: true,
		Title: "The name is too long",
		Why:   "PostgreSQL cuts names to 63 bytes with a NOTICE only; the object then has another name than the configuration.",
		Next:  "Choose a shorter name.",
		When:  "a name has more than 63 bytes",
	},
	{
		ID: IdentifierDuplicate, Category: Naming, Severity: Error, Stages: []Stage{Validate, Plan, Apply}, Fixed: true,
		Title: "The name is taken",
		Why:   "Tables, indexes, views and sequences of a schema share their names, and so do the constraints of a table.",
		Next:  "Choose another name, or import the existing object.",
		When:  "another object has the name",
	},
	{
		ID: NamingPolicy, Category: Naming, Severity: Warning, Stages: []Stage{Plan},
		Title: "The name does not follow the naming policy",
		Why:   "Names that differ from the rest are harder to find, and those that have to be quoted are easily got wrong.",
		Next:  "Choose another name before code knows it.",
		When:  "a new name does not match the pattern that `naming` of the provider has for its kind; where there is no pattern, advice about a name that has to be quoted, which is not shown unless the policy asks for it",
	},
	{
		ID: DesignCharType, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "char(n) pads values with spaces",
		Why:   "Comparison and length surprise, and another n rewrites the table.",
		Next:  "Use text.",
		When:  "a new column, or one that changes its type, is char(n)",
	},
	{
		ID: DesignVarcharLimit, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "varchar(n) limits the length for good",
		Why:   "Widening is cheap, narrowing rewrites the table.",
		Next:  "Use text, with a check where a limit is meant.",
		When:  "a new column, or one that changes its type, is varchar(n)",
	},
	{
		ID: DesignTimestampWithoutTZ, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "timestamp has no time zone",
		Why:   "Which moment a value means depends on who reads it.",
		Next:  "Use timestamptz.",
		When:  "a new column, or one that changes its type, is timestamp without time zone",
	},
	{
		ID: DesignShortInteger, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "The key may run out of numbers",
		Why:   "integer ends at 2147483647, and changing it to bigint rewrites the table.",
		Next:  "Use bigint.",
		When:  "a new column, or one that changes its type, is smallint or integer and belongs to the primary key or has an identity",
	},
	{
		ID: DesignSerial, Category: Design, Severity: Info,
		Title:   "serial has a sequence with a life of its own",
		Why:     "Ownership and privileges are separate from the column's.",
		Next:    "Use identity.",
		Avoided: "`serial` is refused as a type; use `identity`.",
	},
	{
		ID: EnumDiscouraged, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "The values of an enum cannot be removed",
		Why:   "Values can be added and renamed, but never removed or reordered, and DROP TYPE ... CASCADE drops columns.",
		Next:  "Use a table of the values with a foreign key, or text with a check.",
		When:  "an enum is created, or a new column, or one that changes its type, is of an enum",
	},
	{
		ID: DesignJSONType, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "json has no equality",
		Why:   "DISTINCT, GROUP BY and UNION fail on it (42883).",
		Next:  "Use jsonb.",
		When:  "a new column, or one that changes its type, is json",
	},
	{
		ID: DesignColumnAlignment, Category: Design, Severity: Info,
		Title:   "The order of columns wastes space",
		Why:     "Columns of mixed width are padded.",
		Next:    "A new table orders its columns by itself.",
		Avoided: "A new table orders its columns by itself.",
	},
	{
		ID: DesignTableTooLarge, Category: Design, Severity: Info, Stages: []Stage{Plan},
		Title: "The table is large for this change",
		Why:   "More columns and indexes on it make every later change slower.",
		Next:  "Consider partitioning, or a table of its own.",
		When:  "a table of more than 100 GB gets a column, or one of more than 50 GB an index",
	},
}
