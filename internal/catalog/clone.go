// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

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
	c.Replaces = cloneReplacement(c.Replaces)
	if c.Conversion != nil {
		c.Conversion = &schema.Conversion{Up: cloneExpression(c.Conversion.Up), Down: cloneExpression(c.Conversion.Down)}
	}
	if c.Generated != nil {
		generated := *c.Generated
		generated.Expression = *cloneExpression(&generated.Expression)
		c.Generated = &generated
	}
	return c
}

func cloneReplacement(r *schema.Replacement) *schema.Replacement {
	if r == nil {
		return nil
	}
	replacement := schema.Replacement{Columns: r.Columns, Up: cloneExpression(r.Up)}
	for old, e := range r.Down {
		if replacement.Down == nil {
			replacement.Down = make(map[schema.Name]schema.Expression, len(r.Down))
		}
		replacement.Down[old] = *cloneExpression(&e)
	}
	return &replacement
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

func cloneIndex(index schema.Index) schema.Index {
	index.Keys = cloneKeys(index.Keys)
	index.Where = cloneExpression(index.Where)
	return index
}
