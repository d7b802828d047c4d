// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// AlterType changes the type of a column. The collation is always part of it:
// without COLLATE the column would fall back to the one of its type.
func AlterType(table schema.QualifiedName, column schema.Column) string {
	return alterColumn(table, column.Name, typeClause(column))
}

// AlterTypeWithChecks changes the type of a column and takes the checks that
// name it out of the way: PostgreSQL would else scan the table under ACCESS
// EXCLUSIVE to prove them again. They come back NOT VALID in the same command.
func AlterTypeWithChecks(table schema.QualifiedName, column schema.Column, checks []schema.Check) string {
	statement := "ALTER TABLE " + table.String()
	for _, check := range checks {
		statement += " DROP CONSTRAINT " + check.Name.Quote() + ","
	}
	statement += " ALTER COLUMN " + column.Name.Quote() + " " + typeClause(column)
	for _, check := range checks {
		statement += ", ADD " + CheckConstraint(check) + " NOT VALID"
	}
	return statement
}

func typeClause(column schema.Column) string {
	clause := "TYPE " + column.Type.SQL()
	if !column.Collation.IsZero() {
		clause += " COLLATE " + column.Collation.String()
	}
	return clause
}

// Analyze renews the statistics of columns, or of the whole table with the
// expressions of its indexes where none is named.
func Analyze(table schema.QualifiedName, columns ...schema.Name) string {
	if len(columns) == 0 {
		return "ANALYZE " + table.String()
	}
	return "ANALYZE " + table.String() + " (" + schema.QuoteNames(columns) + ")"
}
