// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

const wide = "INSERT INTO public.items SELECT i, repeat('x', 500), CASE WHEN i % 10 = 0 THEN -1 END FROM generate_series(1, 20000) i"

func TestWorkersFillWhatOneFills(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for _, workers := range []int{1, 3} {
			b := setup(t, server, 0, Settings{Workers: workers, BackfillTarget: 5 * time.Millisecond})
			b.exec(t, wide)
			b.exec(t, "ALTER TABLE public.items ADD COLUMN worker int")
			b.exec(t, `CREATE FUNCTION public.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.worker := pg_backend_pid(); RETURN NEW; END';
				CREATE TRIGGER stamp BEFORE UPDATE ON public.items FOR EACH ROW EXECUTE FUNCTION public.stamp()`)
			if err := b.run(t.Context(), fillTwin("CASE WHEN id % 10 <> 1 THEN id * 2 END")); err != nil {
				t.Fatal(err)
			}
			if n := b.number(t, "SELECT count(*) FROM public.items WHERE twin IS DISTINCT FROM CASE id % 10 WHEN 0 THEN -1 WHEN 1 THEN NULL ELSE id * 2 END"); n != 0 {
				t.Errorf("%d workers: %d rows are wrong", workers, n)
			}
			if n := b.number(t, "SELECT count(DISTINCT worker) FROM public.items"); n != workers {
				t.Errorf("%d sessions worked, want %d", n, workers)
			}
			got := b.filled(t)
			blocks := b.number(t, "SELECT max(split_part(trim('()' FROM ctid::text), ',', 1)::int) FROM public.items WHERE twin = -1") + 1
			if got.Workers != workers || got.Changed < 16000 || got.Blocks < int64(blocks) {
				t.Errorf("the result is %+v, for %d blocks", got, blocks)
			}
			progress := events(b.observer, &b.observer.progress)
			last := progress[len(progress)-1]
			if last.Done != last.Total || last.Done != got.Blocks || last.Backfill.Changed != got.Changed || last.Left != 0 || last.RowsPerSecond <= 0 {
				t.Errorf("the last progress is %+v", last)
			}
			eventually(t, b.conn, 0, ours)
		}
	})
}

// Each range of a worker is stored, and the union of what is done is right.
func TestWorkersResume(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 0, Settings{Workers: 3, BackfillTarget: 2 * time.Millisecond})
		b.exec(t, wide)
		b.expandShouting(t)
		for round := range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			b.executor.settings.Pause = time.Millisecond
			result := make(chan error, 1)
			go func() { result <- b.run(ctx, fillShout()) }()
			// The table is 1,500 blocks.
			eventually(t, b.conn, 1, "SELECT (coalesce(sum(next_block - first_block), 0) > $1)::int FROM pgphase.progress", 300*(round+1))
			cancel()
			if err := <-result; !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v, want the cancellation", err)
			}
			if n := b.number(t, lostRows); n != 0 {
				t.Fatalf("%d rows are not filled that are said to be done", n)
			}
			if n := b.number(t, "SELECT count(*) FROM pgphase.progress"); n < 2 {
				t.Errorf("%d ranges are stored", n)
			}
		}
		done, left := b.number(t, storedBlocks), b.number(t, unmigrated)
		if err := b.run(t.Context(), fillShout()); err != nil {
			t.Fatal(err)
		}
		got := b.filled(t)
		if got.Resumed != int64(done) || got.Changed != int64(left) || b.number(t, unmigrated) != 0 || b.number(t, storedRows) != 20000 {
			t.Errorf("after %d blocks, with %d rows left, it says %+v; %d rows are stored", done, left, got, b.number(t, storedRows))
		}
	})
}

func TestWorkersStopTogether(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{Workers: 3})
	b.exec(t, wide)
	b.exec(t, "CREATE FUNCTION public.slowly(i int) RETURNS int LANGUAGE plpgsql AS 'BEGIN IF i = 19999 THEN RAISE ''bad %'', i; END IF; PERFORM pg_sleep(0.0005); RETURN i; END'")
	start := time.Now()
	err := b.run(t.Context(), fillTwin("public.slowly(id)"))
	var refused *RefusedRowsError
	if !errors.As(err, &refused) || len(refused.Rows) != 1 || refused.Rows[0].Key != "id = '19999'" {
		t.Fatalf("got %v, want the row 19999", err)
	}
	// All of it would take more than 3 s a worker.
	if elapsed := time.Since(start); elapsed > 20*time.Second || b.number(t, unfilled) == 0 {
		t.Errorf("the others went on for %s", elapsed)
	}
	eventually(t, b.conn, 0, ours)
	b.lock(t).Close()
}

// A pool without room is no reason to fail, nor is a server without.
func TestWorkersThatAreNotThere(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{})
	b.exec(t, wide)
	b.executor = newExecutor(t, b.db, Settings{Workers: 3, Observer: b.observer}, func(config *pgxpool.Config) { config.MaxConns = 2 })
	if err := b.run(t.Context(), fillTwin("id")); err != nil {
		t.Fatal(err)
	}
	if got := b.filled(t); got.Workers != 1 || b.number(t, unfilled) != 0 {
		t.Errorf("the result is %+v", got)
	}

	role := b.db.Role(t, "CONNECTION LIMIT 3")
	b.exec(t, "UPDATE public.items SET twin = NULL")
	b.exec(t, "GRANT SELECT, UPDATE ON public.items TO "+role.Name)
	b.executor = newExecutor(t, b.db, Settings{Workers: 5, Observer: b.observer}, func(config *pgxpool.Config) { config.ConnConfig.User = role.Name })
	if err := b.run(t.Context(), fillTwin("id")); err != nil {
		t.Fatal(err)
	}
	if got := b.filled(t); got.Workers < 1 || got.Workers > 3 || b.number(t, unfilled) != 0 || len(events(b.observer, &b.observer.warnings)) == 0 {
		t.Errorf("the result is %+v", got)
	}
}
