// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// Ctrl-C leaves nothing that runs on the server, in any class.
func TestCancellationReachesTheServer(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 3, Settings{})
		b.exec(t, `
			CREATE FUNCTION public.forever(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(3600); RETURN i; END';
			ALTER TABLE public.items ADD CONSTRAINT slow CHECK (public.forever(id) > 0) NOT VALID`)
		concurrent := build(false)
		concurrent.Statements[0] = "CREATE INDEX CONCURRENTLY " + builtIndex.Name.Quote() + " ON public.items (public.forever(id))"
		backfill := fillTwin("public.forever(id)")
		for title, op := range map[string]planner.Operation{
			"brief":      brief("SELECT pg_sleep(3600)"),
			"online":     online("ALTER TABLE public.items VALIDATE CONSTRAINT slow"),
			"concurrent": concurrent,
			"batch":      backfill,
		} {
			settings := Settings{BriefTimeout: time.Hour, BackfillTarget: time.Hour}
			b.executor.settings = settings.withDefaults()
			ctx, cancel := context.WithCancel(t.Context())
			result := make(chan error, 1)
			go func() { result <- b.run(ctx, op) }()
			eventually(t, b.conn, 1, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
			start := time.Now()
			cancel()
			err := <-result
			var interrupted *InterruptedError
			if !errors.As(err, &interrupted) || !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want an InterruptedError", title, err)
			}
			if elapsed := time.Since(start); elapsed > 5*time.Second {
				t.Errorf("%s: it took %s", title, elapsed)
			}
			eventually(t, b.conn, 0, ours)
			eventually(t, b.conn, 0, "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'items' AND l.pid <> pg_backend_pid()")
		}
		if b.number(t, indexes) != 0 {
			t.Error("an index is left")
		}
	})
}

func TestCancellationWhileWaitingForALock(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 3, Settings{LockTimeout: time.Minute})
		b.reader(t, readOne)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- b.run(ctx, addColumn("a")) }()
		const waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'public.items'::regclass"
		eventually(t, b.conn, 1, waiting)
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the cancellation", err)
		}
		eventually(t, b.conn, 0, waiting)
		// Nothing runs for a context that has ended.
		if err := b.run(ctx, addColumn("b")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the cancellation", err)
		}
	})
}

// A killed provider cannot cancel: the server has to notice.
func TestServerNoticesAKilledClient(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 3, Settings{})
		var killed atomic.Bool
		b.executor = newExecutor(t, b.db, Settings{BriefTimeout: time.Hour}, func(config *pgxpool.Config) {
			dial := config.ConnConfig.DialFunc
			config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
				if killed.Load() {
					return nil, net.ErrClosed // pgx would send a cancel request
				}
				return dial(ctx, network, address)
			}
		})
		session := b.lock(t)
		result := make(chan error, 1)
		go func() { result <- session.Run(t.Context(), []planner.Operation{brief("SELECT pg_sleep(3600)")}) }()
		eventually(t, b.conn, 1, "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'", session.pid)
		killed.Store(true)
		// What the kernel does for a killed process.
		if err := session.Conn().PgConn().Conn().Close(); err != nil {
			t.Fatal(err)
		}
		err := <-result
		var lost *ConnectionLostError
		if !errors.As(err, &lost) || !lost.Unknown {
			t.Errorf("got %v, want a ConnectionLostError with an unknown outcome", err)
		}
		eventually(t, b.conn, 0, "SELECT count(*) FROM pg_stat_activity WHERE pid = $1", session.pid)
	})
}
