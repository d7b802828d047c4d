// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// AddConstraint adds a constraint given as a clause, and proves it at once.
func AddConstraint(table schema.QualifiedName, clause string) string {
	return "ALTER TABLE " + table.String() + " ADD " + clause
}

// AddConstraintNotValid adds a constraint that holds for new rows and is not
// yet proven for the old ones: instant.
func AddConstraintNotValid(table schema.QualifiedName, clause string) string {
	return AddConstraint(table, clause) + " NOT VALID"
}

// ValidateConstraint proves a constraint that was added NOT VALID, while reads
// and writes go on.
func ValidateConstraint(table schema.QualifiedName, name schema.Name) string {
	return "ALTER TABLE " + table.String() + " VALIDATE CONSTRAINT " + name.Quote()
}

// DropConstraint drops a constraint of any kind, and never more: RESTRICT is
// the default.
func DropConstraint(table schema.QualifiedName, name schema.Name) string {
	return "ALTER TABLE " + table.String() + " DROP CONSTRAINT " + name.Quote()
}

// RenameConstraint renames a constraint.
func RenameConstraint(table schema.QualifiedName, from, to schema.Name) string {
	return "ALTER TABLE " + table.String() + " RENAME CONSTRAINT " + from.Quote() + " TO " + to.Quote()
}

// CheckConstraint returns a check as a clause of CREATE TABLE and ADD.
func CheckConstraint(check schema.Check) string {
	clause := "CONSTRAINT " + check.Name.Quote() + " CHECK " + Parenthesised(check.Expression)
	if check.NoInherit {
		clause += " NO INHERIT"
	}
	return clause
}

// NotNullCheck returns the clause of the helper check that proves a column NOT
// NULL.
func NotNullCheck(name, column schema.Name) string {
	return "CONSTRAINT " + name.Quote() + " CHECK (" + column.Quote() + " IS NOT NULL)"
}

// NotNullConstraint returns NOT NULL as a table constraint (PostgreSQL 18).
func NotNullConstraint(name, column schema.Name) string {
	return "CONSTRAINT " + name.Quote() + " NOT NULL " + column.Quote()
}

// Parenthesised returns an expression within exactly one pair of parentheses
// more than it needs to be read alone.
func Parenthesised(e schema.Expression) string {
	text := expressionSQL(e)
	if (schema.Expression{Text: text}).IsParenthesised() {
		return text
	}
	return "(" + text + ")"
}
