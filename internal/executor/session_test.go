// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestTwoRunsTakeTurns(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 0, Settings{})
		other := newExecutor(t, b.db, Settings{})
		first := b.lock(t)
		locked := make(chan *Session)
		go func() {
			session, err := other.Lock(t.Context(), items)
			if err != nil {
				t.Error(err)
			}
			locked <- session
		}()
		select {
		case session := <-locked:
			session.Close()
			t.Fatal("two runs have the same table")
		case <-time.After(500 * time.Millisecond):
		}
		if n := b.number(t, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '"+ApplicationName+"' AND backend_xmin IS NOT NULL"); n != 0 {
			t.Error("a run that waits holds a snapshot, which a concurrent build would wait for")
		}
		first.Close()
		select {
		case session := <-locked:
			session.Close()
		case <-time.After(patience):
			t.Fatal("the second run did not get its turn")
		}
	})
}

func TestLockNamesItsHolder(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 0, Settings{})
		holder := b.lock(t)
		other := newExecutor(t, b.db, Settings{LockDeadline: 300 * time.Millisecond})
		_, err := other.Lock(t.Context(), items)
		var taken *AdvisoryLockError
		if !errors.As(err, &taken) || len(taken.Holders) != 1 {
			t.Fatalf("got %v, want an AdvisoryLockError with one holder", err)
		}
		got := taken.Holders[0]
		if got.PID != holder.pid || got.User != "postgres" || got.Application != ApplicationName || got.Client != "127.0.0.1" {
			t.Errorf("the holder is %+v", got)
		}
		if age := time.Since(got.Since); age < -time.Second || age > time.Minute {
			t.Errorf("it is said to be connected since %s", got.Since)
		}
		// Another table is another lock.
		session, err := other.Lock(t.Context(), schema.QualifiedName{Schema: "public", Name: "others"})
		if err != nil {
			t.Fatal(err)
		}
		session.Close()
	})
}

// Who does not get all locks keeps none: it would hold up others, and may have
// to wait for long.
func TestLockSeveralTables(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{})
	before, after := schema.QualifiedName{Schema: "public", Name: "a"}, schema.QualifiedName{Schema: "public", Name: "z"}
	holder := b.lock(t)
	other := newExecutor(t, b.db, Settings{LockDeadline: 300 * time.Millisecond})
	_, err := other.Lock(t.Context(), after, before, items, items)
	var taken *AdvisoryLockError
	if !errors.As(err, &taken) || taken.Table != items || len(taken.Holders) != 1 || taken.Holders[0].PID != holder.pid {
		t.Fatalf("got %v, want an AdvisoryLockError about %s with its holder", err, items)
	}
	holder.Close()
	for _, table := range []schema.QualifiedName{before, after} {
		session, err := b.executor.Lock(t.Context(), table)
		if err != nil {
			t.Fatalf("%s is still locked: %v", table, err)
		}
		session.Close()
	}

	session, err := other.Lock(t.Context(), after, before, items)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []schema.QualifiedName{before, items, after} {
		third := newExecutor(t, b.db, Settings{LockDeadline: 50 * time.Millisecond})
		if _, err := third.Lock(t.Context(), table); !errors.As(err, &taken) {
			t.Errorf("%s is not locked: %v", table, err)
		}
	}
	session.Close()
	if len(other.queues) != 0 || len(other.slots) != 0 {
		t.Errorf("%d queues and %d slots are left", len(other.queues), len(other.slots))
	}
}

// Many resources of one table must not take the connections of the pool from
// the other tables.
func TestWaitingSessionsHoldNoConnection(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{})
	first := b.lock(t)
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 10)
	for range cap(results) {
		go func() {
			session, err := b.executor.Lock(ctx, items)
			if err == nil {
				session.Close()
			}
			results <- err
		}()
	}
	other, err := b.executor.Lock(t.Context(), schema.QualifiedName{Schema: "public", Name: "others"})
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
	cancel()
	for range cap(results) {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the cancellation", err)
		}
	}
	first.Close()
	if len(b.executor.queues) != 0 || len(b.executor.slots) != 0 {
		t.Errorf("%d queues and %d slots are left", len(b.executor.queues), len(b.executor.slots))
	}
}

func TestCloseReleasesTheLock(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 0, Settings{})
		const held = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND datname = current_database()"
		for _, test := range []struct {
			title string
			spoil func(*Session)
		}{
			{"after nothing", func(*Session) {}},
			{"in a transaction", func(s *Session) { _, _ = s.Conn().Exec(t.Context(), "BEGIN") }},
			{"in a failed transaction", func(s *Session) { _, _ = s.Conn().Exec(t.Context(), "BEGIN; SELECT 1/0") }},
			{"with a closed connection", func(s *Session) { _ = s.Conn().Close(t.Context()) }},
			{"with a cut connection", func(s *Session) { _ = s.Conn().PgConn().Conn().Close() }},
			{"with a terminated session", func(s *Session) { b.exec(t, "SELECT pg_terminate_backend($1)", s.pid) }},
			{"amid a result", func(s *Session) {
				_, _ = s.Conn().Query(t.Context(), "SELECT generate_series(1, 100000)", pgx.QueryExecModeExec) //nolint:sqlclosecheck // that is the point
			}},
		} {
			session, err := b.executor.Lock(t.Context(), items)
			if err != nil {
				t.Fatalf("%s: %v", test.title, err)
			}
			if b.number(t, held) != 1 {
				t.Fatalf("%s: the lock is not held", test.title)
			}
			test.spoil(session)
			session.Close()
			session.Close() // twice is as good as once
			eventually(t, b.conn, 0, held)
		}
		if n := b.executor.pool.Stat().AcquiredConns(); n != 0 {
			t.Errorf("%d connections did not return to the pool", n)
		}
	})
}
