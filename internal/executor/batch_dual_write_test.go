// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

func itoa(n int32) string { return strconv.Itoa(int(n)) }

func operations(list ...planner.Operation) []planner.Operation { return list }

// Code of the old side, of the new side and of neither writes while the
// backfill runs. With a lossy transition each value that the backfill or a
// trigger of its update writes without being asked is seen.
func TestBatchUnderADualWriteTrigger(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		const rows = 20000
		b := setup(t, server, 0, Settings{BackfillTarget: 5 * time.Millisecond, Workers: 2})
		b.exec(t, "INSERT INTO public.items SELECT i, 'Item ' || i FROM generate_series(1, $1::int) i", rows)
		b.expandShouting(t)
		b.exec(t, "CREATE TABLE public.written (id int, label text, shout text)")
		var stop atomic.Bool
		var writers sync.WaitGroup
		for w, statement := range []string{
			"WITH u AS (UPDATE public.items SET label = 'Old ' || id WHERE id = $1 RETURNING id) INSERT INTO public.written SELECT id, 'Old ' || id, 'OLD ' || id FROM u",
			"WITH u AS (UPDATE public.items SET shout = 'New ' || id WHERE id = $1 RETURNING id) INSERT INTO public.written SELECT id, 'new ' || id, 'New ' || id FROM u",
			"WITH u AS (UPDATE public.items SET label = 'Both ' || id, shout = 'both ' || id WHERE id = $1 RETURNING id) INSERT INTO public.written SELECT id, 'Both ' || id, 'both ' || id FROM u",
			"WITH u AS (UPDATE public.items SET twin = 1 WHERE id = $1 RETURNING id) INSERT INTO public.written SELECT id, 'Item ' || id, 'ITEM ' || id FROM u",
		} {
			conn := b.db.Connect(t)
			writers.Go(func() {
				// From the end backwards, so that rows are written before
				// the backfill comes by; each row once.
				for id := rows - w; id > 0 && !stop.Load(); id -= 4 * 7 {
					if _, err := conn.Exec(t.Context(), statement, id); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		eventually(t, b.conn, 1, "SELECT (count(*) > 100)::int FROM public.written")
		err := b.run(t.Context(), fillShout())
		stop.Store(true)
		writers.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if n := b.number(t, `SELECT count(*) FROM public.items i JOIN public.written w USING (id)
			WHERE ROW(i.label, i.shout) IS DISTINCT FROM ROW(w.label, w.shout)`); n != 0 {
			t.Errorf("%d rows are not what was written", n)
		}
		if n := b.number(t, `SELECT count(*) FROM public.items i WHERE NOT EXISTS (SELECT FROM public.written w WHERE w.id = i.id)
			AND (label, shout) IS DISTINCT FROM ('Item ' || id, 'ITEM ' || id)`); n != 0 {
			t.Errorf("%d rows that nobody wrote are not what the backfill gives", n)
		}
		old := b.number(t, "SELECT count(*) FROM public.written WHERE shout LIKE 'OLD %'")
		counted := b.number(t, "SELECT coalesce(pg_sequence_last_value('"+shouting().Counter.String()+"'), 0)::int")
		if counted != old {
			t.Errorf("%d old-style writes are counted, there were %d", counted, old)
		}
	})
}
