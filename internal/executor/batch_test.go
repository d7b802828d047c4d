// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// fillTwin fills items.twin as the planner words it.
func fillTwin(value string, partitions ...schema.QualifiedName) planner.Operation {
	assignments := []planner.Assignment{{Column: "twin", Value: schema.Expression{Text: value}}}
	op := planner.Operation{
		Class: planner.Batch, Effect: planner.Effect{Updates: true},
		Locks: []planner.Lock{{Mode: schema.RowExclusive, Table: items}},
		Backfill: &planner.Backfill{
			Table: items, Partitions: partitions, Assignments: assignments, Condition: ddl.BackfillCondition(assignments),
		},
	}
	if len(partitions) == 0 {
		op.Statements = []string{ddl.BackfillBatch(items, assignments, op.Backfill.Condition)}
	}
	for _, partition := range partitions {
		op.Statements = append(op.Statements, ddl.BackfillBatch(partition, assignments, op.Backfill.Condition))
	}
	return op
}

const unfilled = "SELECT count(*) FROM public.items WHERE twin IS NULL"

func (b *bundle) filled(t *testing.T) BackfillResult {
	t.Helper()
	finished := events(b.observer, &b.observer.finished)
	if len(finished) == 0 || finished[len(finished)-1].Backfill == nil {
		t.Fatal("the observer was told no result")
	}
	return *finished[len(finished)-1].Backfill
}

func TestBatchFillsWhatIsNull(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 0, Settings{})
		// No primary key, and wide rows: more than one batch.
		b.exec(t, "ALTER TABLE public.items DROP CONSTRAINT items_pkey")
		b.exec(t, "INSERT INTO public.items SELECT i, repeat('x', 500), CASE WHEN i % 10 = 0 THEN -1 END FROM generate_series(1, 10000) i")
		if err := b.run(t.Context(), fillTwin("CASE WHEN id % 10 <> 1 THEN id * 2 END")); err != nil {
			t.Fatal(err)
		}
		if n := b.number(t, "SELECT count(*) FROM public.items WHERE twin = id * 2"); n != 8000 {
			t.Errorf("%d rows were filled, want 8000", n)
		}
		if n := b.number(t, "SELECT count(*) FROM public.items WHERE twin = -1"); n != 1000 {
			t.Errorf("%d of 1000 rows kept their value", n)
		}
		if n := b.number(t, unfilled); n != 1000 {
			t.Errorf("%d rows are NULL, want the 1000 for which the expression is", n)
		}
		got := b.filled(t)
		if got.Changed < 8000 || got.Batches < 2 || got.Blocks < 500 || got.Elapsed <= 0 {
			t.Errorf("the result is %+v", got)
		}
		progress := events(b.observer, &b.observer.progress)
		if last := progress[len(progress)-1]; last.Done != last.Total || last.Done != got.Blocks || last.Backfill.Changed != got.Changed {
			t.Errorf("the last progress is %+v", last)
		}
	})
}

func TestBatchReadsOnlyItsBlocks(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 20000, Settings{})
		b.exec(t, "SET plan_cache_mode = force_generic_plan")
		for _, statement := range fillTwin("id").Statements {
			b.exec(t, "DEALLOCATE ALL")
			b.exec(t, "PREPARE batch AS "+statement)
			var plan strings.Builder
			rows, err := b.conn.Query(t.Context(), "EXPLAIN EXECUTE batch ('(2,0)', '(4,0)')")
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var line string
				if err := rows.Scan(&line); err != nil {
					t.Fatal(err)
				}
				plan.WriteString(line + "\n")
			}
			if rows.Err() != nil || !strings.Contains(plan.String(), "Tid Range Scan") {
				t.Errorf("the plan is\n%s%v", plan.String(), rows.Err())
			}
		}
	})
}

func TestBatchOfAnEmptyTable(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 0, Settings{})
		if err := b.run(t.Context(), fillTwin("id")); err != nil {
			t.Fatal(err)
		}
		if got := b.filled(t); got.Batches != 0 || got.Changed != 0 {
			t.Errorf("the result is %+v", got)
		}
	})
}

func TestBatchFillsPartitions(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 0, Settings{})
		b.exec(t, `
			DROP TABLE public.items;
			CREATE TABLE public.items (id int, twin int) PARTITION BY RANGE (id);
			CREATE TABLE public."Items low" PARTITION OF public.items FOR VALUES FROM (0) TO (1000);
			CREATE TABLE public.items_high PARTITION OF public.items FOR VALUES FROM (1000) TO (5000);
			INSERT INTO public.items SELECT generate_series(1, 3000)`)
		err := b.run(t.Context(), fillTwin("id", schema.QualifiedName{Schema: "public", Name: "Items low"}, schema.QualifiedName{Schema: "public", Name: "items_high"}))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.filled(t); got.Changed != 3000 || b.number(t, unfilled) != 0 {
			t.Errorf("the result is %+v", got)
		}
	})
}

// While it runs, an application inserts, updates and deletes. Nothing that it
// wrote may be overwritten.
func TestBatchAmongWriters(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		const rows = 5000
		b := setup(t, server, rows, Settings{BackfillTarget: 5 * time.Millisecond})
		b.exec(t, "CREATE TABLE public.written (id int, twin int)")
		var stop atomic.Bool
		var writers sync.WaitGroup
		var slowest atomic.Int64
		for w := range 3 {
			conn := b.db.Connect(t)
			writers.Go(func() {
				for i := w; !stop.Load(); i += 7 {
					id := i%rows + 1
					start := time.Now()
					_, err := conn.Exec(t.Context(), `
						WITH u AS (UPDATE public.items SET twin = -$1::int WHERE id = $1 RETURNING id, twin)
						INSERT INTO public.written SELECT id, twin FROM u`, id)
					if err != nil {
						t.Error(err)
						return
					}
					slowest.Store(max(slowest.Load(), int64(time.Since(start))))
				}
			})
		}
		eventually(t, b.conn, 1, "SELECT (count(*) > 100)::int FROM public.written")
		err := b.run(t.Context(), fillTwin("id"))
		stop.Store(true)
		writers.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if n := b.number(t, "SELECT count(*) FROM public.items i WHERE twin > 0 AND EXISTS (SELECT FROM public.written w WHERE w.id = i.id)"); n != 0 {
			t.Errorf("%d written values were overwritten", n)
		}
		// The writers know the column, so one pass is complete.
		if n := b.number(t, unfilled); n != 0 {
			t.Errorf("%d rows are still NULL", n)
		}
		if slow := time.Duration(slowest.Load()); slow > 2*time.Second {
			t.Errorf("a writer waited %s", slow)
		}
	})
}

func TestBatchGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		ctx, cancel := context.WithCancel(t.Context())
		batches := 0
		b := setup(t, server, 30000, Settings{
			BackfillTarget: time.Millisecond, Pause: time.Millisecond,
			Sleep: func(ctx context.Context, d time.Duration) error {
				if batches++; batches == 4 {
					cancel()
				}
				return sleep(ctx, d)
			},
		})
		err := b.run(ctx, fillTwin("id"))
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want the cancellation", err)
		}
		left := b.number(t, unfilled)
		if left == 0 || left == 30000 {
			t.Fatalf("%d rows are left, want some", left)
		}
		if first := b.filled(t); first.Changed != int64(30000-left) {
			t.Errorf("it says that it changed %d rows, and changed %d", first.Changed, 30000-left)
		}
		if err := b.run(t.Context(), fillTwin("id")); err != nil {
			t.Fatal(err)
		}
		if second := b.filled(t); second.Changed != int64(left) || b.number(t, unfilled) != 0 {
			t.Errorf("the second run changed %d rows of %d", second.Changed, left)
		}
	})
}

func TestBatchStartsAgainAfterARewrite(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		rewritten := false
		var b *bundle
		settings := Settings{BackfillTarget: time.Millisecond, Pause: time.Millisecond}
		settings.Sleep = func(ctx context.Context, d time.Duration) error {
			if !rewritten {
				rewritten = true
				// The rows come into the opposite order: those that were
				// filled move to the end, the others into blocks done.
				b.db.Exec(t, "CREATE INDEX backwards ON public.items ((-id)); CLUSTER public.items USING backwards")
			}
			return sleep(ctx, d)
		}
		b = setup(t, server, 30000, settings)
		if err := b.run(t.Context(), fillTwin("id")); err != nil {
			t.Fatal(err)
		}
		if !rewritten || b.number(t, unfilled) != 0 {
			t.Errorf("%d rows are NULL after a rewrite in the middle", b.number(t, unfilled))
		}
	})
}

func TestBatchAdaptsToItsTarget(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{BackfillTarget: 20 * time.Millisecond})
	b.exec(t, "INSERT INTO public.items SELECT i, repeat('x', 1000) FROM generate_series(1, 1000) i")
	// 1 ms a row and 7 rows a block: the first 64 blocks would take 450 ms.
	b.exec(t, `CREATE FUNCTION public.slowly(i int) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.001); RETURN i; END'`)
	if err := b.run(t.Context(), fillTwin("public.slowly(id)")); err != nil {
		t.Fatal(err)
	}
	got := b.filled(t)
	if b.number(t, unfilled) != 0 || got.Batches < 15 {
		t.Errorf("%d batches: the size did not shrink", got.Batches)
	}
}

// A batch that is far too slow is broken off and made smaller.
func TestBatchBreaksOffWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{BackfillTarget: 10 * time.Millisecond})
	b.exec(t, "INSERT INTO public.items SELECT i, repeat('x', 1000) FROM generate_series(1, 200) i")
	// 29 blocks of 7 rows: 2 s in all, above the smallest timeout of 1 s.
	b.exec(t, `CREATE FUNCTION public.slowly(i int) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.01); RETURN i; END'`)
	if err := b.run(t.Context(), fillTwin("public.slowly(id)")); err != nil {
		t.Fatal(err)
	}
	if b.number(t, unfilled) != 0 {
		t.Error("rows are left")
	}
}

func TestBatchWaitsForARow(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 100, Settings{LockTimeout: 100 * time.Millisecond, LockDeadline: 500 * time.Millisecond, BackoffMin: 50 * time.Millisecond})
		writer := b.reader(t, "UPDATE public.items SET label = 'x' WHERE id = 50")
		err := b.run(t.Context(), fillTwin("id"))
		var timeout *LockTimeoutError
		if !errors.As(err, &timeout) || len(timeout.Blockers) != 1 || timeout.Blockers[0].PID != int32(writer.PgConn().PID()) {
			t.Fatalf("got %v, want a LockTimeoutError that names the writer", err)
		}
		end(t, writer)
		if err := b.run(t.Context(), fillTwin("id")); err != nil {
			t.Fatal(err)
		}
		if b.number(t, unfilled) != 0 {
			t.Error("rows are left")
		}
	})
}

func TestBatchReportsWhatIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 10, Settings{})
	op := fillTwin("1 / (id - 5)")
	err := b.run(t.Context(), op)
	var refused *StatementError
	if !errors.As(err, &refused) || refused.PgError.Code != "22012" || refused.Statement() != op.Statements[0] {
		t.Fatalf("got %v, want the division by zero in the statement", err)
	}
	if b.number(t, unfilled) != 10 {
		t.Error("the batch was not rolled back")
	}
}

func TestBatchThatIsMalformed(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{})
	without := fillTwin("id")
	without.Backfill = nil
	twice := fillTwin("id")
	twice.Statements = append(twice.Statements, twice.Statements[0])
	for i, op := range []planner.Operation{without, twice} {
		var malformed *MalformedOperationError
		if err := b.run(t.Context(), op); !errors.As(err, &malformed) {
			t.Errorf("%d: got %v, want a MalformedOperationError", i, err)
		}
	}
}

func TestBatchWaitsForAStandby(t *testing.T) {
	t.Parallel()
	// A standby reports every ten seconds by default.
	primary := pgtest.Start(t, pgtest.Newest(), pgtest.Setting("wal_receiver_status_interval", "1s"))
	standby := pgtest.StartStandby(t, primary)
	b := setup(t, primary, 0, Settings{MaxReplicationLag: 500 * time.Millisecond})
	replica := connectTo(t, standby.URL("postgres"))
	if _, err := replica.Exec(t.Context(), "SELECT pg_wal_replay_pause()"); err != nil {
		t.Fatal(err)
	}
	b.exec(t, "INSERT INTO public.items SELECT generate_series(1, 1000)")
	eventually(t, b.conn, 1, "SELECT count(*) FROM pg_stat_replication WHERE replay_lag > interval '1 s'")

	result := make(chan error, 1)
	go func() { result <- b.run(t.Context(), fillTwin("id")) }()
	select {
	case err := <-result:
		t.Fatalf("it did not wait for the standby: %v", err)
	case <-time.After(2 * time.Second):
	}
	if blocked := events(b.observer, &b.observer.blocked); len(blocked) == 0 || blocked[0].ReplicationLag < 500*time.Millisecond {
		t.Errorf("the observer saw %+v", blocked)
	}
	if _, err := replica.Exec(t.Context(), "SELECT pg_wal_replay_resume()"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-result:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("it still waits though the standby has caught up")
	}
}
