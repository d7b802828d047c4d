// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// leakGrace is how long a session may take to go away after its client closed
// the connection.
const leakGrace = 5 * time.Second

// Session is a client's session as pg_stat_activity shows it.
type Session struct {
	PID         int
	Application string
	State       string
	Query       string // the running or the last one
}

// LeakError lists sessions that a test left in its database.
type LeakError struct {
	Database string
	Sessions []Session
}

func (e *LeakError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "the test left %d sessions in database %s:", len(e.Sessions), e.Database)
	for _, s := range e.Sessions {
		fmt.Fprintf(&text, "\n\tpid %d, application %q, %s, query: %s", s.PID, s.Application, s.State, s.Query)
	}
	return text.String()
}

// leaks returns a [LeakError] when sessions stay.
func (db *Database) leaks(ctx context.Context) (err error) {
	conn, err := db.Server.connect(ctx, "postgres")
	if err != nil {
		return fmt.Errorf("look for forgotten sessions: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for deadline := time.Now().Add(leakGrace); ; {
		sessions, err := db.sessions(ctx, conn)
		if err != nil {
			return fmt.Errorf("look for forgotten sessions: %w", err)
		}
		if len(sessions) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return &LeakError{db.Name, sessions}
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

func (db *Database) sessions(ctx context.Context, conn *pgx.Conn) ([]Session, error) {
	rows, err := conn.Query(ctx, `
		SELECT pid, application_name, coalesce(state, ''), query
		FROM pg_stat_activity
		WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid()
		ORDER BY backend_start`, db.Name)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Session])
}
