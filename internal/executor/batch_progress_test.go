// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// interrupt runs the backfill of the transition until its session is
// terminated, after some batches.
func (b *bundle) interrupt(t *testing.T, batches int) {
	t.Helper()
	var victim atomic.Int32
	previous := b.executor.settings
	b.executor.settings = after(batches, previous, func(context.Context) {
		b.db.Exec(t, "SELECT pg_terminate_backend("+itoa(victim.Load())+", 5000)")
	})
	session := b.lock(t)
	victim.Store(session.pid)
	err := session.Run(t.Context(), operations(fillShout()))
	session.Close()
	b.executor.settings = previous
	if _, lost := errors.AsType[*ConnectionLostError](err); !lost {
		t.Fatalf("got %v, want a ConnectionLostError", err)
	}
	if left := b.number(t, unmigrated); left == 0 {
		t.Fatal("it was not interrupted")
	}
}

func TestBatchResumesWhereItWas(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 50000, Settings{})
		b.expandShouting(t)
		b.interrupt(t, 4)
		first := b.filled(t)
		done := b.number(t, storedBlocks)
		if done == 0 || int64(done) < first.Blocks {
			t.Fatalf("%d blocks are stored, %d were filled", done, first.Blocks)
		}
		if n := b.number(t, lostRows); n != 0 {
			t.Fatalf("%d rows are not filled that are said to be done", n)
		}
		left := b.number(t, unmigrated)
		// What the table has got since is not read again.
		total := b.number(t, "SELECT max(end_block)::int FROM pgphase.progress")
		if size := b.number(t, "SELECT (pg_relation_size('public.items') / 8192)::int"); size <= total {
			t.Errorf("the table had %d blocks and has %d", total, size)
		}
		if err := b.run(t.Context(), fillShout()); err != nil {
			t.Fatal(err)
		}
		second := b.filled(t)
		if second.Resumed != int64(done) || second.Changed != int64(left) || second.Blocks != int64(total-done) {
			t.Errorf("of %d blocks and %d rows left, the second run says %+v after %d blocks", total, left, second, done)
		}
		stored := b.progress(t, shouting().Name)
		if len(stored) != 1 || !stored[0].Done() || !stored[0].UpdatedAt.After(stored[0].StartedAt) || stored[0].Relation != items {
			t.Errorf("it is stored as %+v", stored)
		}
		if n := b.number(t, storedRows); int64(n) < second.Changed || n > 50000 || b.number(t, unmigrated) != 0 {
			t.Errorf("%d rows are counted", n)
		}
		// Whoever asks again after the end wants all blocks looked at: rows may
		// have come in while the trigger was disabled.
		b.exec(t, "ALTER TABLE public.items DISABLE TRIGGER USER; UPDATE public.items SET shout = NULL WHERE id = 1; ALTER TABLE public.items ENABLE TRIGGER USER")
		if err := b.run(t.Context(), fillShout()); err != nil {
			t.Fatal(err)
		}
		if third := b.filled(t); third.Resumed != 0 || third.Changed != 1 || b.number(t, storedRows) != 1 {
			t.Errorf("the third run says %+v", third)
		}
	})
}

// What is stored is worth nothing for another file, or for a column that only
// has the name.
func TestBatchStartsAgainWhereProgressIsStale(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for title, change := range map[string]string{
			// The rows come into the opposite order.
			"rewritten": "CREATE INDEX backwards ON public.items ((-id)); CLUSTER public.items USING backwards",
			"full":      "VACUUM FULL public.items",
			"again": "ALTER TABLE public.items DISABLE TRIGGER USER; ALTER TABLE public.items DROP COLUMN shout CASCADE;" +
				"ALTER TABLE public.items ADD COLUMN shout text",
		} {
			b := setup(t, server, 50000, Settings{})
			b.expandShouting(t)
			b.interrupt(t, 4)
			b.exec(t, change)
			if err := b.run(t.Context(), fillShout()); err != nil {
				t.Fatal(err)
			}
			if got := b.filled(t); got.Resumed != 0 || b.number(t, unmigrated) != 0 {
				t.Errorf("%s: %d rows are left, and it says %+v", title, b.number(t, unmigrated), got)
			}
		}
	})
}

// An immediate stop loses the batches that were not yet written to disk, and
// what was stored of them.
func TestBatchResumesAfterACrash(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, shared *pgtest.Server) {
		server := pgtest.Start(t, shared.Major, pgtest.Durable())
		b := setup(t, server, 50000, Settings{})
		b.expandShouting(t)
		b.executor.settings = after(8, b.executor.settings, func(context.Context) {
			if err := server.Halt(t.Context(), pgtest.Crash); err != nil {
				t.Error(err)
			}
		})
		err := b.run(t.Context(), fillShout())
		if _, lost := errors.AsType[*ConnectionLostError](err); !lost {
			t.Fatalf("got %v, want a ConnectionLostError", err)
		}
		if err := server.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.conn = b.db.Connect(t)
		if n := b.number(t, lostRows); n != 0 {
			t.Errorf("%d rows are not filled that are said to be done", n)
		}
		b.executor = newExecutor(t, b.db, Settings{Observer: b.observer})
		if err := b.run(t.Context(), fillShout()); err != nil {
			t.Fatal(err)
		}
		if n := b.number(t, unmigrated); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

func TestBatchSkipsPartitionsThatAreDone(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 0, Settings{})
		b.exec(t, `DROP TABLE public.items;
			CREATE TABLE public.items (id int, label text) PARTITION BY RANGE (id);
			CREATE TABLE public."Items low" PARTITION OF public.items FOR VALUES FROM (0) TO (20000);
			CREATE TABLE public.items_none PARTITION OF public.items FOR VALUES FROM (20000) TO (20001);
			CREATE TABLE public.items_high PARTITION OF public.items FOR VALUES FROM (20001) TO (90000);
			INSERT INTO public.items SELECT i, 'Item ' || i FROM generate_series(1, 50000) i WHERE i <> 20000`)
		b.expandShouting(t)
		low := schema.QualifiedName{Schema: "public", Name: "Items low"}
		fill := fillShout(low, schema.QualifiedName{Schema: "public", Name: "items_none"}, schema.QualifiedName{Schema: "public", Name: "items_high"})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		previous := b.executor.settings
		b.executor.settings = after(1000, previous, func(context.Context) {})
		pause := b.executor.settings.Sleep
		b.executor.settings.Sleep = func(ctx context.Context, d time.Duration) error {
			if b.number(t, "SELECT count(*) FROM public.items_high WHERE shout IS NOT NULL") > 0 {
				cancel()
			}
			return pause(ctx, d)
		}
		if err := b.run(ctx, fill); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want the cancellation", err)
		}
		b.executor.settings = previous
		if n := b.number(t, lostRows); n != 0 {
			t.Fatalf("%d rows are not filled that are said to be done", n)
		}
		done, left := b.number(t, storedBlocks), b.number(t, unmigrated)
		total := b.number(t, "SELECT sum(ends)::int FROM (SELECT max(end_block) AS ends FROM pgphase.progress GROUP BY relation) AS p")
		if err := b.run(t.Context(), fill); err != nil {
			t.Fatal(err)
		}
		if got := b.filled(t); got.Resumed != int64(done) || got.Blocks != int64(total-done) || got.Changed != int64(left) || b.number(t, unmigrated) != 0 {
			t.Errorf("after %d of %d blocks it says %+v", done, total, got)
		}
	})
}

// A column without a transition has no trigger: its rows may have moved behind
// the pass, and a second one has to see all of them.
func TestBatchOfAColumnForgetsItsProgress(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 50000, Settings{})
		b.createLedger(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		previous := b.executor.settings
		b.executor.settings = after(4, previous, func(context.Context) { cancel() })
		if err := b.run(ctx, fillTwin("id")); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want the cancellation", err)
		}
		b.executor.settings = previous
		if stored := b.progress(t, "public.items.twin"); len(stored) != 1 || stored[0].Done() {
			t.Fatalf("it is stored as %+v", stored)
		}
		if err := b.run(t.Context(), fillTwin("id")); err != nil {
			t.Fatal(err)
		}
		if got := b.filled(t); got.Resumed == 0 || b.number(t, unfilled) != 0 {
			t.Errorf("it says %+v", got)
		}
		again := fillTwin("id")
		again.Effect.Again = true
		b.exec(t, "UPDATE public.items SET twin = NULL WHERE id IN (1, 50000)")
		if err := b.run(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if got := b.filled(t); got.Resumed != 0 || got.Changed != 2 {
			t.Errorf("the second pass says %+v", got)
		}
		if n := b.number(t, "SELECT count(*) FROM pgphase.progress"); n != 0 {
			t.Errorf("%d rows of progress are left", n)
		}
	})
}

// The ledger is a help, not a condition.
func TestBatchDoesWithoutTheLedger(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 1000, Settings{})
	b.createLedger(t)
	role := b.db.Role(t, "")
	b.exec(t, "GRANT SELECT, UPDATE ON public.items TO "+role.Name)
	b.executor = newExecutor(t, b.db, Settings{Observer: b.observer}, func(config *pgxpool.Config) { config.ConnConfig.User = role.Name })
	if err := b.run(t.Context(), fillTwin("id")); err != nil {
		t.Fatal(err)
	}
	if b.number(t, unfilled) != 0 {
		t.Error("rows are left")
	}
	if warnings := events(b.observer, &b.observer.warnings); len(warnings) != 2 {
		t.Errorf("there are %v, want a warning for the progress and one for the history", warnings)
	}

	// Another version has written it.
	b.exec(t, "UPDATE public.items SET twin = NULL; COMMENT ON SCHEMA pgphase IS 'pgphase ledger, version 999.'")
	b.executor = newExecutor(t, b.db, Settings{Observer: b.observer})
	if err := b.run(t.Context(), fillTwin("id")); err != nil {
		t.Fatal(err)
	}
	if b.number(t, unfilled) != 0 || b.number(t, "SELECT count(*) FROM pgphase.progress") != 0 {
		t.Error("rows are left, or something was written into the ledger")
	}

	// It is dropped while the backfill runs.
	b = setup(t, pgtest.Shared(t, pgtest.Newest()), 50000, Settings{})
	b.expandShouting(t)
	b.executor.settings = after(3, b.executor.settings, func(context.Context) {
		b.db.Exec(t, "DROP TABLE pgphase.progress")
	})
	if err := b.run(t.Context(), fillShout()); err != nil {
		t.Fatal(err)
	}
	if b.number(t, unmigrated) != 0 {
		t.Error("rows are left")
	}
	if warnings := events(b.observer, &b.observer.warnings); len(warnings) != 1 {
		t.Errorf("there are %v, want one warning", warnings)
	}
}
