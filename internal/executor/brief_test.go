// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestBriefRunsInOneTransaction(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 1, Settings{})
		err := b.run(t.Context(), brief(
			"ALTER TABLE public.items ADD COLUMN a int",
			"ALTER TABLE public.items ADD COLUMN nonsense no_such_type",
		))
		var refused *StatementError
		if !errors.As(err, &refused) || refused.Index != 1 || refused.PgError.Code != "42704" {
			t.Fatalf("got %v, want a StatementError of the second statement", err)
		}
		if !strings.Contains(err.Error(), "ADD COLUMN nonsense") {
			t.Errorf("the error does not show the statement: %v", err)
		}
		if n := b.number(t, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.items'::regclass AND attname = 'a'"); n != 0 {
			t.Error("the first statement was not rolled back")
		}
		if err := b.run(t.Context(), addColumn("a"), addColumn("b")); err != nil {
			t.Fatal(err)
		}
		if n := b.number(t, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.items'::regclass AND attname IN ('a', 'b')"); n != 2 {
			t.Errorf("%d columns were added, want 2", n)
		}
		finished := events(b.observer, &b.observer.finished)
		if len(finished) != 3 || finished[0].Err == nil || finished[2].Err != nil || finished[2].Attempts != 1 {
			t.Errorf("the observer saw %+v", finished)
		}
	})
}

func TestBriefReportsAFailedCommit(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 1, Settings{})
		b.exec(t, "ALTER TABLE public.items ADD CONSTRAINT twin FOREIGN KEY (twin) REFERENCES public.items DEFERRABLE INITIALLY DEFERRED")
		err := b.run(t.Context(), brief("UPDATE public.items SET twin = 7"))
		var refused *StatementError
		if !errors.As(err, &refused) || refused.Statement() != "COMMIT" || refused.PgError.Code != "23503" {
			t.Fatalf("got %v, want a StatementError of COMMIT", err)
		}
	})
}

func TestBriefTakesOneStatementAMessage(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 1, Settings{})
	err := b.run(t.Context(), brief("ALTER TABLE public.items ALTER COLUMN twin SET DEFAULT 1; DROP TABLE public.items"))
	var refused *StatementError
	if !errors.As(err, &refused) || refused.PgError.Code != "42601" {
		t.Fatalf("got %v, want a syntax error", err)
	}
	b.number(t, "SELECT count(*) FROM public.items")
}

// An idle reader holds up the change, but nobody may wait behind the change for
// longer than the lock timeout.
func TestBriefLetsOthersPass(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		const lockTimeout = 300 * time.Millisecond
		b := setup(t, server, 10, Settings{LockTimeout: lockTimeout, BackoffMin: 50 * time.Millisecond, BackoffMax: 100 * time.Millisecond})
		idle := b.reader(t, readOne)
		result := make(chan error, 1)
		go func() { result <- b.run(t.Context(), addColumn("a")) }()

		var longest time.Duration
		queries := 0
		for begin := time.Now(); time.Since(begin) < 2*time.Second; queries++ {
			start := time.Now()
			b.exec(t, readOne)
			longest = max(longest, time.Since(start))
		}
		if longest > lockTimeout+200*time.Millisecond {
			t.Errorf("a reader waited %s behind a change with a lock timeout of %s", longest, lockTimeout)
		}
		if longest < lockTimeout/3 {
			t.Errorf("the longest wait of %d queries was %s: the change never tried", queries, longest)
		}
		end(t, idle)
		if err := <-result; err != nil {
			t.Fatalf("after the reader ended: %v", err)
		}
	})
}

func TestBriefGivesUpNamingTheBlocker(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 1, Settings{
			LockTimeout: 200 * time.Millisecond, LockDeadline: time.Second, BackoffMin: 100 * time.Millisecond,
		})
		idle := b.reader(t, readOne)
		start := time.Now()
		err := b.run(t.Context(), addColumn("a"))
		var timeout *LockTimeoutError
		if !errors.As(err, &timeout) {
			t.Fatalf("got %v, want a LockTimeoutError", err)
		}
		if elapsed := time.Since(start); elapsed < time.Second || elapsed > 5*time.Second {
			t.Errorf("gave up after %s with a deadline of 1s", elapsed)
		}
		if timeout.Attempts < 2 || timeout.Waited < time.Second || sqlState(err) != "55P03" {
			t.Errorf("%d attempts, waited %s, SQLSTATE %q", timeout.Attempts, timeout.Waited, sqlState(err))
		}
		if len(timeout.Blockers) != 1 {
			t.Fatalf("blockers are %v, want the reader", timeout.Blockers)
		}
		got := timeout.Blockers[0]
		got.Age = 0
		want := Blocker{
			PID: int32(idle.PgConn().PID()), User: "postgres", Application: "report", Backend: "client backend",
			State: "idle in transaction", Query: readOne, Mode: "ACCESS SHARE",
		}
		if got != want {
			t.Errorf("the blocker is\n%+v, want\n%+v", got, want)
		}
		if len(events(b.observer, &b.observer.blocked)) == 0 {
			t.Error("the observer was not told")
		}
		end(t, idle)
		eventually(t, b.conn, 0, ours)
	})
}

func TestBriefNamesAPreparedTransaction(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 1, Settings{LockTimeout: 200 * time.Millisecond, LockDeadline: 300 * time.Millisecond})
		name := b.db.Name // is unique in the server
		b.exec(t, "BEGIN")
		b.exec(t, "UPDATE public.items SET twin = 1")
		b.exec(t, "PREPARE TRANSACTION '"+name+"'")
		defer b.exec(t, "ROLLBACK PREPARED '"+name+"'")
		err := b.run(t.Context(), addColumn("a"))
		var timeout *LockTimeoutError
		if !errors.As(err, &timeout) || len(timeout.Blockers) != 1 {
			t.Fatalf("got %v, want a LockTimeoutError with one blocker", err)
		}
		if got := timeout.Blockers[0]; got.PID != 0 || got.Prepared != name || got.User != "postgres" || got.Mode != "ROW EXCLUSIVE" {
			t.Errorf("the blocker is %+v", got)
		}
	})
}

// A statement on a partitioned table keeps the lock on the parent while it
// waits for one partition after the other, each time less than lock_timeout.
func TestBriefBoundsTheSumOfItsWaits(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		const lockTimeout = 400 * time.Millisecond
		b := setup(t, server, 0, Settings{LockTimeout: lockTimeout, BackoffMin: 50 * time.Millisecond, BackoffMax: 100 * time.Millisecond})
		b.exec(t, "CREATE TABLE public.parts (id int) PARTITION BY LIST (id)")
		for _, n := range []string{"1", "2", "3", "4"} {
			b.exec(t, "CREATE TABLE public.parts_"+n+" PARTITION OF public.parts FOR VALUES IN ("+n+")")
		}
		release := make(chan struct{})
		var readers sync.WaitGroup
		defer readers.Wait()
		for i, n := range []string{"1", "2", "3", "4"} {
			conn := b.reader(t, "SELECT * FROM public.parts_"+n)
			readers.Go(func() {
				// One after the other, so that no single wait is too long.
				<-release
				time.Sleep(time.Duration(i+1) * 300 * time.Millisecond)
				end(t, conn)
			})
		}
		result := make(chan error, 1)
		go func() {
			result <- b.run(t.Context(), planner.Operation{
				Statements: []string{"ALTER TABLE public.parts ADD COLUMN a int"},
				Locks:      []planner.Lock{{Mode: schema.AccessExclusive, Table: schema.QualifiedName{Schema: "public", Name: "parts"}, Partitions: true}},
			})
		}()
		eventually(t, b.conn, 1, "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'")
		close(release)
		start := time.Now()
		b.exec(t, "SELECT * FROM public.parts WHERE false")
		if waited := time.Since(start); waited > lockTimeout+250*time.Millisecond {
			t.Errorf("a reader of the parent waited %s, with a lock timeout of %s", waited, lockTimeout)
		}
		if err := <-result; err != nil {
			t.Fatal(err)
		}
	})
}

func TestBriefEndsWithItsStatementTimeout(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 1, Settings{BriefTimeout: 200 * time.Millisecond})
	err := b.run(t.Context(), brief("SELECT pg_sleep(60)"))
	var refused *StatementError
	if !errors.As(err, &refused) || refused.PgError.Code != "57014" {
		t.Fatalf("got %v, want a statement timeout", err)
	}
}

func TestBriefLosesItsConnection(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 1, Settings{})
		session := b.lock(t)
		result := make(chan error, 1)
		go func() {
			result <- session.Run(t.Context(), []planner.Operation{brief("ALTER TABLE public.items ADD COLUMN a int", "SELECT pg_sleep(5)")})
		}()
		eventually(t, b.conn, 1, "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", session.pid)
		b.exec(t, "SELECT pg_terminate_backend($1)", session.pid)
		err := <-result
		var lost *ConnectionLostError
		var pgError *pgconn.PgError
		if !errors.As(err, &lost) || !errors.As(err, &pgError) || pgError.Code != "57P01" {
			t.Fatalf("got %v, want a ConnectionLostError with the server's reason", err)
		}
		if lost.Unknown {
			t.Error("the server's message came before that of COMMIT: the outcome is known")
		}
		session.Close()
		if err := b.run(t.Context(), addColumn("a")); err != nil {
			t.Errorf("the next session: %v", err)
		}
	})
}
