// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Entry is one statement that ran. Who ran it, when, and by which application
// the server knows itself.
type Entry struct {
	// Object is what was changed: public.users, public.users.email.
	Object string
	Phase  schema.Phase
	// Statement is the text as it ran.
	Statement string
	// Waited is the time until it had its locks, failed attempts included; Ran
	// the rest.
	Waited, Ran time.Duration
	Outcome     Ending
	// Error is the message of the server, with its SQLSTATE.
	Error string
	// Work is how the statement worked through a table; empty where it did not.
	Work Work
	// Blocks are those of the table that it worked through; 0 where that is not
	// known. The history has them as bytes.
	Blocks int64
}

// Work is a way of working through a table that takes the longer the larger the
// table is.
type Work string

// The kinds of work.
const (
	// Scan reads all rows.
	Scan Work = "scan"
	// IndexBuild reads all rows and writes an index.
	IndexBuild Work = "index build"
	// Backfill reads all rows and writes those that have something to get.
	Backfill Work = "backfill"
)

// Ending is how a statement ended.
type Ending string

// The ends of a statement.
const (
	Succeeded   Ending = "succeeded"
	Failed      Ending = "failed"
	Interrupted Ending = "interrupted"
)

// Record appends an entry to the history.
func Record(ctx context.Context, conn Querier, e Entry) error {
	const common = "object, phase, statement, waited, ran, outcome, error"
	const values = "$1, $2, $3, $4 * interval '1 microsecond', $5 * interval '1 microsecond', $6, $7"
	args := []any{
		pgx.QueryExecModeExec, e.Object, optional(string(e.Phase)), e.Statement,
		float64(e.Waited.Microseconds()), float64(e.Ran.Microseconds()), string(e.Outcome), optional(e.Error),
	}
	var blocks *int64
	if e.Blocks > 0 {
		blocks = &e.Blocks
	}
	_, err := conn.Exec(ctx, "INSERT INTO pgphase.history ("+common+", work, bytes) VALUES ("+values+", $8, $9 * current_setting('block_size')::bigint)",
		append(args, optional(string(e.Work)), blocks)...)
	if refusedWith(err, undefinedColumn) {
		// The ledger is from the time before these columns.
		_, err = conn.Exec(ctx, "INSERT INTO pgphase.history ("+common+") VALUES ("+values+")", args...)
	}
	if err != nil {
		return fmt.Errorf("record in the history: %w", err)
	}
	return nil
}

// Recorded is an entry of the history as it was read.
type Recorded struct {
	// ID grows in the order in which statements ended.
	ID int64
	// At is when it ended, by the server's clock.
	At time.Time
	// Who is the role of the session, Application what it called itself.
	Who, Application string
	Object           string
	Phase            schema.Phase
	Statement        string
	Outcome          Ending
}

// ReadHistory reads the whole history in its order. The error is a *MissingError
// where there is no ledger.
func ReadHistory(ctx context.Context, conn Querier) ([]Recorded, error) {
	exists, err := Exists(ctx, conn)
	switch {
	case err != nil:
		return nil, err
	case !exists:
		return nil, &MissingError{}
	}
	rows, err := conn.Query(ctx, `
		SELECT id, at, who, application, object, coalesce(phase, ''), statement, outcome
		FROM pgphase.history ORDER BY id`, pgx.QueryExecModeExec)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	records, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Recorded])
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	return records, nil
}

// SQLSTATEs that matter here.
const (
	insufficientPrivilege = "42501"
	undefinedColumn       = "42703"
	undefinedTable        = "42P01"
)

func refusedWith(err error, states ...string) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && slices.Contains(states, server.Code)
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// BlocksOf returns the size of a table, with its partitions. It waits for nobody
// who has locked it: the setting is there before the first row is, and ends
// with the statement.
func BlocksOf(ctx context.Context, conn Querier, table schema.QualifiedName) (blocks int64, err error) {
	err = conn.QueryRow(ctx, `
		WITH RECURSIVE bound AS MATERIALIZED (
			SELECT pg_catalog.set_config('lock_timeout', '100ms', true)
		),
		part (oid) AS (
			SELECT pg_catalog.to_regclass($1)::oid
			UNION
			SELECT i.inhrelid
			FROM part
			JOIN pg_catalog.pg_inherits AS i ON i.inhparent = part.oid
		)
		SELECT coalesce(sum(pg_catalog.pg_relation_size(part.oid)), 0)::bigint / pg_catalog.current_setting('block_size')::bigint
		FROM bound
		CROSS JOIN part`, pgx.QueryExecModeExec, table.String()).Scan(&blocks)
	if err != nil {
		return 0, fmt.Errorf("measure %s: %w", table, err)
	}
	return blocks, nil
}
