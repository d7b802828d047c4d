// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

const replacementDDL = spellingDDL + `;
	CREATE SCHEMA "Odd";
	CREATE FUNCTION "Odd"."First"(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT split_part($1, '' '', 1)';
	CREATE FUNCTION noise(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN random()::text; END'`

// replacing is a column that replaces others, as a configuration has it.
func replacing(t *testing.T, conn *pgx.Conn, name schema.Name, typ string, old ...schema.Name) schema.Column {
	t.Helper()
	return schema.Column{Name: name, Type: resolve(t, conn, typ), Nullable: true, Replaces: &schema.Replacement{Columns: old}}
}

// ups are expressions with what the server makes of them, the same on 14 to 18.
var ups = []struct {
	typ        string
	old        schema.Name
	up         string
	canonical  string
	volatility schema.Volatility
}{
	{"text", "email", "email", "email", schema.Immutable},
	{"text", "email", " ( users.email ) ", "email", schema.Immutable},
	{"text", "email", "EMAIL", "email", schema.Immutable},
	{"text", "email", "split_part(users.email, ' ', 1)", "split_part(email, ' '::text, 1)", schema.Immutable},
	{"text", "email", "email || '!' /* why */", "(email || '!'::text)", schema.Immutable},
	{"text", "email", "upper(\n  email\n)", "upper(email)", schema.Immutable},
	{"text", "name", "coalesce(name, 'nobody')", "COALESCE(name, 'nobody'::character varying)", schema.Immutable},
	{"bigint", "age", "age", "age", schema.Immutable},
	{"integer", "id", "users.id::int", "(id)::integer", schema.Immutable},
	{"boolean", "age", "age > 3 AND age IS NOT NULL", "((age > 3) AND (age IS NOT NULL))", schema.Immutable},
	{"boolean", "email", "email IS NOT NULL", "(email IS NOT NULL)", schema.Immutable},
	{"boolean", "email", "name IN ('a', 'b')", "", ""}, // of another column
	{"text", "name", "CASE name WHEN 'x' THEN 'y' ELSE name END", "CASE name\n    WHEN 'x'::text THEN 'y'::character varying\n    ELSE name\nEND", schema.Immutable},
	{"mood", "mood", "mood", "mood", schema.Immutable},
	{"mood", "email", "email::mood", "(email)::public.mood", schema.Stable},
	{"mood", "email", "'sad'", "'sad'::public.mood", schema.Immutable},
	{"mood", "email", "(('sad'))", "'sad'::public.mood", schema.Immutable},
	{"text", "email", "'sad'", "'sad'::text", schema.Immutable},
	{"varchar(3)", "email", "'sad'", "'sad'::character varying", schema.Immutable},
	{"bigint", "email", "42", "42", schema.Immutable},
	{"text", "email", "NULL", "NULL", schema.Immutable},
	{"timestamptz", "local", "local AT TIME ZONE 'UTC'", "(local AT TIME ZONE 'UTC'::text)", schema.Immutable},
	{"timestamptz", "local", "coalesce(local, now())", "COALESCE((local)::timestamp with time zone, now())", schema.Stable},
	{"timestamptz", "local", "coalesce(local::timestamptz, CURRENT_TIMESTAMP)", "COALESCE((local)::timestamp with time zone, CURRENT_TIMESTAMP)", schema.Stable},
	{"text", "age", "age", "age", schema.Immutable},
	{"integer", "age", "twice(age)", "public.twice(age)", schema.Immutable},
	{"text", "email", "app.clean(email)", "app.clean(email)", schema.Immutable},
	{"text", "email", `"Odd"."First"(email)`, `"Odd"."First"(email)`, schema.Stable},
	{"text", "email", "noise(email)", "public.noise(email)", schema.Volatile},
	{"bigint", "Order", `"users"."Order" + 1`, `("Order" + 1)`, schema.Immutable},
	{"text", `weird "name`, `lower("weird ""name")`, `lower("weird ""name")`, schema.Immutable},
	{"integer", "place", "(place).x", "(place).x", schema.Immutable},
	{"point2", "place", "ROW((place).y, (place).x)::point2", "ROW((place).y, (place).x)::public.point2", schema.Immutable},
	{"text[]", "email", "ARRAY[email, '']", "ARRAY[email, ''::text]", schema.Immutable},
	{"text", "email", `email COLLATE "C"`, `(email COLLATE "C")`, schema.Immutable},
	{"text", "email", "email || ' IS NOT NULL)'", "(email || ' IS NOT NULL)'::text)", schema.Immutable},
	{"positive", "age", "age + 1", "(age + 1)", schema.Immutable},
}

func TestCanonicalReplacements(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, replacementDDL)
		conn := db.Connect(t)
		users := readTable(t, conn, "public", "users")
		for i, c := range ups {
			desired := replacing(t, conn, schema.Name(fmt.Sprintf("n%d", i)), c.typ, c.old)
			desired.Replaces.Up = &schema.Expression{Text: c.up}
			canonical, refused, err := catalog.CanonicalizeColumn(t.Context(), conn, users, desired)
			if err != nil {
				t.Fatalf("%s: %v", c.up, err)
			}
			if c.canonical == "" {
				if len(refused) != 1 {
					t.Errorf("%s is not refused: %v", c.up, refused)
				}
				continue
			}
			if len(refused) > 0 {
				t.Errorf("%s: %v", c.up, refused[0])
				continue
			}
			want := schema.Expression{Text: c.up, Canonical: c.canonical, Volatility: c.volatility}
			if diff := cmp.Diff(want, *canonical.Replaces.Up); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.up, diff)
			}
			if desired.Replaces.Up.Canonical != "" {
				t.Errorf("%s: the caller's column was changed", c.up)
			}
			assertSelectable(t, conn, canonical, c.old)

			// Canonical text is what it is made of itself.
			desired.Replaces.Up = &schema.Expression{Text: canonical.Replaces.Up.Canonical}
			again, refused, err := catalog.CanonicalizeColumn(t.Context(), conn, users, desired)
			if err != nil || len(refused) > 0 {
				t.Errorf("%s: %v %v", desired.Replaces.Up.Text, refused, err)
			} else if got := again.Replaces.Up.Canonical; got != c.canonical {
				t.Errorf("%s becomes %s when it is read again", c.canonical, got)
			}
		}
	})
}

// assertSelectable evaluates the expression as the trigger does: over a row
// with the name of the table, with nothing of the provider's search_path.
func assertSelectable(t *testing.T, conn *pgx.Conn, column schema.Column, old schema.Name) {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	sql := fmt.Sprintf("SELECT (%s)::%s FROM (SELECT %s FROM public.users) AS users",
		column.Replaces.Up.Canonical, column.Type.SQL(), old.Quote())
	for _, s := range []string{"SET LOCAL search_path = pg_catalog, pg_temp", sql} {
		if _, err := tx.Exec(t.Context(), s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// A split, a merge and a rename, with what each side is computed from.
func TestCanonicalGroups(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE TABLE "Users" (id bigint PRIMARY KEY, full_name text, street text, "House No" int, nick varchar(9),
			doubled int GENERATED ALWAYS AS ("House No" * 2) STORED)`)
		conn := db.Connect(t)
		users := readTable(t, conn, "public", "Users")
		e := func(text string) schema.Expression { return schema.Expression{Text: text} }
		up := func(text string) *schema.Expression { return &schema.Expression{Text: text} }
		first := replacing(t, conn, "first", "text", "full_name")
		first.Replaces.Up = up(`split_part("Users".full_name, ' ', 1)`)
		last := replacing(t, conn, "Last", "text", "full_name")
		last.Replaces.Up = up("split_part(full_name, ' ', 2)")
		last.Replaces.Down = map[schema.Name]schema.Expression{"full_name": e(`first || ' ' || "Users"."Last"`)}
		address := replacing(t, conn, "address", "text", "street", "House No")
		address.Replaces.Up = up(`street || "House No"`)
		address.Replaces.Down = map[schema.Name]schema.Expression{
			"street": e("split_part(address, ' ', 1)"), "House No": e("split_part(address, ' ', 2)::int"),
		}
		handle := replacing(t, conn, "handle", "text", "nick")
		desired := schema.Table{Name: users.Name, Columns: []schema.Column{*users.Column("id"), first, last, address, handle}}
		canonical := canonicalize(t, conn, desired, &users)
		got := map[string]string{}
		for _, c := range canonical.Columns {
			if c.Replaces != nil && c.Replaces.Up != nil {
				got[string(c.Name)] = c.Replaces.Up.Canonical
			}
			if c.Replaces != nil {
				for old, down := range c.Replaces.Down {
					got[string(c.Name)+" "+string(old)] = down.Canonical
				}
			}
		}
		want := map[string]string{
			"first": "split_part(full_name, ' '::text, 1)", "Last": "split_part(full_name, ' '::text, 2)",
			"Last full_name": `((first || ' '::text) || "Last")`, "address": `(street || "House No")`,
			"address street": "split_part(address, ' '::text, 1)", "address House No": "(split_part(address, ' '::text, 2))::integer",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("canonical texts (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(canonical, canonicalize(t, conn, canonical, &users)); diff != "" {
			t.Errorf("canonicalizing twice (-once +twice):\n%s", diff)
		}

		// In a new table, and where an old column is gone, there is nothing to
		// replace: whatever the expressions say.
		for _, observed := range []*schema.Table{nil, {Name: users.Name, Columns: []schema.Column{*users.Column("id"), *users.Column("street")}}} {
			canonical := canonicalize(t, conn, desired, observed)
			if text := canonical.Column("first").Replaces.Up.Canonical; text != "" {
				t.Errorf("the server was asked about %s", text)
			}
		}
	})
}

// TestRefusedReplacements makes one mistake at a time.
func TestRefusedReplacements(t *testing.T) {
	t.Parallel()
	type mistake struct {
		typ, up, down  string
		path, sqlState string
		hint           string
	}
	mistakes := []mistake{
		{typ: "text", up: "max(o)", path: "up", sqlState: "42803", hint: "one row"},
		{typ: "text", up: "(SELECT o)", path: "up", sqlState: "0A000", hint: "one row"},
		{typ: "text", up: "(SELECT o FROM orders)", path: "up", sqlState: "0A000", hint: "subqueries"},
		{typ: "text", up: "lag(o) OVER ()", path: "up", sqlState: "42P20", hint: "one row"},
		{typ: "text", up: "regexp_split_to_table(o, ' ')", path: "up", sqlState: "0A000", hint: "functions that return sets"},
		{typ: "text", up: "nope", path: "up", sqlState: "42703", hint: "other side only: o (or users.o)"},
		{typ: "text", up: "id::text", path: "up", sqlState: "42703", hint: "users.o"},
		{typ: "text", up: "o || n", path: "up", sqlState: "42703", hint: "users.o"},
		{typ: "text", up: "public.users.o", path: "up", sqlState: "42P01", hint: "users.o"},
		{typ: "bigint", up: "orders.id", path: "up", sqlState: "42P01", hint: "users.o"},
		{typ: "text", up: "to_jsonb(users)::text", path: "up", sqlState: "0A000", hint: "users.o"},
		{typ: "text", up: "users.tableoid::text", path: "up", sqlState: "0A000", hint: "users.o"},
		{typ: "text", up: "whole(users)", path: "up", sqlState: "42883", hint: "No function"},
		{typ: "text", up: "o ||", path: "up", sqlState: "42601"},
		{typ: "text", up: "o); DROP TABLE users; --", path: "up", sqlState: "42601"},
		{typ: "integer", up: "o", path: "up", sqlState: "42804", hint: `up = "o::integer"`},
		{typ: "integer", up: "o || 'x'", path: "up", sqlState: "42804", hint: `up = "(o || 'x')::integer"`},
		{typ: "integer", up: "true", path: "up", sqlState: "42804", hint: `up = "true::integer"`},
		{typ: "integer", up: "'x'", path: "up", sqlState: "22P02"},
		{typ: "text", up: "CASE WHEN o = 'x' THEN v ELSE true END", path: "up", sqlState: "42703"},
		{typ: "text", up: "CASE WHEN o = 'x' THEN 1 ELSE true END", path: "up", sqlState: "42804"},
		{typ: "bytea", up: "'x'", down: "n", path: "down.o", sqlState: "", hint: ""},
		{typ: "xml", up: "NULL", down: "n IS DOCUMENT", path: "down.o", sqlState: "", hint: ""},
		{typ: "text", up: "o", down: "o", path: "down.o", sqlState: "42703", hint: "other side only: n (or users.n)"},
		{typ: "text", up: "o", down: "min(n)", path: "down.o", sqlState: "42803", hint: "one row"},
		{typ: "integer", path: "", sqlState: "42804", hint: `up = "o::integer"`},
	}
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		text, integer := resolve(t, conn, "text"), resolve(t, conn, "int")
		users := schema.Table{Name: schema.QualifiedName{Schema: "public", Name: "users"}, Columns: []schema.Column{
			{Name: "id", Type: integer}, {Name: "o", Type: text}, {Name: "v", Type: integer},
		}}
		ask := func(column schema.Column) []*catalog.ExpressionError {
			_, refused, err := catalog.CanonicalizeColumn(t.Context(), conn, users, column)
			if err != nil {
				t.Fatal(err)
			}
			return refused
		}
		for _, m := range mistakes {
			column := replacing(t, conn, "n", m.typ, "o")
			if m.up != "" {
				column.Replaces.Up = &schema.Expression{Text: m.up}
			}
			if m.down != "" {
				column.Replaces.Down = map[schema.Name]schema.Expression{"o": {Text: m.down}}
			}
			name := m.up + " / " + m.down
			refused := ask(column)
			if m.sqlState == "" {
				// Everything can be assigned to text.
				if len(refused) != 0 {
					t.Errorf("%s: %v", name, refused[0])
				}
				continue
			}
			if len(refused) != 1 {
				t.Errorf("%s: %d errors %v", name, len(refused), refused)
				continue
			}
			e := refused[0]
			if path := strings.Join(e.Path, "."); path != strings.TrimSuffix("replaces."+m.path, ".") {
				t.Errorf("%s: path %s", name, path)
			}
			if e.SQLState != m.sqlState || !strings.Contains(e.Hint, m.hint) {
				t.Errorf("%s: SQLSTATE %s, hint %q", name, e.SQLState, e.Hint)
			}
			if e.Expression == "" || e.Message == "" {
				t.Errorf("%s: %+v", name, e)
			}
		}

		column := replacing(t, conn, "n", "text", "v")
		if refused := ask(column); len(refused) != 1 || !strings.Contains(refused[0].Hint, `down = { v = "n::integer" }`) {
			t.Errorf("text to integer, downwards: %v", refused)
		}
		column.Replaces.Down = map[schema.Name]schema.Expression{"v": {Text: "n || 'x'"}}
		if refused := ask(column); len(refused) != 1 || !strings.Contains(refused[0].Hint, `down = { v = "(n || 'x')::integer" }`) || refused[0].Position != 1 {
			t.Errorf("an expression downwards: %+v", refused)
		}
		assertUntouched(t, conn)
	})
}

// Without the right to compare, expressions are still parsed, over the columns
// that they may name.
func TestReplacementsThatCannotBeCompared(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		text := resolve(t, conn, "text")
		users := schema.Table{Name: schema.QualifiedName{Schema: "public", Name: "users"}, Columns: []schema.Column{{Name: "id", Type: text}, {Name: "o", Type: text}}}
		mustExec(t, conn, "SET default_transaction_read_only = on")
		for up, want := range map[string]string{"upper(o)": "", "upper(id)": "users.o", "upper(": ""} {
			column := schema.Column{Name: "n", Type: text, Replaces: &schema.Replacement{Columns: []schema.Name{"o"}, Up: &schema.Expression{Text: up}}}
			canonical, refused, err := catalog.CanonicalizeColumn(t.Context(), conn, users, column)
			var cannot *catalog.CannotCompareError
			if up == "upper(" {
				// What needs no server is said without one.
				if len(refused) != 1 || refused[0].SQLState != "42601" {
					t.Errorf("%s: %v %v", up, refused, err)
				}
				continue
			}
			if !errors.As(err, &cannot) || canonical.Replaces.Up.Canonical != "" {
				t.Errorf("%s: %v, canonical %q", up, err, canonical.Replaces.Up.Canonical)
			}
			if (want != "") != (len(refused) == 1) || want != "" && !strings.Contains(refused[0].Hint, want) {
				t.Errorf("%s: %v", up, refused)
			}
		}
	})
}
