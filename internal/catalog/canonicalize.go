// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// canonicalizeStored is Canonicalize for the expressions that the database
// stores as they are.
func canonicalizeStored(ctx context.Context, conn *pgx.Conn, desired schema.Table, observed *schema.Table) (schema.Table, []*ExpressionError, error) {
	canonical, refused, err := canonicalizeTable(ctx, conn, desired, observed)
	if err != nil || len(refused) > 0 {
		return canonical, refused, err
	}
	again := func(texts map[string]string) (slots, error) {
		again := cloneExpressions(canonical)
		tableSlots(&again).write(texts)
		again, _, err := canonicalizeTable(ctx, conn, again, observed)
		return tableSlots(&again), err
	}
	if err := settle(tableSlots(&canonical), again); err != nil || observed == nil {
		return canonical, nil, err
	}
	return canonical, nil, reconcile(tableSlots(&canonical), tableSlots(observed), again)
}

func canonicalizeTable(ctx context.Context, conn *pgx.Conn, desired schema.Table, observed *schema.Table) (schema.Table, []*ExpressionError, error) {
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
	b.addSettings(desired, observed)
	refused, err := b.run(ctx)
	return desired, refused, err
}

// CanonicalizeColumn is Canonicalize for one column of a table. Paths start at
// the column.
func CanonicalizeColumn(ctx context.Context, conn *pgx.Conn, table schema.Table, desired schema.Column) (schema.Column, []*ExpressionError, error) {
	canonical, refused, err := Canonicalize(ctx, conn, schema.Table{Name: table.Name, Columns: []schema.Column{desired}}, &table)
	for _, e := range refused {
		e.Path = e.Path[2:]
	}
	return canonical.Columns[0], refused, err
}

// CanonicalizeIndex is Canonicalize for one index of an observed table. It also
// fills the access method and the columns that the index names. Paths start at
// the index; an error without a path concerns the index as a whole.
func CanonicalizeIndex(ctx context.Context, conn *pgx.Conn, table schema.Table, desired schema.Index) (schema.Index, []*ExpressionError, error) {
	canonical, refused, err := canonicalizeIndex(ctx, conn, table, desired)
	if err != nil || len(refused) > 0 {
		return canonical, refused, err
	}
	again := func(texts map[string]string) (slots, error) {
		again := cloneIndex(canonical)
		indexSlots(&again).write(texts)
		again, _, err := canonicalizeIndex(ctx, conn, table, again)
		return indexSlots(&again), err
	}
	observed := table.Index(desired.Name.Name)
	if err := settle(indexSlots(&canonical), again); err != nil || observed == nil {
		return canonical, nil, err
	}
	return canonical, nil, reconcile(indexSlots(&canonical), indexSlots(observed), again)
}

func canonicalizeIndex(ctx context.Context, conn *pgx.Conn, table schema.Table, desired schema.Index) (schema.Index, []*ExpressionError, error) {
	desired = cloneIndex(desired)
	b := newWorkbench(conn, table, nil)
	b.exists = table.OID != 0
	b.addIndex(&desired)
	refused, err := b.run(ctx)
	return desired, refused, err
}
