// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// faultyTable has one error of each kind among expressions that are right.
func faultyTable(t *testing.T, conn *pgx.Conn) schema.Table {
	t.Helper()
	integer, text := resolve(t, conn, "int"), resolve(t, conn, "text")
	e := func(text string) *schema.Expression { return &schema.Expression{Text: text} }
	return schema.Table{
		Name: schema.QualifiedName{Schema: "public", Name: "users"},
		Columns: []schema.Column{
			{Name: "id", Type: integer, Default: e("'x'")},
			{Name: "a", Type: integer, Default: e("now()")},
			{Name: "b", Type: integer, Default: e("7")},
			{Name: "email", Type: text, Backfill: e("lower(nome)")},
			{Name: "fine", Type: text, Backfill: e("(SELECT max(email) FROM users)")},
			{Name: "g", Type: integer, Generated: &schema.Generated{Expression: *e("id + äöü")}},
			{Name: "h", Type: integer, Generated: &schema.Generated{Expression: *e("g + 1")}},
		},
		Checks: []schema.Check{
			{Name: "good", Expression: *e("id > 0")},
			{Name: "subquery", Expression: *e("id > (SELECT 1)")},
			{Name: "syntax", Expression: *e("id >")},
			{Name: "smuggled", Expression: *e("true); DROP TABLE users; --")},
			{Name: "second", Expression: *e("id > 0, ADD COLUMN c int")},
			{Name: "comment", Expression: *e("id > 1 /* positive */")},
			{Name: "unknown", Expression: *e("nope(id)")},
		},
	}
}

func TestRefusedExpressions(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		canonical, refused, err := catalog.Canonicalize(t.Context(), conn, faultyTable(t, conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, e := range refused {
			got[strings.Join(e.Path, ".")] = e.SQLState
			if e.Message == "" || e.Expression == "" {
				t.Errorf("%v: %+v", e.Path, e)
			}
			if e.Path[1] == "email" && e.Position != 7 {
				t.Errorf("%v: position %d", e.Path, e.Position)
			}
			if e.Path[1] == "h" && !strings.Contains(e.Hint, "generated column") {
				t.Errorf("%v: hint %q", e.Path, e.Hint)
			}
		}
		want := map[string]string{
			"columns.id.default": "22P02", "columns.a.default": "42804", "columns.email.backfill": "42703",
			"columns.g.generated": "42703", "columns.h.generated": "42703",
			"checks.subquery.expression": "0A000", "checks.syntax.expression": "42601",
			"checks.smuggled.expression": "42601", "checks.second.expression": "42601",
			"checks.unknown.expression": "42883",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("SQLSTATEs (-want +got):\n%s", diff)
		}
		for _, good := range []*schema.Expression{
			canonical.Column("b").Default, &canonical.Check("good").Expression, &canonical.Check("comment").Expression,
		} {
			if good.Canonical == "" {
				t.Errorf("%s stayed without the server's text beside faulty ones", good.Text)
			}
		}
		assertUntouched(t, conn)
	})
}

// assertUntouched checks that nothing is left of a comparison.
func assertUntouched(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	var relations int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace").Scan(&relations); err != nil {
		t.Fatal(err)
	}
	if relations != 0 || conn.PgConn().TxStatus() != 'I' {
		t.Errorf("%d relations and transaction status %c are left", relations, conn.PgConn().TxStatus())
	}
}

// Without the right to make a temporary table expressions are still parsed.
func TestCannotCompare(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		table := faultyTable(t, conn)
		for _, obstacle := range []struct{ set, reset string }{
			{"SET default_transaction_read_only = on", "RESET default_transaction_read_only"},
			{
				"CREATE ROLE reader_" + db.Name + "; REVOKE TEMPORARY ON DATABASE " + db.Name + " FROM PUBLIC; SET ROLE reader_" + db.Name,
				"RESET ROLE; DROP ROLE reader_" + db.Name,
			},
		} {
			mustExec(t, conn, obstacle.set)
			canonical, refused, err := catalog.Canonicalize(t.Context(), conn, table, nil)
			mustExec(t, conn, obstacle.reset)
			if _, ok := errors.AsType[*catalog.CannotCompareError](err); !ok {
				t.Fatalf("%s: %v", obstacle.set, err)
			}
			paths := map[string]bool{}
			for _, e := range refused {
				paths[strings.Join(e.Path, ".")] = true
			}
			for _, path := range []string{"columns.email.backfill", "columns.g.generated", "checks.syntax.expression", "checks.smuggled.expression", "checks.unknown.expression"} {
				if !paths[path] {
					t.Errorf("%s: %s is not reported", obstacle.set, path)
				}
			}
			for _, path := range []string{"columns.b.default", "checks.good.expression", "checks.comment.expression"} {
				if paths[path] {
					t.Errorf("%s: %s is reported", obstacle.set, path)
				}
			}
			if canonical.Column("b").Default.Canonical != "" {
				t.Error("there is a canonical text without a comparison")
			}
			assertUntouched(t, conn)
		}
	})
}

// A function of the row has the real table's row type as its argument, and a
// column may be named with its schema: the temporary table is no judge there.
func TestSecondOpinion(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE TABLE users (id int, email text);
			CREATE FUNCTION is_good(users) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.id > 0'`)
		conn := db.Connect(t)
		observed := readTable(t, conn, "public", "users")
		desired := schema.Table{Name: observed.Name, Columns: observed.Columns, Checks: []schema.Check{
			{Name: "row", Expression: schema.Expression{Text: "is_good(users)"}},
			{Name: "qualified", Expression: schema.Expression{Text: "public.users.id > 0"}},
			{Name: "bad", Expression: schema.Expression{Text: "is_bad(users)"}},
		}}
		canonical, refused, err := catalog.Canonicalize(t.Context(), conn, desired, &observed)
		if err != nil {
			t.Fatal(err)
		}
		if len(refused) != 1 || refused[0].Path[1] != "bad" {
			t.Errorf("refused: %v", refused)
		}
		if canonical.Check("row").Expression.Canonical != "" {
			t.Error("is_good(users) has a canonical text that was printed for another table")
		}
	})
}

func mustExec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
