// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

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
}

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
	optional := func(text string) *string {
		if text == "" {
			return nil
		}
		return &text
	}
	_, err := conn.Exec(ctx, `
		INSERT INTO pgphase.history (object, phase, statement, waited, ran, outcome, error)
		VALUES ($1, $2, $3, $4 * interval '1 microsecond', $5 * interval '1 microsecond', $6, $7)`,
		pgx.QueryExecModeExec, e.Object, optional(string(e.Phase)), e.Statement,
		float64(e.Waited.Microseconds()), float64(e.Ran.Microseconds()), string(e.Outcome), optional(e.Error))
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
