// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// CommentOnTable sets the comment of a table; an empty one removes it.
func CommentOnTable(table schema.QualifiedName, comment string) string {
	return "COMMENT ON TABLE " + table.String() + " IS " + literalOrNull(comment)
}

// CommentOnColumn sets the comment of a column; an empty one removes it.
func CommentOnColumn(table schema.QualifiedName, column schema.Name, comment string) string {
	return "COMMENT ON COLUMN " + table.String() + "." + column.Quote() + " IS " + literalOrNull(comment)
}

// CommentOnConstraint sets the comment of a constraint; an empty one removes
// it.
func CommentOnConstraint(table schema.QualifiedName, name schema.Name, comment string) string {
	return "COMMENT ON CONSTRAINT " + name.Quote() + " ON " + table.String() + " IS " + literalOrNull(comment)
}
