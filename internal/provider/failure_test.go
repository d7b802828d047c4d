// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Data that the plan found in order goes wrong while the apply runs. The apply
// fails and says on what; nothing harmful is left, no resource is tainted, and
// with the data put right the next apply goes on.
func TestAccDataGoesWrong(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	for name, test := range map[string]struct {
		columns, rest, more string
		// at is a part of the statement before which it goes wrong.
		at, wrong, right string
		// says is in the error, left what the failure leaves.
		says, left string
	}{
		"unique constraint": {
			rest: `unique = { t_a_key = { columns = ["a"] } }`,
			at:   "CREATE UNIQUE INDEX", wrong: "UPDATE t SET a = 1 WHERE id = 2", right: "UPDATE t SET a = id", says: "Key (a)=(1) is duplicated",
		},
		"unique index": {
			more: indexOn("i", onA+"\nunique = true"),
			at:   "CREATE UNIQUE INDEX", wrong: "UPDATE t SET a = 1 WHERE id = 2", right: "UPDATE t SET a = id", says: "Key (a)=(1) is duplicated",
		},
		"check": {
			rest: checkA,
			at:   "NOT VALID", wrong: "UPDATE t SET a = 0 WHERE id = 2", right: "UPDATE t SET a = id", says: `check constraint "t_a_check" of relation "t" is violated by some row`,
			left: "constraint t_a_check is NOT VALID",
		},
		"foreign key": {
			more: foreignKey("f", toCode),
			at:   "NOT VALID", wrong: "UPDATE t SET a = 9999 WHERE id = 2", right: "UPDATE t SET a = id", says: "Key (a)=(9999) is not present in table",
			left: "constraint f is NOT VALID",
		},
		"not null": {
			columns: `n = { type = "integer", nullable = false, backfill = "100 / a" }`,
			at:      "UPDATE", wrong: "UPDATE t SET a = 0 WHERE id = 2", right: "UPDATE t SET a = id", says: "division by zero",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := pgtest.Shared(t, pgtest.Newest())
			db := server.Database(t)
			var once sync.Once
			w := newWire(t, server, func(sql string) moment {
				if strings.Contains(sql, test.at) && !strings.Contains(sql, "pg_temp.") && !isRead(sql) {
					once.Do(func() { db.Exec(t, test.wrong) })
				}
				return passes
			})
			public := func(hcl string) string { return strings.ReplaceAll(hcl, "app", "public") }
			c := newCLI(t, db)
			c.settings = "  deletion_protection = false"
			c.write(public(referenced + table("", "")))
			c.mustApply()
			db.Exec(t, referencedRows)
			c.url = w.url(db)
			c.write(public(referenced + table(test.columns, test.rest) + test.more))
			if output, code := c.plan("-out=saved"); code != 2 {
				t.Fatalf("plan: exit code %d\n%s", code, output)
			}
			output, code := c.apply("saved")
			if code != 1 {
				t.Fatalf("apply: exit code %d\n%s", code, output)
			}
			wantText(t, output, test.says)
			mustLeave(t, db, test.left)
			if output, _ := c.run("state", "list"); strings.Contains(output, "pgphase_index") || strings.Contains(output, "pgphase_foreign_key") {
				t.Errorf("a failed create is in the state, and tainted:\n%s", output)
			}
			// A plan that has been applied in part is not applied again.
			if output, code := c.apply("saved"); code != 1 {
				t.Errorf("the same plan again: exit code %d\n%s", code, output)
			} else {
				wantText(t, output, "Saved plan is stale")
			}

			db.Exec(t, test.right)
			output, code = c.plan("-out=again")
			if code != 2 || strings.Contains(output, "tainted") || strings.Contains(output, "must be replaced") {
				t.Errorf("plan: exit code %d\n%s", code, output)
			}
			c.mustApply("again")
			c.mustPlanNothing()
			mustLeaveNothing(t, db.Connect(t))
		})
	}
}

// Without questions to the data, the plan says nothing of it and the apply stops.
func TestAccWithoutDataChecks(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	public := func(hcl string) string { return strings.ReplaceAll(hcl, "app", "public") }
	c := newCLI(t, db)
	c.write(public(table("", "")))
	c.mustApply()
	db.Exec(t, rows+"UPDATE t SET a = 0 WHERE id = 2")
	c.write(public(table("", checkA)))
	output, code := c.plan()
	if code != 1 {
		t.Errorf("with questions: exit code %d\n%s", code, output)
	}
	c.settings = "  data_checks = false"
	c.write(public(table("", checkA)))
	if output, code := c.plan(); code != 2 {
		t.Errorf("without: exit code %d\n%s", code, output)
	}
	output, code = c.apply()
	if code != 1 {
		t.Errorf("apply: exit code %d\n%s", code, output)
	}
	wantText(t, output, "is violated by some row")
	db.Exec(t, "UPDATE t SET a = id")
	c.mustApply()
	c.mustPlanNothing()
}

// mustLeave fails unless the one thing that is not finished, or nothing, is
// left; helpers of the sequence are not counted.
func mustLeave(t testing.TB, db *pgtest.Database, want string) {
	t.Helper()
	var left string
	err := db.Connect(t).QueryRow(t.Context(), `
		SELECT coalesce(string_agg(what, ', '), '') FROM (
			SELECT 'index ' || indexrelid::regclass || ' is INVALID' FROM pg_index WHERE NOT indisvalid
			UNION ALL SELECT 'constraint ' || conname || ' is NOT VALID' FROM pg_constraint WHERE NOT convalidated
		) AS unfinished (what)`).Scan(&left)
	if err != nil {
		t.Fatal(err)
	}
	if left != want {
		t.Errorf("left: %q, want %q", left, want)
	}
}

// A saved plan whose apply was killed is not applied a second time to a
// database that is not the same any more: the apply says what changed, and
// runs nothing.
func TestAccSavedPlanAfterKill(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	server := pgtest.Shared(t, pgtest.Newest())
	db := server.Database(t)
	public := func(hcl string) string { return strings.ReplaceAll(hcl, "app", "public") }
	w := newWire(t, server, func(sql string) moment {
		if strings.Contains(sql, "VALIDATE CONSTRAINT") {
			return before
		}
		return passes
	})
	// A saved plan keeps the provider block, so the connection is not in it.
	c := newCLI(t, nil)
	connect := func(url string) {
		config, err := pgx.ParseConfig(url)
		if err != nil {
			t.Fatal(err)
		}
		c.workspace.Setenv("PGHOST", config.Host)
		c.workspace.Setenv("PGPORT", strconv.Itoa(int(config.Port)))
		c.workspace.Setenv("PGUSER", config.User)
		c.workspace.Setenv("PGDATABASE", config.Database)
		c.workspace.Setenv("PGSSLMODE", "disable")
	}
	connect(db.URL())
	c.settings = "  deletion_protection = false"
	c.write(public(table("", "")))
	c.mustApply()
	db.Exec(t, rows)
	c.write(public(table("", checkA)))
	if output, code := c.plan("-out=saved"); code != 2 {
		t.Fatalf("plan: exit code %d\n%s", code, output)
	}
	connect(w.url(db))
	r := c.start("apply", "-no-color", "-input=false", "saved")
	<-w.stopped
	r.kill()
	w.sever()
	connect(db.URL())
	db.Forget(t)
	output, code := c.apply("saved")
	if code != 1 {
		t.Fatalf("apply: exit code %d\n%s", code, output)
	}
	wantText(t, output, "public.t changed since the plan")
	wantText(t, output, "check constraint t_a_check is new")
	for _, s := range committed(db.Statements(t)) {
		t.Errorf("ran %s", s.sql)
	}
	c.mustApply()
	c.mustPlanNothing()
	mustLeaveNothing(t, db.Connect(t))
}
