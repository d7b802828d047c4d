// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

type entry struct{ Object, Phase, Statement, Outcome, Error string }

func (b *bundle) history(t *testing.T) []entry {
	t.Helper()
	rows, err := b.conn.Query(t.Context(), `SELECT object, coalesce(phase, ''), statement, outcome, coalesce(error, '') FROM pgphase.history
		WHERE who = session_user AND application = '`+ApplicationName+`' AND waited >= '0' AND ran > '0' ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestHistoryHoldsWhatRan(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 100, Settings{LockTimeout: 50 * time.Millisecond, LockDeadline: 200 * time.Millisecond, BackoffMin: 10 * time.Millisecond})
		create := planner.Operation{Phase: schema.Expand, Class: planner.Brief, Statements: ddl.CreateLedger()}
		two := brief("ALTER TABLE public.items ADD COLUMN a int", "COMMENT ON COLUMN public.items.a IS 'x'")
		two.Phase = schema.Expand
		// Without a ledger nothing is recorded, and the operation that creates
		// it is the first.
		if err := b.run(t.Context(), addColumn("before"), create, two, fillTwin("id"), check("SELECT 'x' WHERE false"), build(false)); err != nil {
			t.Fatal(err)
		}
		refused := brief("ALTER TABLE public.items ADD COLUMN a int")
		if err := b.run(t.Context(), refused); err == nil {
			t.Fatal("the column should be there")
		}
		reader := b.reader(t, readOne)
		var timeout *LockTimeoutError
		if err := b.run(t.Context(), addColumn("late")); !errors.As(err, &timeout) {
			t.Fatalf("got %v, want a LockTimeoutError", err)
		}
		end(t, reader)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- b.run(ctx, check("SELECT pg_sleep(3600)::text")) }()
		eventually(t, b.conn, 1, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
		cancel()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want the cancellation", err)
		}
		// What never ran is not there.
		if err := b.run(ctx, addColumn("never")); err == nil {
			t.Fatal("the context has ended")
		}

		// What worked through the table says how, and how much. A backfill writes
		// rows anew, so that the table is larger after it.
		for work, much := range map[string]string{"backfill": "BETWEEN 1 AND", "index build": "="} {
			works := fmt.Sprintf("SELECT count(*) FROM pgphase.history WHERE work = '%s' AND bytes %s pg_relation_size('public.items') AND outcome = 'succeeded'", work, much)
			if n := b.number(t, works); n != 1 {
				t.Errorf("%d entries of a %s with the bytes of the table", n, work)
			}
		}
		if n := b.number(t, "SELECT count(*) FROM pgphase.history WHERE (work IS NULL) <> (bytes IS NULL)"); n != 0 {
			t.Errorf("%d entries with a work or a number of bytes alone", n)
		}

		got := b.history(t)
		if len(got) == 0 || got[0].Statement != create.SQL()[:len(create.SQL())-1] {
			t.Fatalf("the history is %+v", got)
		}
		want := []entry{
			{"public.items", "expand", "BEGIN;\n" + two.Statements[0] + ";\n" + two.Statements[1] + ";\nCOMMIT;", "succeeded", ""},
			{"public.items", "", fillTwin("id").Statements[0] + ";", "succeeded", ""},
			{"public.items", "", "SELECT 'x' WHERE false;", "succeeded", ""},
			{"public.items", "", build(false).Statements[0] + ";", "succeeded", ""},
			{"public.items", "", refused.Statements[0] + ";", "failed", "column \"a\" of relation \"items\" already exists (SQLSTATE 42701)"},
			{"public.items", "", addColumn("late").Statements[0] + ";", "failed", firstLine(timeout)},
			{"public.items", "", "SELECT pg_sleep(3600)::text;", "interrupted", "interrupted (context canceled) in"},
		}
		if diff := cmp.Diff(want, got[1:]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if n := b.number(t, "SELECT count(*) FROM pgphase.history WHERE outcome = 'failed' AND statement LIKE '%late%' AND waited > interval '150 ms'"); n != 1 {
			t.Error("it does not say how long the lock was waited for")
		}
		if warnings := events(b.observer, &b.observer.warnings); len(warnings) != 0 {
			t.Errorf("there are the warnings %v", warnings)
		}
	})
}

// What was done stays done, whatever happens to the history.
func TestHistoryThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 3, Settings{})
	b.createLedger(t)
	locker := b.reader(t, "LOCK TABLE pgphase.history")
	if err := b.run(t.Context(), addColumn("a")); err != nil {
		t.Fatal(err)
	}
	end(t, locker)
	b.exec(t, "DROP TABLE pgphase.history")
	if err := b.run(t.Context(), addColumn("b")); err != nil {
		t.Fatal(err)
	}
	b.exec(t, "COMMENT ON SCHEMA pgphase IS 'pgphase ledger, version 999.'")
	if err := b.run(t.Context(), addColumn("c")); err != nil {
		t.Fatal(err)
	}
	if n := b.number(t, "SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.items'::regclass AND attname IN ('a', 'b', 'c')"); n != 3 {
		t.Errorf("%d of 3 columns are there", n)
	}
	if warnings := events(b.observer, &b.observer.warnings); len(warnings) != 3 {
		t.Errorf("there are %v, want three warnings", warnings)
	}
}
