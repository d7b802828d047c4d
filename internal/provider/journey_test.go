// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// journey takes every kind of transition through its phases as an owner who is
// no superuser, while a role that may do nothing but write writes what old and
// new code would.
type journey struct {
	*testing.T

	db     *pgtest.Database
	owner  *pgtest.Role
	direct *direct
	writer *pgx.Conn
	// trapped reports that the database has traps.
	trapped bool
	// named says what an object of the configuration is called.
	named func(word string) schema.Name
}

func newJourney(t *testing.T, server *pgtest.Server, named func(word string) schema.Name) *journey {
	t.Helper()
	j := &journey{T: t, db: server.Database(t), named: named}
	j.owner = j.db.Role(t, "")
	// Connected as a member, as the role argument of a pipeline has it.
	member, writer := j.db.Role(t, "IN ROLE "+j.owner.Name), j.db.Role(t, "")
	j.db.Exec(t, j.sql("CREATE SCHEMA {app} AUTHORIZATION "+j.owner.Name+"; GRANT USAGE ON SCHEMA {app} TO "+writer.Name+
		"; GRANT CREATE ON DATABASE "+j.db.Name+" TO "+j.owner.Name+
		"; ALTER DEFAULT PRIVILEGES FOR ROLE "+j.owner.Name+" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "+writer.Name))
	j.direct = newDirect(t, member.URL())
	j.direct.settings["options"] = "-c role=" + j.owner.Name
	conn, err := pgx.Connect(t.Context(), writer.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	j.writer = conn
	return j
}

// sql puts the quoted names in the place of {word}.
func (j *journey) sql(text string) string {
	for _, word := range []string{"app", "people", "orders", "log", "record", "name", "title", "age", "gone", "id", "person", "check", "index", "unique", "key"} {
		text = strings.ReplaceAll(text, "{"+word+"}", j.named(word).Quote())
	}
	return text
}

// config is the configuration in a phase; none is before them.
func (j *journey) config(phase schema.Phase) string {
	hcl := func(text string) string { return strings.ReplaceAll(fmt.Sprintf("%q", text), "${", "$${") }
	word := func(w string) string { return hcl(string(j.named(w))) }
	columns := word("name") + ` = { type = "text", default = "'it''s \\'" }, ` + word("age") + ` = { type = "text" }, ` + word("gone") + ` = { type = "text", nullable = false }`
	log, rest := "name = "+word("log"), ""
	if phase != schema.NoPhase {
		columns = word("title") + fmt.Sprintf(" = { type = \"text\", nullable = false, replaces = { columns = [%s], up = %s, down = { (%s) = %s } } }, ",
			word("name"), hcl(j.sql(`coalesce({name}, '\') || '!'`)), word("name"), hcl(j.sql(`rtrim({title}, '!')`))) +
			word("age") + fmt.Sprintf(" = { type = \"integer\", up = %s }", hcl(j.sql(`{age}::integer`)))
		rest = "phase = \"" + string(phase) + "\""
		log = "name = " + word("record") + "\n  renamed_from = " + word("log") + "\n  " + rest
	}
	order := `type = "integer"`
	if phase != schema.NoPhase {
		order = `type = "bigint"`
	}
	return fmt.Sprintf(`
resource "pgphase_table" "people" {
  schema = %[1]s
  name = %[2]s
  columns = { (%[3]s) = { type = "bigint" }, %[4]s }
  primary_key = { name = %[5]s, columns = [%[3]s] }
  comment = "it's \\ $$ \"; --"
  %[6]s
  deletion_protection = false
}
resource "pgphase_table" "orders" {
  schema = %[1]s
  name = %[7]s
  columns = { (%[3]s) = { %[8]s, comment = "'\\" }, (%[9]s) = { type = "bigint" } }
  primary_key = { columns = [%[3]s] }
  checks = { (%[10]s) = { expression = %[11]s } }
  unique = { (%[12]s) = { columns = [%[9]s, %[3]s] } }
  %[6]s
  deletion_protection = false
}
resource "pgphase_table" "log" {
  schema = %[1]s
  %[15]s
  columns = { (%[3]s) = { type = "bigint" } }
  deletion_protection = false
}
resource "pgphase_foreign_key" "person" {
  table = pgphase_table.orders.id
  name = %[9]s
  columns = [%[9]s]
  references = { table = pgphase_table.people.id, columns = [%[3]s] }
}
resource "pgphase_index" "orders" {
  table = pgphase_table.orders.id
  name = %[13]s
  keys = [{ column = %[9]s }, { column = %[3]s }]
  where = %[14]s
}
`, word("app"), word("people"), word("id"), columns, word("key"), rest, word("orders"), order, word("person"),
		word("check"), hcl(j.sql("{id} > 0")), word("unique"), word("index"), hcl(j.sql("{id} <> 7")), log)
}

// write is what a writer does; it must not fail.
func (j *journey) write(statements ...string) {
	j.Helper()
	for _, statement := range statements {
		if _, err := j.writer.Exec(j.Context(), j.sql(statement)); err != nil {
			j.Fatalf("%v\n%s", err, j.sql(statement))
		}
	}
}

func (j *journey) reach(phase schema.Phase) {
	j.Helper()
	j.direct.mustApply(j.config(phase))
	j.direct.mustPlanNothing(j.config(phase))
}

// travel goes through all phases, and looks at what the rows have become.
func (j *journey) travel() {
	j.Helper()
	j.reach(schema.NoPhase)
	old := func(table string, id int) string {
		return fmt.Sprintf("INSERT INTO {app}.{%s} ({id}, {name}, {age}, {gone}) VALUES (%[2]d, 'n%[2]d', '%[2]d', 'g')", table, id)
	}
	renewed := func(table string, id int) string {
		return fmt.Sprintf("INSERT INTO {app}.{%s} ({id}, {title}, {age}) VALUES (%[2]d, 'n%[2]d!', '%[2]d')", table, id)
	}
	j.write(old("people", 1), old("people", 2), "INSERT INTO {app}.{people} ({id}, {gone}) VALUES (3, 'g')", "INSERT INTO {app}.{orders} VALUES (1, 1)")
	j.reach(schema.Expand)
	j.write("INSERT INTO {app}.{log} VALUES (1)", "INSERT INTO {app}.{record} VALUES (2)")
	j.write(old("people", 4), renewed("people", 5), "UPDATE {app}.{people} SET {name} = 'new' WHERE {id} OPERATOR(pg_catalog.=) 1::bigint", "UPDATE {app}.{people} SET {title} = 'newer!' WHERE {id} OPERATOR(pg_catalog.=) 2::bigint")
	j.reach(schema.Migrate)
	j.write("INSERT INTO {app}.{log} VALUES (3)", "INSERT INTO {app}.{record} VALUES (4)")
	j.write(old("people", 6), renewed("people", 7), "UPDATE {app}.{people} SET {name} = 'newest' WHERE {id} OPERATOR(pg_catalog.=) 4::bigint", "INSERT INTO {app}.{orders} ({id}, {person}) VALUES (2, 7)")
	j.reach(schema.Contract)
	j.write("INSERT INTO {app}.{people} ({id}, {title}, {age}) VALUES (8, 'n8!', 8)", "INSERT INTO {app}.{orders} ({id}, {person}) VALUES (5000000000, 8)")

	rows, err := j.db.Connect(j).Query(j.Context(), j.sql("SELECT concat_ws(' ', {id}, {title}, coalesce({age}::text, '-')) FROM {app}.{people} ORDER BY {id}"))
	if err != nil {
		j.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		j.Fatal(err)
	}
	want := []string{"1 new! 1", "2 newer! 2", `3 it's \! -`, "4 newest! 4", "5 n5! 5", "6 n6! 6", "7 n7! 7", "8 n8! 8"}
	if diff := cmp.Diff(want, got); diff != "" {
		j.Errorf("-want +got:\n%s", diff)
	}
	if j.trapped {
		return
	}
	j.db.Exec(j, "DROP TABLE pgphase.history, pgphase.progress, pgphase.transitions; DROP SCHEMA pgphase")
	mustLeaveNothing(j, j.db.Connect(j))
}

// A name is a name, whatever characters it has.
func TestNamesGoThroughPhases(t *testing.T) {
	t.Parallel()
	hostile := []func(word string) string{
		func(word string) string { return word + `"; -- ${` + "\n/*🐘" },
		func(word string) string { return "$$'" + strings.ToUpper(word) + `\"".$_$%s$1` },
	}
	server := pgtest.Shared(t, pgtest.Newest())
	for i, name := range hostile {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			newJourney(t, server, func(word string) schema.Name { return schema.Name(name(word)) }).travel()
		})
	}
}

// Nobody's functions and operators come in between, though they fit better than
// the server's own in the search_path of the provider, and come before them in
// that of the writer. Nor do settings of the writer change what a trigger does.
func TestTrapsGoThroughPhases(t *testing.T) {
	t.Parallel()
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		j := newJourney(t, server, func(word string) schema.Name { return schema.Name(word) })
		j.trapped = true
		j.db.Exec(t, traps)
		_, err := j.writer.Exec(t.Context(), `SET search_path = public, pg_temp, pg_catalog; SET standard_conforming_strings = off; SET pgphase.backfill = '';
			SET DateStyle = 'German'; SET IntervalStyle = 'sql_standard'; SET check_function_bodies = off; SET plpgsql.variable_conflict = 'error'`)
		if err != nil {
			t.Fatal(err)
		}
		j.travel()
	})
}

// traps are functions and operators in the schema public, where everybody may
// create objects until PostgreSQL 14, of names that the provider, the tests'
// expressions and PL/pgSQL use. Some have the arguments of a function in
// pg_catalog, others fit arguments better that are converted there.
var traps = func() string {
	const types = "{text,name,oid,int4,int8,bool,regclass,text[],varchar,xid,bpchar,json,jsonb,timestamptz}"
	functions := []string{
		"rtrim", "lower", "set_config", "current_setting", "pg_try_advisory_lock", "pg_advisory_unlock", "pg_backend_pid", "nextval",
		"record_image_eq", "record_image_ne", "hashtextextended", "pg_advisory_xact_lock", "to_regclass", "obj_description", "pg_get_expr",
		"has_database_privilege", "pg_has_role", "has_schema_privilege", "has_table_privilege", "format_type", "pg_get_userbyid", "jsonb_set",
		"to_jsonb", "pg_blocking_pids", "pg_relation_filenode", "pg_relation_size", "quote_ident", "array_agg", "count", "string_agg", "unnest",
	}
	return `
CREATE FUNCTION public.trap() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trap'; END $$;
GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;
DO $do$
DECLARE
	f text; a regtype; b regtype; o text;
BEGIN
	FOREACH a IN ARRAY '` + types + `'::regtype[] LOOP
		FOREACH f IN ARRAY ` + ddl.Literal("{"+strings.Join(functions, ",")+"}") + `::text[] LOOP
			EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %2$s LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION ''the trap %1$s(%2$s)''; END $$', f, a);
		END LOOP;
		FOREACH b IN ARRAY '` + types + `'::regtype[] LOOP
			EXECUTE format('CREATE FUNCTION public.trap(%s, %s) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION ''the trap %1$s, %2$s''; END $$', a, b);
			FOREACH o IN ARRAY '{=,<>,<,>,||,~,~~,->>}'::text[] LOOP
				EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.trap)', o, a, b);
			END LOOP;
			IF a IN ('text', 'oid', 'int8', 'name') THEN
				FOREACH f IN ARRAY '{set_config,current_setting,rtrim,pg_try_advisory_lock,obj_description,pg_get_expr,format_type,has_database_privilege,hashtextextended}'::text[] LOOP
					EXECUTE format('CREATE FUNCTION public.%I(%s, %s) RETURNS %2$s LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION ''the trap %1$s(%2$s, %3$s)''; END $$', f, a, b);
				END LOOP;
			END IF;
		END LOOP;
	END LOOP;
END $do$;`
}()

// fullMatrix runs on every version what otherwise runs on a few.
const fullMatrix = "PGPHASE_TEST_FULL"

// Every sequence there is works for an owner who is no superuser, and what it
// creates is the owner's.
func TestOwnerRunsEverySequence(t *testing.T) {
	t.Parallel()
	majors := []int{pgtest.Newest()}
	if os.Getenv(fullMatrix) != "" {
		majors = pgtest.Versions()
	}
	for _, major := range majors {
		t.Run(fmt.Sprintf("PostgreSQL %d", major), func(t *testing.T) {
			t.Parallel()
			server := pgtest.Shared(t, major)
			db := server.Database(t)
			owner := db.Role(t, "")
			list := disturbed(major)
			if os.Getenv(fullMatrix) != "" {
				list = slices.Concat(sequencesOf(major), openSequences)
			}
			all := newCrowd(t, db, list)
			for i := range all.sequences {
				db.Exec(t, "ALTER SCHEMA "+crowdSchema(i)+" OWNER TO "+owner.Name)
				if all.sequences[i].data != "" {
					all.sequences[i].data = "SET ROLE " + owner.Name + ";" + all.sequences[i].data
				}
			}
			d := newDirect(t, owner.URL())
			d.mustApply(all.base)
			all.load(t, db)
			d.mustApply(all.change)
			d.mustPlanNothing(all.change)
			var others []string
			err := db.Connect(t).QueryRow(t.Context(), `SELECT coalesce(array_agg(c.oid::regclass::text), '{}') FROM pg_class c
				WHERE c.relnamespace::regnamespace::text ~ '^s\d' AND c.relkind IN ('r', 'p', 'S', 'i') AND pg_get_userbyid(c.relowner) <> $1`, owner.Name).Scan(&others)
			if err != nil || len(others) > 0 {
				t.Errorf("not the owner's: %v, %v", others, err)
			}
		})
	}
}
