// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strconv"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Unmigrated is true of a row that the backfill has to fill: every new column
// is NULL though the old side gives a value. A value that is there is never
// overwritten.
func Unmigrated(t schema.OpenTransition) string {
	values := make([]string, len(t.New))
	for i, column := range t.New {
		values[i] = source(t.Table, t.Up[column], t.Old) + " IS NOT NULL"
	}
	given := strings.Join(values, " OR ")
	if len(values) > 1 {
		given = "(" + given + ")"
	}
	return nullColumns(t.New) + " AND " + given
}

// UpExpression is what a new column is computed from, ready for SET and SELECT.
func UpExpression(t schema.OpenTransition, column schema.Name) string {
	return source(t.Table, t.Up[column], t.Old)
}

// Inconsistent returns a SELECT of the rows that contract would lose a value
// of, each as one text with its primary key: the backfill has not been there,
// or the new value is not up(old) and the old value is not down(new). Where
// nothing feeds the old side, a new value that differs is simply newer.
func Inconsistent(t schema.OpenTransition, table schema.Table) string {
	differs := ""
	if old := fed(t); len(old) > 0 {
		differs = " OR\n    " + differ(t, table, t.New, t.Old, t.Up) + " AND\n    " + differ(t, table, old, t.New, t.Down)
	}
	return "SELECT " + RowLabel(table) + "\nFROM " + table.Name.String() + "\nWHERE " + Unmigrated(t) + differs
}

// ExampleLimit is how many rows a comparison of both sides returns at most.
const ExampleLimit = 100

// Bounded returns a comparison that ends after ExampleLimit rows: nobody needs
// to see more, and all rows of a large table could be among them.
func Bounded(query string) string { return query + "\nLIMIT " + strconv.Itoa(ExampleLimit) }

// differ compares stored images, as the trigger does. The types must be the
// same, so that each value is cast to the type of its column.
func differ(t schema.OpenTransition, table schema.Table, columns, from []schema.Name, expressions map[schema.Name]string) string {
	is, should := make([]string, len(columns)), make([]string, len(columns))
	for i, name := range columns {
		is[i], should[i] = name.Quote(), source(t.Table, expressions[name], from)
		if column := table.Column(name); column != nil {
			should[i] += "::" + column.Type.SQL()
		}
	}
	return "pg_catalog.record_image_ne(ROW(" + strings.Join(is, ", ") + "), ROW(" + strings.Join(should, ", ") + "))"
}

// source is the expression of a column: the only column of the other side where
// none was given.
func source(table schema.QualifiedName, expression string, from []schema.Name) string {
	if column, plain := plainSource(table, expression, from); plain {
		return column.Quote()
	}
	return "(" + expression + ")"
}

func nullColumns(columns []schema.Name) string {
	quoted := make([]string, len(columns))
	for i, column := range columns {
		quoted[i] = column.Quote() + " IS NULL"
	}
	return strings.Join(quoted, " AND ")
}

// RowLabel is an SQL expression that names a row: "id = 7", by primary key
// where there is one, else by place.
func RowLabel(table schema.Table) string {
	if table.PrimaryKey == nil || len(table.PrimaryKey.Columns) == 0 {
		return "'ctid = ' || ctid::text"
	}
	parts := make([]string, len(table.PrimaryKey.Columns))
	for i, column := range table.PrimaryKey.Columns {
		parts[i] = Literal(column.Quote()+" = ") + " || " + column.Quote() + "::text"
	}
	return strings.Join(parts, " || ', ' || ")
}
