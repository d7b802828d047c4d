// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// transitionOf replaces the column label of a table by another one: under a new
// name alone, or by expressions as well.
func transitionOf(table schema.QualifiedName, expressions bool) schema.OpenTransition {
	t := schema.OpenTransition{
		Name: "transition_" + table.Name, Kind: schema.ColumnReplaced, Table: table, Phase: schema.Expand,
		Old: []schema.Name{"label"}, New: []schema.Name{"title"},
	}
	if expressions {
		t.Up = map[schema.Name]string{"title": "upper(label)"}
		t.Down = map[schema.Name]string{"label": "lower(title)"}
	} else {
		t.Up, t.Down = map[schema.Name]string{"title": ""}, map[schema.Name]string{"label": ""}
	}
	ddl.NameDualWrite(&t)
	return t
}

// expand begins a transition as the planner words it.
func expand(t schema.OpenTransition) []string {
	text := schema.Type{Text: "text", Canonical: "text"}
	table := schema.Table{Name: t.Table, Columns: []schema.Column{
		{Name: "label", Type: text, Nullable: true}, {Name: "title", Type: text, Nullable: true},
	}}
	statements := append(ddl.CreateLedger(), "ALTER TABLE "+t.Table.String()+" ADD COLUMN title text")
	statements = append(statements, ddl.CreateDualWrite(t, table)...)
	return append(statements, ddl.RecordTransition(t))
}

// fill is the backfill of a transition.
func fill(t schema.OpenTransition) planner.Operation {
	backfill := &planner.Backfill{
		Table: t.Table, Condition: ddl.Unmigrated(t), Transition: t.Name,
		Assignments: []planner.Assignment{{Column: "title", Value: schema.Expression{Text: ddl.UpExpression(t, "title")}}},
	}
	return planner.Operation{
		Phase: schema.Migrate, Class: planner.Batch, Effect: planner.Effect{Updates: true}, Backfill: backfill,
		Statements: []string{ddl.BackfillBatch(t.Table, backfill.Assignments, backfill.Condition)},
		Locks:      []planner.Lock{{Mode: schema.RowExclusive, Table: t.Table}},
	}
}

// launchDurable starts a server that writes as one in production does.
func launchDurable(ctx context.Context, major int) (*pgtest.Server, error) {
	return pgtest.Launch(ctx, major, pgtest.Durable(), pgtest.Setting("log_statement", "none"),
		pgtest.Setting("max_wal_size", "8GB"), pgtest.Setting("shared_buffers", "512MB"), pgtest.Setting("autovacuum", "off"))
}

// connection is one that measures the server as well.
type connection struct {
	*pgx.Conn

	postmaster int
}

func connect(ctx context.Context, url string) (*connection, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	var backend int
	if err := conn.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return &connection{conn, processOf(backend).parent}, nil
}

func (c *connection) run(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		// The simple protocol: nothing is prepared that the next statement
		// makes invalid.
		if _, err := c.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%w\n%s", err, sql)
		}
	}
	return nil
}

// written is how many bytes of WAL there are.
func (c *connection) written(ctx context.Context) (bytes float64, err error) {
	err = c.QueryRow(ctx, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").Scan(&bytes)
	return bytes, err
}
