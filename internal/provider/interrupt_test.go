// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// slow takes half a minute for the rows of a table, as a large table would.
const (
	slow = "CREATE OR REPLACE FUNCTION slow(v integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(0.06); RETURN v; END $$;"
	fast = "CREATE OR REPLACE FUNCTION slow(v integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN v; END $$;"
)

// Ctrl-C in the middle of each kind of long statement: it ends on the server,
// the state is written, and the next apply goes on.
func TestAccInterrupt(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	for name, test := range map[string]struct {
		columns, rest, more string
		// running is a part of the statement to interrupt.
		running string
		// reader holds what the apply needs, and stays until the apply has ended
		// unless it ends soon after the interrupt.
		reader string
		ends   bool
	}{
		"validate":   {rest: `checks = { t_slow = { expression = "public.slow(a) > 0" } }`, running: "VALIDATE CONSTRAINT"},
		"build":      {more: indexOn("i", `keys = [{ expression = "public.slow(a)" }]`), running: "CREATE INDEX CONCURRENTLY"},
		"build wait": {more: indexOn("i", onA), running: "CREATE INDEX CONCURRENTLY", reader: "LOCK TABLE t IN ROW EXCLUSIVE MODE"},
		"unique":     {rest: `unique = { t_a_key = { columns = ["a"] } }`, running: "CREATE UNIQUE INDEX CONCURRENTLY", reader: "LOCK TABLE t IN ROW EXCLUSIVE MODE", ends: true},
		"backfill":   {columns: `n = { type = "integer", nullable = false, backfill = "public.slow(a)" }`, running: "UPDATE ONLY public.t"},
		"lock":       {columns: `n = { type = "integer" }`, running: "ALTER TABLE", reader: "SELECT FROM t"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.Shared(t, pgtest.Newest()).Database(t)
			public := func(hcl string) string { return strings.ReplaceAll(hcl, "app", "public") }
			db.Exec(t, fast)
			c := newCLI(t, db)
			c.settings = "  deletion_protection = false"
			c.write(public(table("", "")))
			c.mustApply()
			db.Exec(t, rows+slow)
			conn := db.Connect(t)
			var reader *pgx.Conn
			if test.reader != "" {
				reader = idleInTransaction(t, db, test.reader)
			}
			c.write(public(table(test.columns, test.rest) + test.more))
			r := c.start("apply", "-no-color", "-input=false", "-auto-approve")
			await(t, test.running, func() bool { return active(t, conn, test.running) || hasEnded(r) })
			r.interrupt()
			if test.ends {
				// By then it removes the half-built index, and waits for that.
				await(t, "the removal", func() bool { return active(t, conn, "DROP INDEX CONCURRENTLY") || hasEnded(r) })
				endTransaction(t, reader)
			}
			output, code := r.wait()
			if code != 1 {
				t.Fatalf("exit code %d\n%s", code, output)
			}
			wantText(t, output, "was interrupted")
			if active(t, conn, "") {
				t.Error("a statement is left running")
			}
			if output, code := c.run("state", "list"); code != 0 || !strings.Contains(output, "pgphase_table.public_t") {
				t.Errorf("exit code %d\n%s", code, output)
			}
			if test.ends {
				mustLeaveNothing(t, conn)
			} else if reader != nil {
				endTransaction(t, reader)
			}
			db.Exec(t, fast)
			output, code = c.plan("-out=saved")
			if code != 2 || strings.Contains(output, "tainted") || strings.Contains(output, "must be replaced") {
				t.Errorf("exit code %d\n%s", code, output)
			}
			c.mustApply("saved")
			c.mustPlanNothing()
			mustLeaveNothing(t, conn)
		})
	}
}

func endTransaction(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
}

func hasEnded(r *running) bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// active reports whether the provider runs a statement with a text in it.
func active(t testing.TB, conn *pgx.Conn, text string) bool {
	t.Helper()
	var found bool
	err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
		AND application_name = $1 AND state <> 'idle' AND query LIKE '%' || $2 || '%')`, executor.ApplicationName, text).Scan(&found)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
