// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

func check(sql string) planner.Operation {
	return planner.Operation{Class: planner.Verify, Statements: []string{sql}, Effect: planner.Effect{Scans: true}}
}

func TestVerifyShowsWhatItFinds(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 1000, Settings{})
		if err := b.run(t.Context(), check("SELECT id::text FROM public.items WHERE id < 0")); err != nil {
			t.Fatal(err)
		}
		for sql, want := range map[string][]string{
			"SELECT 'id = ' || id FROM public.items WHERE id % 2 = 0 ORDER BY id":       {"id = 2", "id = 4", "id = 6", "id = 8", "id = 10"},
			"SELECT id::text, twin::text AS other FROM public.items WHERE id IN (7, 8)": {"id = 7, other = NULL", "id = 8, other = NULL"},
		} {
			// What comes after a check that failed does not run.
			err := b.run(t.Context(), check(sql), addColumn("late"))
			var found *VerifyError
			if !errors.As(err, &found) {
				t.Fatalf("got %v, want a VerifyError", err)
			}
			if diff := cmp.Diff(want, found.Examples); diff != "" {
				t.Errorf("%s (-want +got):\n%s", sql, diff)
			}
			if all := b.number(t, "SELECT count(*) FROM ("+sql+") AS found"); found.Count != all {
				t.Errorf("%s: %d rows, want %d", sql, found.Count, all)
			}
		}
		if b.number(t, "SELECT count(*) FROM pg_attribute WHERE attname = 'late'") != 0 {
			t.Error("an operation ran after a check that failed")
		}
	})
}

// It reads for hours, if need be, one state of the table, and can harm nobody.
func TestVerifyOnlyReads(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 3, Settings{BriefTimeout: 50 * time.Millisecond})
		b.exec(t, "CREATE SEQUENCE public.counter")
		b.exec(t, "ALTER DATABASE "+b.db.Name+" SET statement_timeout = '100ms'")
		if server.Major >= 17 {
			b.exec(t, "ALTER DATABASE "+b.db.Name+" SET transaction_timeout = '100ms'")
		}
		b.executor = newExecutor(t, b.db, Settings{Observer: b.observer})
		result := make(chan error, 1)
		go func() {
			result <- b.run(t.Context(), check(`SELECT i.id::text FROM (SELECT pg_sleep(2)) AS nap, public.items i WHERE twin = 9
				OR current_setting('transaction_isolation') <> 'repeatable read' OR current_setting('transaction_read_only') <> 'on'`))
		}()
		eventually(t, b.conn, 1, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
		if n := b.number(t, `SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
			WHERE l.database = a.datid AND datname = current_database() AND application_name = '`+ApplicationName+`'
			AND locktype = 'relation' AND mode <> 'AccessShareLock'`); n != 0 {
			t.Errorf("it holds %d locks above ACCESS SHARE", n)
		}
		b.exec(t, "UPDATE public.items SET twin = 9")
		if err := <-result; err != nil {
			t.Errorf("it sees what came later, or was broken off: %v", err)
		}
		for _, sql := range []string{"SELECT nextval('public.counter')::text", "SELECT id::text FROM public.items FOR UPDATE"} {
			var refused *StatementError
			if err := b.run(t.Context(), check(sql)); !errors.As(err, &refused) || refused.PgError.Code != "25006" {
				t.Errorf("%s: got %v, want a refusal to write", sql, err)
			}
		}
		two := check("SELECT 1")
		two.Statements = append(two.Statements, "SELECT 2")
		var malformed *MalformedOperationError
		if err := b.run(t.Context(), two); !errors.As(err, &malformed) {
			t.Errorf("got %v, want a MalformedOperationError", err)
		}
	})
}
