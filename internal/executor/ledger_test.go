// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func (b *bundle) createLedger(t *testing.T) {
	t.Helper()
	for _, statement := range ddl.CreateLedger() {
		b.exec(t, statement)
	}
}

// shouting is a transition of items.label to items.shout that loses something
// in both directions: "Item 1" becomes "ITEM 1", and that "item 1".
func shouting() schema.OpenTransition {
	t := schema.OpenTransition{
		Name: "transition_items_shout", Kind: schema.ColumnReplaced, Table: items, Phase: schema.Expand,
		Old: []schema.Name{"label"}, New: []schema.Name{"shout"},
		Up:   map[schema.Name]string{"shout": "upper(label)"},
		Down: map[schema.Name]string{"label": "lower(shout)"},
	}
	ddl.NameDualWrite(&t)
	return t
}

// expandShouting begins the transition, with its trigger, on rows like "Item 1".
func (b *bundle) expandShouting(t *testing.T) {
	t.Helper()
	b.createLedger(t)
	for _, statement := range expandShouting() {
		if _, err := b.conn.Exec(t.Context(), statement, pgx.QueryExecModeExec); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
}

func expandShouting() []string {
	text := schema.Type{Text: "text", Canonical: "text"}
	transition := shouting()
	table := schema.Table{Name: items, Columns: []schema.Column{
		{Name: "label", Type: text, Nullable: true}, {Name: "shout", Type: text, Nullable: true},
	}}
	statements := append([]string{"ALTER TABLE public.items ADD COLUMN shout text"}, ddl.CreateDualWrite(transition, table)...)
	return append(statements, ddl.RecordTransition(transition))
}

// fillShout is the backfill of the transition, as the planner words it.
func fillShout(partitions ...schema.QualifiedName) planner.Operation {
	transition := shouting()
	fill := &planner.Backfill{
		Table: items, Partitions: partitions, Condition: ddl.Unmigrated(transition), Transition: transition.Name,
		Assignments: []planner.Assignment{{Column: "shout", Value: schema.Expression{Text: ddl.UpExpression(transition, "shout")}}},
	}
	op := planner.Operation{Phase: schema.Migrate, Class: planner.Batch, Effect: planner.Effect{Updates: true}, Backfill: fill}
	if len(partitions) == 0 {
		partitions = []schema.QualifiedName{items}
	}
	for _, table := range partitions {
		op.Statements = append(op.Statements, ddl.BackfillBatch(table, fill.Assignments, fill.Condition))
		op.Locks = append(op.Locks, planner.Lock{Mode: schema.RowExclusive, Table: table})
	}
	return op
}

const (
	unmigrated = "SELECT count(*) FROM public.items WHERE shout IS NULL AND label IS NOT NULL"
	// lostRows are rows that the ledger says are done and that are not.
	lostRows = `SELECT count(*) FROM public.items i JOIN pgphase.progress p ON p.relation = i.tableoid::regclass::text OR p.relation = 'public.' || i.tableoid::regclass::text
		WHERE shout IS NULL AND label IS NOT NULL
		AND split_part(trim('()' FROM i.ctid::text), ',', 1)::bigint BETWEEN p.first_block AND p.next_block - 1`
	storedBlocks = "SELECT coalesce(sum(next_block - first_block), 0)::int FROM pgphase.progress"
	storedRows   = "SELECT coalesce(sum(rows_changed), 0)::int FROM pgphase.progress"
)

func (b *bundle) progress(t *testing.T, key schema.Name) []ledger.Progress {
	t.Helper()
	list, err := ledger.LoadProgress(t.Context(), b.conn, key)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// after returns settings whose clock calls a function once, when that many
// batches have been run.
func after(batches int, settings Settings, call func(context.Context)) Settings {
	settings.Pause, settings.BackfillTarget = time.Millisecond, time.Millisecond
	settings.Sleep = func(ctx context.Context, d time.Duration) error {
		if batches--; batches == 0 {
			call(ctx)
		}
		return sleep(ctx, d)
	}
	return settings
}
