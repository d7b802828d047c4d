// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// bench is a database with a table and the trigger of a transition on it.
type bench struct {
	*testing.T
	db   *pgtest.Database
	conn *pgx.Conn
	rules
}

// newBench creates the table of the rules, runs the setup and then creates the
// trigger.
func newBench(t *testing.T, server *pgtest.Server, r rules, setup ...string) *bench {
	b := &bench{T: t, db: server.Database(t), rules: r}
	b.conn = b.db.Connect(t)
	before := r.table
	before.Columns = before.Columns[:2+len(r.transition.Old)]
	b.exec(ddl.CreateTable(before))
	for _, column := range r.table.Columns[len(before.Columns):] {
		b.exec(ddl.AddColumn(r.table.Name, column))
	}
	b.exec(setup...)
	b.exec(ddl.CreateLedger()...)
	b.exec(ddl.CreateDualWrite(r.transition, r.table)...)
	return b
}

func (b *bench) exec(statements ...string) {
	b.Helper()
	for _, sql := range statements {
		if _, err := b.conn.Exec(b.Context(), sql, pgx.QueryExecModeExec); err != nil {
			b.Fatalf("%v\n%s", err, sql)
		}
	}
}

// query returns the only column of all rows, joined by newlines.
func (b *bench) query(sql string) string {
	b.Helper()
	return queryText(b.T, b.conn, sql)
}

func queryText(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, pgx.QueryExecModeExec)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return strings.Join(texts, "\n")
}

func (b *bench) expect(sql, want string) {
	b.Helper()
	if got := b.query(sql); got != want {
		b.Errorf("%s\nwant %s\ngot  %s", sql, want, got)
	}
}

// fired returns how often triggers of ours ran, as the server counts it.
func (b *bench) fired(sql string) int {
	b.Helper()
	total := 0
	for _, match := range regexp.MustCompile(`Trigger "?~pgphase.*calls=(\d+)`).FindAllStringSubmatch(b.query("EXPLAIN (ANALYZE, COSTS off) "+sql), -1) {
		var calls int
		_, _ = fmt.Sscan(match[1], &calls)
		total += calls
	}
	return total
}

func rename(oldType, newType string) rules {
	return newRules("users", []schema.Column{column("o", oldType)}, []schema.Column{column("n", newType)},
		map[schema.Name]string{"n": "o"}, map[schema.Name]string{"o": "n"})
}

func TestUnrelatedUpdatesStayOut(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := newBench(t, server, rename("text", "text"), "INSERT INTO users (id, o) SELECT i, 'x' || i FROM generate_series(1, 10) AS i",
			"UPDATE users SET n = o WHERE id <= 8", "INSERT INTO users (id) VALUES (11)")
		for sql, want := range map[string]int{
			"UPDATE users SET noise = 1 WHERE id <= 8":         0, // unrelated
			"UPDATE users SET o = o, n = n WHERE id <= 8":      0, // written, not changed
			"UPDATE users SET noise = 1 WHERE id = 11":         0, // NULL on both sides
			"UPDATE users SET noise = 1 WHERE id = 9":          1, // unmigrated
			"UPDATE users SET o = o || '!' WHERE id <= 4":      4,
			"UPDATE users SET n = NULL WHERE id = 5":           1,
			"INSERT INTO users (id, o) VALUES (20, 'x')":       1,
			"UPDATE users SET o = 'a', n = 'b' WHERE id = 6":   1,
			"UPDATE users SET o = NULL WHERE id IN (10, 7, 8)": 3,
		} {
			b.exec("BEGIN")
			if got := b.fired(sql); got != want {
				b.Errorf("%s: the trigger ran %d times, want %d", sql, got, want)
			}
			b.exec("ROLLBACK")
		}
		b.exec("BEGIN", "SELECT set_config('"+ddl.BackfillGuard+"', 'on', true)")
		if got := b.fired("UPDATE users SET n = 'filled' WHERE id = 10"); got != 0 {
			b.Errorf("the backfill fired the trigger")
		}
		b.exec("COMMIT")
		b.expect("SELECT o || ' ' || n FROM users WHERE id = 10", "x10 filled")
		// What set_config() did is over with its transaction.
		b.exec("UPDATE users SET n = 'written' WHERE id = 10")
		b.expect("SELECT o || ' ' || n FROM users WHERE id = 10", "written written")
	})
}

// TestEqualIsNotTheSame writes values that the equality of their type does not
// tell apart, or that have none.
func TestEqualIsNotTheSame(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for typ, values := range map[string][2]string{
			"numeric": {"1.0", "1.00"}, "json": {`{"a":1}`, `{"a": 1}`}, "interval": {"1 day", "24:00:00"}, "point": {"(0,0)", "(0,1e-08)"},
			"double precision": {"0", "-0"}, "xml": {"<a/>", "<b/>"}, "box": {"(1,1),(0,0)", "(2,2),(1,1)"}, "public.loose": {"bob", "Bob"},
			"integer[]": {"{1}", "[0:0]={1}"}, "public.pair": {"(,)", "(1,)"},
		} {
			t.Run(typ, func(t *testing.T) {
				t.Parallel()
				r := rename(typ, typ)
				b := &bench{T: t, db: server.Database(t), rules: r}
				b.conn = b.db.Connect(t)
				b.exec(`CREATE COLLATION public.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
					"CREATE DOMAIN public.loose AS text COLLATE public.loose", "CREATE TYPE public.pair AS (a int, b int)", ddl.CreateTable(r.table))
				b.exec(ddl.CreateLedger()...)
				b.exec(ddl.CreateDualWrite(r.transition, r.table)...)
				b.exec("INSERT INTO users (id, o) VALUES (1, " + ddl.Literal(values[0]) + ")")
				b.expect("SELECT n::text FROM users", values[0])
				b.exec("UPDATE users SET o = " + ddl.Literal(values[1]))
				b.expect("SELECT n::text FROM users", values[1])
				b.exec("UPDATE users SET n = " + ddl.Literal(values[0]))
				b.expect("SELECT o::text FROM users", values[0])
				b.expect(ddl.Inconsistent(r.transition, r.table), "")
			})
		}
	})
}

// TestWritersNeedNoRights writes as a role that has been granted the table and
// nothing else.
func TestWritersNeedNoRights(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := newBench(t, server, allRules()["split"])
		role := b.db.Role(t, "")
		b.exec("GRANT SELECT, INSERT, UPDATE ON people TO " + role.Name)
		conn := connect(t, role.URL())
		for _, sql := range []string{
			"INSERT INTO people (id, full_name) VALUES (1, 'a b')",
			"INSERT INTO people (id, first, last) VALUES (2, 'c', 'd')",
			"UPDATE people SET full_name = 'e f' WHERE id = 1",
			"UPDATE people SET last = 'g' WHERE id = 2",
		} {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%v\n%s", err, sql)
			}
		}
		b.expect("SELECT full_name || '|' || first || '|' || last FROM people ORDER BY id", "e f|e|f\nc g|c|g")
		b.expect("SELECT last_value::text FROM "+b.transition.Counter.String(), "2")
		for _, sql := range []string{
			"SELECT * FROM pgphase.history", "SELECT * FROM pgphase.progress", "DELETE FROM pgphase.transitions",
			"SELECT setval('" + b.transition.Counter.String() + "', 1)", "CREATE TABLE pgphase.mine ()",
		} {
			if _, err := conn.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}

// TestSearchPath puts functions, operators and tables of the writer in the way
// of those that the trigger means.
func TestSearchPath(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := newBench(t, server, allRules()["split"])
		role := b.db.Role(t, "")
		b.exec("GRANT SELECT, INSERT, UPDATE ON people TO "+role.Name, "CREATE SCHEMA evil AUTHORIZATION "+role.Name,
			"GRANT TEMPORARY ON DATABASE "+b.db.Name+" TO "+role.Name)
		conn := connect(t, role.URL())
		for _, sql := range []string{
			"CREATE FUNCTION evil.split_part(text, text, int) RETURNS text LANGUAGE sql AS 'SELECT ''evil''::text'",
			"CREATE FUNCTION evil.join(text, text) RETURNS text LANGUAGE sql AS 'SELECT ''evil''::text'",
			"CREATE OPERATOR evil.|| (FUNCTION = evil.join, LEFTARG = text, RIGHTARG = text)",
			"CREATE FUNCTION evil.record_image_ne(record, record) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN false; END'",
			"CREATE FUNCTION evil.nextval(regclass) RETURNS bigint LANGUAGE sql AS 'SELECT 1/0'",
			"CREATE FUNCTION pg_temp.split_part(text, text, int) RETURNS text LANGUAGE sql AS 'SELECT ''evil''::text'",
			"CREATE TEMPORARY TABLE people (full_name text)",
			"SET search_path = evil, pg_temp, pg_catalog",
			"INSERT INTO public.people (id, full_name) VALUES (1, 'a b')",
			"UPDATE public.people SET full_name = 'c d'",
			"UPDATE public.people SET last = 'e'",
		} {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%v\n%s", err, sql)
			}
		}
		b.expect("SELECT full_name || '|' || first || '|' || last FROM people", "c e|c|e")
	})
}

// TestOperatorsInPublic creates the trigger where somebody has put an operator
// into a schema of the search_path that fits a type better than that of
// pg_catalog, which knows text only.
func TestOperatorsInPublic(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := newBench(t, server, rename("character varying(9)", "character varying(9)"),
			"CREATE FUNCTION same(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called''; END'",
			"CREATE OPERATOR = (FUNCTION = same, LEFTARG = varchar, RIGHTARG = varchar)")
		b.exec("INSERT INTO users (id, o) VALUES (1, 'a')", "UPDATE users SET o = 'b'", "UPDATE users SET n = 'c'")
		b.expect("SELECT o || n FROM users", "cc")
		b.expect(ddl.Inconsistent(b.transition, b.table), "")
	})
}

// TestFiresLast changes the old side in a trigger whose name sorts late.
func TestFiresLast(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := newBench(t, server, rename("text", "text"),
			"CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.o := upper(NEW.o); RETURN NEW; END'",
			"CREATE TRIGGER zzzz_shout BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION shout()")
		b.exec("INSERT INTO users (id, o) VALUES (1, 'a')")
		b.expect("SELECT o || n FROM users", "AA")
		b.exec("UPDATE users SET o = 'b'")
		b.expect("SELECT o || n FROM users", "BB")
	})
}

// TestTriggerIsDumped creates the triggers again from what the server prints
// of them, as pg_dump and pg_restore do.
func TestTriggerIsDumped(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := newBench(t, server, allRules()["split"])
		definitions := strings.Split(b.query("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'people'::regclass"), "\n")
		b.exec(ddl.DropDualWriteTrigger(b.transition, b.table.Name)...)
		b.exec(definitions...)
		b.exec("INSERT INTO people (id, full_name) VALUES (1, 'a b')", "UPDATE people SET last = 'c'")
		b.expect("SELECT full_name FROM people", "a c")
		if len(definitions) != 2 {
			t.Error(definitions)
		}
	})
}

// TestGeneratedOldColumn replaces a column that a sequence fills: the values of
// the sequence say nothing about the writer.
func TestGeneratedOldColumn(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for name, kind := range map[string]schema.Column{
			"identity": {Name: "o", Type: textType("bigint"), Identity: &schema.Identity{Always: true}},
			"serial": {
				Name: "o", Type: textType("bigint"), Nullable: true,
				Default: &schema.Expression{Text: "nextval('s'::regclass)", Volatility: schema.Volatile},
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRules("users", nil, []schema.Column{column("n", "bigint")}, map[schema.Name]string{"n": "o"}, map[schema.Name]string{"o": "n"})
				r.transition.Old, r.table.Columns = []schema.Name{"o"}, append(r.table.Columns, kind)
				b := &bench{T: t, db: server.Database(t), rules: r}
				b.conn = b.db.Connect(t)
				b.exec("CREATE SEQUENCE s", ddl.CreateTable(r.table))
				b.exec(ddl.CreateLedger()...)
				b.exec(ddl.CreateDualWrite(r.transition, r.table)...)
				b.exec("INSERT INTO users (id) VALUES (1)", "INSERT INTO users (id, n) VALUES (2, 70)")
				b.expect("SELECT o || '|' || n FROM users ORDER BY id", "1|1\n70|70")
			})
		}
	})
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}
