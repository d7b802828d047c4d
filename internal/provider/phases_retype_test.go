// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// bothEnds is a foreign key and its tables, whose columns have the type.
func bothEnds(typ, phase string) string {
	return fmt.Sprintf(`
resource "pgphase_table" "parent" {
  name                = "parent"
  columns             = { id = { type = %[1]q } }
  unique              = { parent_id_key = { columns = ["id"] } }
  deletion_protection = false
  %[2]s
}
resource "pgphase_table" "child" {
  name                = "child"
  columns             = { id = { type = "bigint" }, parent_id = { type = %[1]q } }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
  %[2]s
}
resource "pgphase_foreign_key" "f" {
  table      = pgphase_table.child.id
  name       = "f"
  columns    = ["parent_id"]
  references = { table = pgphase_table.parent.id, columns = ["id"] }
}
`, typ, phase)
}

// Both ends of a foreign key are retyped in one apply. A reader holds both up
// just before they exchange names: had each made its counterpart of the foreign
// key by then, it would end on a column that the other one has retired.
func TestAccPhasesRetypeBothEnds(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	p := newPhases(t, pgtest.Shared(t, pgtest.Newest()))
	p.reach("create", bothEnds("integer", ""))
	p.db.Exec(t, "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1)")
	p.reach("expand", bothEnds("bigint", `phase = "expand"`))

	reader := idleInTransaction(t, p.db, "SELECT FROM parent; SELECT FROM child")
	p.write(bothEnds("bigint", `phase = "migrate"`))
	r := p.start("apply", "-no-color", "-input=false", "-auto-approve")
	await(t, "attempts to exchange names", func() bool { return lockTimeouts(t, p.db) >= 3 })
	endTransaction(t, reader)
	if output, code := r.wait(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	p.mustPlanNothing()
	p.reach("contract", bothEnds("bigint", `phase = "contract"`))
	p.mustReferTo("f FOREIGN KEY (parent_id) REFERENCES parent(id)")
}

// mustReferTo compares the foreign keys of the database.
func (p *phases) mustReferTo(want string) {
	p.t.Helper()
	var definition string
	if err := p.db.Connect(p.t).QueryRow(p.t.Context(), "SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), '; ') FROM pg_constraint WHERE contype = 'f'").Scan(&definition); err != nil {
		p.t.Fatal(err)
	}
	if diff := cmp.Diff(want, definition); diff != "" {
		p.t.Error(diff)
	}
}

// The provider dies just before one end, or both, exchange names: what it has
// built there of the foreign key is in the plan of the next apply, which takes
// both ends and must not trip over what it does itself on the other one.
func TestAccPhasesRetypeBothEndsKilled(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	for name, killed := range map[string][]string{"first": {"child"}, "second": {"parent"}, "both": {"child", "parent"}, "both, the other way": {"parent", "child"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPhases(t, pgtest.Shared(t, pgtest.Newest()))
			p.reach("create", bothEnds("integer", ""))
			p.db.Exec(t, "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1)")
			p.reach("expand", bothEnds("bigint", `phase = "expand"`))
			for _, table := range killed {
				w := newWire(t, p.server, func(sql string) moment {
					if strings.HasPrefix(sql, "LOCK TABLE") {
						return before
					}
					return passes
				})
				p.url = w.url(p.db)
				p.write(bothEnds("bigint", `phase = "migrate"`))
				r := p.start("apply", "-no-color", "-input=false", "-auto-approve", "-target=pgphase_table."+table)
				select {
				case <-w.stopped:
					r.killProvider()
				case <-r.ended:
				}
				w.sever()
				if output, code := r.wait(); code != 1 {
					t.Fatalf("%s: exit code %d\n%s", table, code, output)
				}
			}
			p.url = p.db.URL()
			p.reach("contract", bothEnds("bigint", `phase = "contract"`))
			p.mustReferTo("f FOREIGN KEY (parent_id) REFERENCES parent(id)")
			p.db.Exec(t, "DROP SCHEMA pgphase CASCADE")
			mustLeaveNothing(t, p.db.Connect(t))
		})
	}
}

// Texts become integers under load: code that knows nothing of it goes on
// writing from before expand until after contract, in words that suit both.
func TestAccPhasesRetypeConvert(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		const retired = "column public.codes.pgphase_public_codes_code_retired_"
		before := phasedTable("codes", `code = { type = "text", nullable = false, default = "'0'" }`, "")
		after := func(conversion, phase string) string {
			return phasedTable("codes", fmt.Sprintf(`code = { type = "integer", nullable = false, default = "0", %s }`, conversion), phase)
		}
		const conversion = `up = "code::integer", down = "code::text"`
		p.reach("create", before)
		p.db.Exec(t, "ALTER TABLE codes ALTER id ADD GENERATED BY DEFAULT AS IDENTITY")
		p.db.Exec(t, "INSERT INTO codes (code) SELECT n FROM generate_series(1, 300) AS n; ALTER TABLE codes ALTER id DROP IDENTITY")
		p.db.Exec(t, "CREATE SEQUENCE next START 1000")

		if server.Major == pgtest.Newest() {
			p.refused("without phase", after(conversion, ""), "This is a transition (column retyped in place)", `phase = "expand"`)
			p.refused("without up", after("", `phase = "expand"`), "PostgreSQL does not convert text to integer by itself")
			p.refused("wrong up", after(`up = "code::integr"`, `phase = "expand"`), `Type "integr" does not exist`)
			p.refused("of another type", after(`up = "code::date"`, `phase = "expand"`), `Column "code" is of type integer but expression is of type date`, `up = "code::date::integer"`)
			p.refused("other columns", after(`up = "id"`, `phase = "expand"`), `Column "id" does not exist`)
		}

		writers := []*traffic{
			startTraffic(t, p.db, "INSERT INTO codes (id, code) VALUES (nextval('next'), '5')"),
			startTraffic(t, p.db, "UPDATE codes SET code = '7' WHERE id = (SELECT min(id) + (random() * 290)::integer FROM codes)"),
		}
		for _, phase := range []string{"expand", "migrate", "expand"} {
			p.write(after(conversion, fmt.Sprintf("phase = %q", phase)))
			p.mustApply()
			p.mustPlanNothing()
			if phase == "migrate" && (len(p.retained()) != 1 || !strings.HasPrefix(p.retained()[0], retired)) {
				t.Errorf("migrate retains %v", p.retained())
			}
		}
		if server.Major == pgtest.Newest() {
			p.refused("redefined", after(`up = "code::integer + 1", down = "code::text"`, `phase = "migrate"`), "is not what the transition was begun with")
		}
		p.reach("contract", after(conversion, `phase = "contract"`))
		for _, w := range writers {
			w.end()
			if w.failed != nil || w.count == 0 {
				t.Errorf("%d writes, and then: %v", w.count, w.failed)
			}
		}
		var wrong int
		if err := p.db.Connect(t).QueryRow(t.Context(), `SELECT count(*) FROM codes
			WHERE pg_typeof(code) <> 'integer'::regtype OR code IS NULL OR id >= 1000 AND code <> 5 OR id < 1000 AND code NOT IN (id, 7)`).Scan(&wrong); err != nil {
			t.Fatal(err)
		}
		if wrong != 0 {
			t.Errorf("%d rows are not what was written", wrong)
		}
		p.reach("without what led there", after("", ""))
		p.db.Exec(t, "DROP SEQUENCE next")
		p.ended("contract", "CREATE TABLE codes (id integer CONSTRAINT codes_pkey PRIMARY KEY, code integer DEFAULT 0 NOT NULL)")
	})
}

// A default that is declared in the same words for both types is another value of
// each: '7' of a text is '7'::text, which no integer column takes.
func TestAccPhasesRetypeSameDefault(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	p := newPhases(t, pgtest.Shared(t, pgtest.Newest()))
	column := func(rest string) string { return `v = { default = "'7'", ` + rest + ` }` }
	p.reach("create", phasedTable("t", column(`type = "text"`), ""))
	p.db.Exec(t, "INSERT INTO t (id) VALUES (1); INSERT INTO t VALUES (2, '3')")
	const integer = `type = "integer", up = "v::integer"`
	p.write(phasedTable("t", column(integer), `phase = "migrate"`))
	p.mustApply() // from the beginning
	p.mustPlanNothing()
	p.reach("contract", phasedTable("t", column(integer), `phase = "contract"`))
	p.rows("contract", "t", `{"v": 7, "id": 1}`, `{"v": 3, "id": 2}`)
	p.db.Exec(t, "INSERT INTO t (id) VALUES (3)")
	p.rows("the default", "t", `{"v": 7, "id": 1}`, `{"v": 3, "id": 2}`, `{"v": 7, "id": 3}`)
}

// A column of its own is retyped as one of a table is. Values that do not fit
// are a warning while there is time, and an error when it comes to it.
func TestAccPhasesRetypeColumn(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	p := newPhases(t, pgtest.Shared(t, pgtest.Newest()))
	p.db.Exec(t, "CREATE TABLE events (id integer PRIMARY KEY, at timestamp, note text); INSERT INTO events VALUES (1, '2024-07-01 12:00')")
	config := func(name, attributes, phase string) string {
		return fmt.Sprintf(`
resource "pgphase_column" "c" {
  table               = "public.events"
  name                = %q
  deletion_protection = false
  %s
  %s
}
`, name, attributes, phase)
	}
	p.reach("take over", config("at", `type = "timestamp"`, ""))
	const zone = `"at AT TIME ZONE 'Europe/Berlin'"`
	aware := "type = \"timestamptz\"\n  up = " + zone + "\n  down = " + zone
	for _, phase := range []string{"expand", "migrate"} {
		p.write(config("at", aware, fmt.Sprintf("phase = %q", phase)))
		p.mustApply()
		p.mustPlanNothing()
	}
	p.db.Exec(t, "INSERT INTO events VALUES (2, '2024-01-01 12:00', 'by place'); INSERT INTO events (id, at) VALUES (3, '2024-01-01 12:00+00')")
	p.reach("contract", config("at", aware, `phase = "contract"`))
	p.reach("without what led there", config("at", `type = "timestamptz"`, ""))
	var at string
	if err := p.db.Connect(t).QueryRow(t.Context(), "SELECT string_agg((at AT TIME ZONE 'UTC')::text, ', ' ORDER BY id) FROM events").Scan(&at); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("2024-07-01 10:00:00, 2024-01-01 11:00:00, 2024-01-01 12:00:00", at); diff != "" {
		t.Error(diff)
	}

	p = newPhases(t, p.server)
	p.db.Exec(t, "CREATE TABLE more (id integer PRIMARY KEY, name varchar(50)); INSERT INTO more VALUES (1, 'a name of more than ten')")
	narrow := func(typ, phase string) string {
		return strings.ReplaceAll(config("name", fmt.Sprintf("type = %q", typ), phase), `public.events`, `public.more`)
	}
	p.write(narrow("varchar(50)", ""))
	p.mustApply()
	p.write(narrow("varchar(10)", `phase = "expand"`))
	if output := p.mustApply(); !strings.Contains(output, "Values of the column do not fit character varying(10)") {
		t.Errorf("no warning of values that do not fit:\n%s", output)
	}
	p.refused("migrate", narrow("varchar(10)", `phase = "migrate"`), "Values of the column do not fit character varying(10)")
	p.db.Exec(t, "UPDATE more SET name = left(name, 10)")
	p.reach("mended", narrow("varchar(10)", `phase = "contract"`))
}
