// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var builtIndex = schema.QualifiedName{Schema: "public", Name: "Items by twin"}

func build(unique bool) planner.Operation {
	create := "CREATE INDEX CONCURRENTLY "
	if unique {
		create = "CREATE UNIQUE INDEX CONCURRENTLY "
	}
	return planner.Operation{
		Class: planner.Concurrent, Statements: []string{create + builtIndex.Name.Quote() + " ON public.items (twin)"},
		Locks:  []planner.Lock{{Mode: schema.ShareUpdateExclusive, Table: items}},
		Effect: planner.Effect{Scans: true, BuildsIndex: true},
		Builds: builtIndex,
	}
}

const (
	indexes        = "SELECT count(*) FROM pg_index WHERE indrelid = 'public.items'::regclass AND NOT indisprimary"
	invalidIndexes = indexes + " AND NOT indisvalid"
	validIndexes   = indexes + " AND indisvalid"
	// waitingBuilds counts builds that wait for other transactions.
	waitingBuilds = "SELECT count(*) FROM pg_stat_progress_create_index p JOIN pg_locks l USING (pid) WHERE datname = current_database() AND NOT granted"
)

func TestConcurrentBuilds(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 5, Settings{})
		b.exec(t, "ALTER DATABASE "+b.db.Name+" SET statement_timeout = '300ms'")
		b.exec(t, `CREATE FUNCTION public.slowly(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.1); RETURN i; END'`)
		op := build(true)
		op.Statements[0] = "CREATE UNIQUE INDEX CONCURRENTLY " + builtIndex.Name.Quote() + " ON public.items (public.slowly(id))"
		if err := b.run(t.Context(), op); err != nil {
			t.Fatal(err)
		}
		if b.number(t, validIndexes) != 1 {
			t.Error("there is no valid index")
		}
		session := b.lock(t)
		var timeout string
		if err := session.Conn().QueryRow(t.Context(), "SHOW statement_timeout").Scan(&timeout); err != nil || timeout != "300ms" {
			t.Errorf("statement_timeout is %q afterwards, %v: want the configured one", timeout, err)
		}
	})
}

func TestConcurrentRemovesWhatAViolationLeaves(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 2, Settings{})
		b.exec(t, "UPDATE public.items SET twin = 1")
		err := b.run(t.Context(), build(true))
		var refused *StatementError
		if !errors.As(err, &refused) || refused.PgError.Code != "23505" {
			t.Fatalf("got %v, want the unique violation", err)
		}
		if b.number(t, indexes) != 0 {
			t.Error("an index is left")
		}
	})
}

// Somebody else's index of that name is not ours to drop, be it invalid.
func TestConcurrentSparesAnIndexThatWasThere(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 2, Settings{})
		b.exec(t, "UPDATE public.items SET twin = 1")
		if _, err := b.conn.Exec(t.Context(), build(true).Statements[0]); err == nil {
			t.Fatal("the build should have failed")
		}
		if b.number(t, invalidIndexes) != 1 {
			t.Fatal("there should be an invalid index")
		}
		err := b.run(t.Context(), build(true))
		var refused *StatementError
		if !errors.As(err, &refused) || refused.PgError.Code != "42P07" {
			t.Fatalf("got %v, want that the index exists", err)
		}
		if b.number(t, invalidIndexes) != 1 {
			t.Error("the index was dropped")
		}
	})
}

func TestConcurrentGivesUpWaiting(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 10, Settings{LockDeadline: 400 * time.Millisecond})
		// A snapshot that does not touch the table: the build waits for it in
		// its last phase, its removal does not.
		b.exec(t, "CREATE TABLE public.elsewhere ()")
		idle := b.reader(t, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT * FROM public.elsewhere")
		err := b.run(t.Context(), build(false))
		var timeout *LockTimeoutError
		var leftover *InvalidIndexError
		if !errors.As(err, &timeout) || errors.As(err, &leftover) {
			t.Fatalf("got %v, want a LockTimeoutError alone", err)
		}
		if len(timeout.Blockers) != 1 || timeout.Blockers[0].PID != int32(idle.PgConn().PID()) || timeout.Blockers[0].Application != "report" {
			t.Errorf("blockers are %v", timeout.Blockers)
		}
		if b.number(t, indexes) != 0 {
			t.Error("an index is left")
		}
		blocked := events(b.observer, &b.observer.blocked)
		if len(blocked) == 0 || blocked[0].Phase != "waiting for old snapshots" {
			t.Errorf("the observer saw %+v", blocked)
		}
	})
}

// A writer of the table keeps the index from being removed, too.
func TestConcurrentReportsAnIndexThatItCannotRemove(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 10, Settings{LockDeadline: 300 * time.Millisecond, CleanupTimeout: 500 * time.Millisecond})
		writer := b.reader(t, "UPDATE public.items SET label = 'x' WHERE id = 1")
		err := b.run(t.Context(), build(true))
		var timeout *LockTimeoutError
		var leftover *InvalidIndexError
		if !errors.As(err, &timeout) || !errors.As(err, &leftover) || leftover.Index != builtIndex {
			t.Fatalf("got %v, want an InvalidIndexError around a LockTimeoutError", err)
		}
		if b.number(t, invalidIndexes) != 1 {
			t.Error("there should be an invalid index")
		}
		eventually(t, b.conn, 0, ours)
		end(t, writer)
	})
}

func TestConcurrentIsCancelled(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 10, Settings{})
		b.exec(t, "CREATE TABLE public.elsewhere ()")
		b.reader(t, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT * FROM public.elsewhere")
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- b.run(ctx, build(true)) }()
		eventually(t, b.conn, 1, waitingBuilds)
		cancel()
		err := <-result
		var interrupted *InterruptedError
		if !errors.As(err, &interrupted) || !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want the interruption", err)
		}
		if b.number(t, indexes) != 0 {
			t.Error("an index is left")
		}
		eventually(t, b.conn, 0, ours)
	})
}

func TestConcurrentLosesItsConnection(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 10, Settings{})
		b.exec(t, "CREATE TABLE public.elsewhere ()")
		b.reader(t, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT * FROM public.elsewhere")
		for _, test := range []struct {
			title string
			lose  func(*Session)
		}{
			{"terminated", func(s *Session) { b.exec(t, "SELECT pg_terminate_backend($1)", s.pid) }},
			// The server builds on until it notices.
			{"cut", func(s *Session) { _ = s.Conn().PgConn().Conn().Close() }},
		} {
			session := b.lock(t)
			result := make(chan error, 1)
			go func() { result <- session.Run(t.Context(), []planner.Operation{build(true)}) }()
			eventually(t, b.conn, 1, waitingBuilds)
			test.lose(session)
			err := <-result
			var lost *ConnectionLostError
			var leftover *InvalidIndexError
			if !errors.As(err, &lost) || !lost.Unknown || errors.As(err, &leftover) {
				t.Errorf("%s: got %v, want a ConnectionLostError alone", test.title, err)
			}
			if b.number(t, indexes) != 0 {
				t.Errorf("%s: an index is left", test.title)
			}
			session.Close()
			eventually(t, b.conn, 0, ours)
		}
	})
}

func TestConcurrentSurvivesADeadlock(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 10, Settings{BackoffMin: 50 * time.Millisecond})
		writer := b.reader(t, "UPDATE public.items SET label = 'x' WHERE id = 1")
		// The build must be the one that looks for deadlocks first.
		if _, err := writer.Exec(t.Context(), "SET deadlock_timeout = '1h'"); err != nil {
			t.Fatal(err)
		}
		result := make(chan error, 1)
		go func() { result <- b.run(t.Context(), build(true)) }()
		eventually(t, b.conn, 1, waitingBuilds)
		if _, err := writer.Exec(t.Context(), "LOCK TABLE public.items IN SHARE UPDATE EXCLUSIVE MODE"); err != nil {
			t.Fatal(err)
		}
		end(t, writer)
		if err := <-result; err != nil {
			t.Fatal(err)
		}
		if b.number(t, validIndexes) != 1 || b.number(t, invalidIndexes) != 0 {
			t.Error("want one valid index")
		}
		if n := len(events(b.observer, &b.observer.attempts)); n < 2 {
			t.Errorf("%d attempts: there was no deadlock", n)
		}
	})
}

func TestConcurrentDrop(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 10, Settings{LockDeadline: 300 * time.Millisecond})
		b.exec(t, "CREATE INDEX "+builtIndex.Name.Quote()+" ON public.items (twin)")
		drop := planner.Operation{
			Class: planner.Concurrent, Statements: []string{"DROP INDEX CONCURRENTLY " + builtIndex.String()},
			Locks:  []planner.Lock{{Mode: schema.ShareUpdateExclusive, Table: items}},
			Effect: planner.Effect{Drops: true},
		}
		idle := b.reader(t, readOne)
		err := b.run(t.Context(), drop)
		var timeout *LockTimeoutError
		if !errors.As(err, &timeout) || len(timeout.Blockers) != 1 || timeout.Blockers[0].PID != int32(idle.PgConn().PID()) {
			t.Fatalf("got %v, want a LockTimeoutError that names the reader", err)
		}
		end(t, idle)
		if err := b.run(t.Context(), drop); err != nil {
			t.Fatal(err)
		}
		if b.number(t, indexes) != 0 {
			t.Error("the index is still there")
		}
	})
}
