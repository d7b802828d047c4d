// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strconv"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// ColumnDefinition returns a column as CREATE TABLE and ADD COLUMN take it.
// Storage, statistics and comment are statements of their own on every version
// (STORAGE within a definition came with 16).
func ColumnDefinition(c schema.Column) string {
	var b strings.Builder
	b.WriteString(c.Name.Quote() + " " + c.Type.SQL())
	if c.Compression != "" {
		b.WriteString(" COMPRESSION " + schema.Name(c.Compression).Quote())
	}
	if !c.Collation.IsZero() {
		b.WriteString(" COLLATE " + c.Collation.String())
	}
	if c.Generated != nil {
		b.WriteString(" GENERATED ALWAYS AS " + Parenthesised(c.Generated.Expression) + " " + generatedKind(*c.Generated))
	}
	if c.Identity != nil {
		b.WriteString(" " + IdentityClause(*c.Identity))
	}
	if c.Default != nil {
		b.WriteString(" DEFAULT " + restricted(*c.Default))
	}
	if !c.Nullable && c.Identity == nil {
		b.WriteString(" NOT NULL")
	}
	return b.String()
}

func generatedKind(g schema.Generated) string {
	if g.Virtual {
		return "VIRTUAL"
	}
	return "STORED"
}

// restricted returns an expression where the grammar takes a b_expr: AND, IS,
// IN and their like need parentheses there.
func restricted(e schema.Expression) string {
	text := expressionSQL(e)
	if (schema.Expression{Text: text}).IsAtomic() {
		return text
	}
	return Parenthesised(e)
}

func alterColumn(table schema.QualifiedName, column schema.Name, clause string) string {
	return "ALTER TABLE " + table.String() + " ALTER COLUMN " + column.Quote() + " " + clause
}

// AddColumn adds a column.
func AddColumn(table schema.QualifiedName, c schema.Column) string {
	return "ALTER TABLE " + table.String() + " ADD COLUMN " + ColumnDefinition(c)
}

// DropColumn drops a column, and never what depends on it.
func DropColumn(table schema.QualifiedName, column schema.Name) string {
	return "ALTER TABLE " + table.String() + " DROP COLUMN " + column.Quote()
}

// SetDefault sets the default of rows to come; nil removes it.
func SetDefault(table schema.QualifiedName, column schema.Name, value *schema.Expression) string {
	if value == nil {
		return alterColumn(table, column, "DROP DEFAULT")
	}
	return alterColumn(table, column, "SET DEFAULT "+restricted(*value))
}

// SetNotNull sets a column NOT NULL. Without a valid check that proves it, it
// reads the whole table under ACCESS EXCLUSIVE.
func SetNotNull(table schema.QualifiedName, column schema.Name) string {
	return alterColumn(table, column, "SET NOT NULL")
}

// DropNotNull makes a column nullable.
func DropNotNull(table schema.QualifiedName, column schema.Name) string {
	return alterColumn(table, column, "DROP NOT NULL")
}

// SetExpression changes what a generated column is computed from: 17 for
// stored ones, which are written anew, 18 for virtual ones.
func SetExpression(table schema.QualifiedName, column schema.Name, g schema.Generated) string {
	return alterColumn(table, column, "SET EXPRESSION AS "+Parenthesised(g.Expression))
}

// DropExpression makes a stored generated column an ordinary one that keeps its
// values.
func DropExpression(table schema.QualifiedName, column schema.Name) string {
	return alterColumn(table, column, "DROP EXPRESSION")
}

// SetCompression sets how values to come are compressed; "" is the server's
// default.
func SetCompression(table schema.QualifiedName, column schema.Name, method string) string {
	if method == "" {
		return alterColumn(table, column, "SET COMPRESSION DEFAULT")
	}
	return alterColumn(table, column, "SET COMPRESSION "+schema.Name(method).Quote())
}

// SetStorage sets where values to come are kept: plain, external, extended,
// main, or the default of the type (16 and later).
func SetStorage(table schema.QualifiedName, column schema.Name, storage string) string {
	if storage == "" {
		return alterColumn(table, column, "SET STORAGE DEFAULT")
	}
	return alterColumn(table, column, "SET STORAGE "+schema.Name(storage).Quote())
}

// SetStatistics sets the statistics target of a column; nil is the server's
// default.
func SetStatistics(table schema.QualifiedName, column schema.Name, target *int) string {
	value := -1
	if target != nil {
		value = *target
	}
	return alterColumn(table, column, "SET STATISTICS "+strconv.Itoa(value))
}
