// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// designHazards are advice about names and types.
var designHazards = []Hazard{
	{
		ID: IdentifierTruncated, Category: Naming, Severity: Error,
		Title: "The name is too long",
		Why:   "PostgreSQL cuts names to 63 bytes with a NOTICE only; the object then has another name than the configuration.",
		Next:  "Choose a shorter name.",
	},
	{
		ID: IdentifierDuplicate, Category: Naming, Severity: Error,
		Title: "The name is taken",
		Why:   "Tables, indexes, views and sequences of a schema share their names, and so do the constraints of a table.",
		Next:  "Choose another name, or import the existing object.",
	},
	{
		ID: NamingPolicy, Category: Naming, Severity: Info,
		Title: "The name does not follow the naming policy",
		Why:   "Names that differ from the rest are harder to find.",
		Next:  "Rename it.",
	},
	{
		ID: DesignCharType, Category: Design, Severity: Info,
		Title: "char(n) pads values with spaces",
		Why:   "Comparison and length surprise, and another n rewrites the table.",
		Next:  "Use text.",
	},
	{
		ID: DesignVarcharLimit, Category: Design, Severity: Info,
		Title: "varchar(n) limits the length for good",
		Why:   "Widening is cheap, narrowing rewrites the table.",
		Next:  "Use text, with a check where a limit is meant.",
	},
	{
		ID: DesignTimestampWithoutTZ, Category: Design, Severity: Info,
		Title: "timestamp has no time zone",
		Why:   "Which moment a value means depends on who reads it.",
		Next:  "Use timestamptz.",
	},
	{
		ID: DesignShortInteger, Category: Design, Severity: Warning,
		Title: "The key may run out of numbers",
		Why:   "integer ends at 2147483647, and changing it to bigint rewrites the table.",
		Next:  "Use bigint.",
	},
	{
		ID: DesignSerial, Category: Design, Severity: Info,
		Title: "serial has a sequence with a life of its own",
		Why:   "Ownership and privileges are separate from the column's.",
		Next:  "Use identity.",
	},
	{
		ID: DesignJSONType, Category: Design, Severity: Info,
		Title: "json has no equality",
		Why:   "DISTINCT, GROUP BY and UNION fail on it (42883).",
		Next:  "Use jsonb.",
	},
	{
		ID: DesignColumnAlignment, Category: Design, Severity: Info,
		Title: "The order of columns wastes space",
		Why:   "Columns of mixed width are padded.",
		Next:  "A new table orders its columns by itself.",
	},
	{
		ID: DesignTableTooLarge, Category: Design, Severity: Warning,
		Title: "The table is large for this change",
		Why:   "More columns and indexes on it make every later change slower.",
		Next:  "Consider partitioning, or a table of its own.",
	},
}
