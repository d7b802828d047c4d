// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// ValidateConstraint proves a NOT VALID constraint for the rows that were there
// before it, under SHARE UPDATE EXCLUSIVE.
func ValidateConstraint(table schema.QualifiedName, name schema.Name) string {
	return "ALTER TABLE " + table.String() + " VALIDATE CONSTRAINT " + name.Quote()
}

// DropConstraint drops a constraint of any kind. It never cascades.
func DropConstraint(table schema.QualifiedName, name schema.Name) string {
	return "ALTER TABLE " + table.String() + " DROP CONSTRAINT " + name.Quote()
}

// RenameConstraint renames a constraint of any kind.
func RenameConstraint(table schema.QualifiedName, name, to schema.Name) string {
	return "ALTER TABLE " + table.String() + " RENAME CONSTRAINT " + name.Quote() + " TO " + to.Quote()
}

// CommentOnConstraint sets the comment of a constraint, or removes it.
func CommentOnConstraint(table schema.QualifiedName, name schema.Name, comment string) string {
	return "COMMENT ON CONSTRAINT " + name.Quote() + " ON " + table.String() + " IS " + literalOrNull(comment)
}
