// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Canonicalize returns the desired table with the server's own text and the
// volatility of each expression, and with the collations and operator classes
// of keys left out where they are the default ones: as Read would return them
// after an apply. Each expression that the server refuses is reported and
// otherwise left alone; the other errors do not concern an expression.
//
// observed may be nil; its columns can be named by expressions as well. The
// types of the columns must have been resolved. A *CannotCompareError means
// that expressions were only parsed and Canonical stays empty.
func Canonicalize(ctx context.Context, conn *pgx.Conn, desired schema.Table, observed *schema.Table) (schema.Table, []*ExpressionError, error) {
	desired = cloneExpressions(desired)
	b := newWorkbench(conn, desired, observed)
	for i := range desired.Columns {
		b.addColumn(&desired.Columns[i], "columns", string(desired.Columns[i].Name))
	}
	for i := range desired.Checks {
		b.addCheck(&desired.Checks[i], "checks", string(desired.Checks[i].Name), "expression")
	}
	for i := range desired.Exclusions {
		b.addExclusion(&desired.Exclusions[i], "exclusions", string(desired.Exclusions[i].Name))
	}
	if desired.PartitionBy != nil {
		b.addPartitionKey(desired.PartitionBy, "partition_by")
	}
	refused, err := b.run(ctx)
	return desired, refused, err
}

// CanonicalizeColumn is Canonicalize for one column of a table. Paths start at
// the column.
func CanonicalizeColumn(ctx context.Context, conn *pgx.Conn, table schema.Table, desired schema.Column) (schema.Column, []*ExpressionError, error) {
	desired = cloneColumn(desired)
	b := newWorkbench(conn, schema.Table{Name: table.Name, Columns: []schema.Column{desired}}, &table)
	b.addColumn(&desired)
	refused, err := b.run(ctx)
	return desired, refused, err
}

// CanonicalizeIndex is Canonicalize for one index of a table. It also fills the
// access method and the columns that the index names. Paths start at the index;
// an error without a path concerns the index as a whole.
func CanonicalizeIndex(ctx context.Context, conn *pgx.Conn, table schema.Table, desired schema.Index) (schema.Index, []*ExpressionError, error) {
	desired.Keys = cloneKeys(desired.Keys)
	desired.Where = cloneExpression(desired.Where)
	b := newWorkbench(conn, table, nil)
	b.exists = true
	b.addIndex(&desired)
	refused, err := b.run(ctx)
	return desired, refused, err
}

// cloneExpressions copies what canonicalizing changes, so that the caller's
// table stays as it was. Canonical texts of earlier rounds are dropped.
func cloneExpressions(t schema.Table) schema.Table {
	t.Columns = slices.Clone(t.Columns)
	for i := range t.Columns {
		t.Columns[i] = cloneColumn(t.Columns[i])
	}
	t.Checks = slices.Clone(t.Checks)
	for i := range t.Checks {
		t.Checks[i].Expression = *cloneExpression(&t.Checks[i].Expression)
	}
	t.Exclusions = slices.Clone(t.Exclusions)
	for i := range t.Exclusions {
		t.Exclusions[i].Where = cloneExpression(t.Exclusions[i].Where)
		t.Exclusions[i].Elements = slices.Clone(t.Exclusions[i].Elements)
		for j := range t.Exclusions[i].Elements {
			e := &t.Exclusions[i].Elements[j]
			e.Expression = cloneExpression(e.Expression)
		}
	}
	if t.PartitionBy != nil {
		key := *t.PartitionBy
		key.Keys = cloneKeys(key.Keys)
		t.PartitionBy = &key
	}
	return t
}

func cloneColumn(c schema.Column) schema.Column {
	c.Default = cloneExpression(c.Default)
	c.Backfill = cloneExpression(c.Backfill)
	if c.Generated != nil {
		generated := *c.Generated
		generated.Expression = *cloneExpression(&generated.Expression)
		c.Generated = &generated
	}
	return c
}

func cloneKeys(keys []schema.IndexKey) []schema.IndexKey {
	keys = slices.Clone(keys)
	for i := range keys {
		keys[i].Expression = cloneExpression(keys[i].Expression)
	}
	return keys
}

func cloneExpression(e *schema.Expression) *schema.Expression {
	if e == nil {
		return nil
	}
	return &schema.Expression{Text: e.Text}
}

// expressionsOf lists the expressions of keys with their paths.
func expressionsOf(keys []schema.IndexKey, where *schema.Expression, path, element []string) []expressionAt {
	var list []expressionAt
	for i := range keys {
		if keys[i].Expression != nil {
			at := slices.Concat(path, element, []string{strconv.Itoa(i), "expression"})
			list = append(list, expressionAt{at, keys[i].Expression})
		}
	}
	if where != nil {
		list = append(list, expressionAt{slices.Concat(path, []string{"where"}), where})
	}
	return list
}
