// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Session is another session of the server, or a prepared transaction, that is or
// will be in the way.
// Without pg_read_all_stats PostgreSQL hides what sessions of other roles do.
type Session struct {
	// PID is 0 for a prepared transaction, which belongs to no process.
	PID         int
	User        schema.Name
	Application string
	// State is active, idle in transaction, ..., or prepared.
	State string
	// Transaction is how long the transaction has been open.
	Transaction time.Duration
	Query       string
	// Locks are modes that the session holds on the tables in question.
	Locks []HeldLock
	// Snapshot reports a snapshot that concurrent index builds wait for.
	Snapshot bool
	// Wraparound reports an autovacuum to prevent transaction ID wraparound,
	// which does not give way.
	Wraparound bool
}

// HeldLock is a granted lock on a relation.
type HeldLock struct {
	Mode     schema.LockMode
	Relation schema.QualifiedName
}

// String returns one line: process 4711 (app, alice, idle in transaction for
// 3m0s, holds ACCESS SHARE on public.users): SELECT ...
func (s Session) String() string {
	var facts []string
	if s.Application != "" {
		facts = append(facts, s.Application)
	}
	if s.User != "" {
		facts = append(facts, "role "+s.User.Quote())
	}
	if s.Wraparound {
		facts = append(facts, "autovacuum to prevent wraparound")
	}
	if s.State != "" {
		facts = append(facts, fmt.Sprintf("%s, transaction open for %s", s.State, s.Transaction.Round(time.Second)))
	}
	for _, l := range s.Locks {
		facts = append(facts, fmt.Sprintf("holds %s on %s", l.Mode, l.Relation))
	}
	who := fmt.Sprintf("process %d", s.PID)
	if s.PID == 0 {
		who = "a prepared transaction"
	}
	if len(facts) > 0 {
		who += " (" + strings.Join(facts, ", ") + ")"
	}
	if s.Query != "" {
		who += ": " + strings.Join(strings.Fields(s.Query), " ")
	}
	return who
}

// On returns the session with those of its locks that are on the tables, and
// whether there are any.
func (s Session) On(tables []schema.QualifiedName) (Session, bool) {
	s.Locks = slices.DeleteFunc(slices.Clone(s.Locks), func(l HeldLock) bool { return !slices.Contains(tables, l.Relation) })
	return s, len(s.Locks) > 0
}

// Blockers returns the sessions that a backend waits for.
func Blockers(ctx context.Context, conn *pgx.Conn, pid int) ([]Session, error) {
	return sessions(ctx, conn, "blockers", pid)
}

// lockHolders returns the sessions that hold ACCESS EXCLUSIVE on a table.
func lockHolders(ctx context.Context, conn *pgx.Conn) ([]Session, error) {
	return sessions(ctx, conn, "lock_holders")
}

// sessionRow is a row of the queries about sessions.
type sessionRow struct {
	PID         int
	User        schema.Name
	Application string
	State       string
	Seconds     float64
	Query       string
	Snapshot    bool
	Wraparound  bool
	Locks       []struct {
		Mode         string
		Schema, Name schema.Name
	}
}

func sessions(ctx context.Context, conn *pgx.Conn, query string, args ...any) ([]Session, error) {
	rows, err := conn.Query(ctx, variant{Version: serverVersion(conn)}.query(query), args...)
	if err != nil {
		return nil, fmt.Errorf("look for other sessions: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[sessionRow])
	if err != nil {
		return nil, fmt.Errorf("look for other sessions: %w", err)
	}
	return convertSessions(found)
}

func convertSessions(rows []sessionRow) ([]Session, error) {
	list := make([]Session, 0, len(rows))
	for _, row := range rows {
		s := Session{
			PID: row.PID, User: row.User, Application: row.Application, State: row.State, Query: row.Query,
			Transaction: time.Duration(row.Seconds * float64(time.Second)),
			Snapshot:    row.Snapshot, Wraparound: row.Wraparound,
		}
		for _, l := range row.Locks {
			mode, err := schema.ParseLockMode(l.Mode)
			if err != nil {
				return nil, fmt.Errorf("look for other sessions: %w", err)
			}
			s.Locks = append(s.Locks, HeldLock{mode, schema.QualifiedName{Schema: l.Schema, Name: l.Name}})
		}
		list = append(list, s)
	}
	return list, nil
}
