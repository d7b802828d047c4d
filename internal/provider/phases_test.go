// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// phases takes a configuration through the phases of transitions, while what
// old and new code would write is written in between.
type phases struct {
	*lifecycle
	t *testing.T
}

func newPhases(t *testing.T, server *pgtest.Server) *phases {
	t.Helper()
	return &phases{lifecycle: newLifecycle(t, server), t: t}
}

// reach applies a configuration, which has to leave nothing to plan and to
// retain what is listed.
func (p *phases) reach(title, hcl string, retained ...string) {
	p.t.Helper()
	p.write(hcl)
	if output, code := p.apply(); code != 0 {
		p.t.Fatalf("%s: apply: exit code %d\n%s", title, code, errorsOf(output))
	}
	if output, code := p.plan(); code != 0 {
		p.t.Fatalf("%s: the plan that follows: exit code %d\n%s", title, code, output)
	}
	if diff := cmp.Diff(retained, p.retained()); diff != "" {
		p.t.Errorf("%s: retained: -want +got:\n%s", title, diff)
	}
}

// refused plans a configuration that must fail with all of the texts.
func (p *phases) refused(title, hcl string, texts ...string) {
	p.t.Helper()
	p.write(hcl)
	output, code := p.plan()
	// Terraform wraps the lines of a diagnostic in a frame.
	unwrapped := strings.Join(strings.Fields(strings.ReplaceAll(output, "│", " ")), " ")
	for _, text := range texts {
		if code != 1 || !strings.Contains(unwrapped, text) {
			p.t.Errorf("%s: plan: exit code %d, want 1 and %q\n%s", title, code, text, output)
		}
	}
}

// retained is the attribute of all resources of the state together.
func (p *phases) retained() []string {
	p.t.Helper()
	content, err := os.ReadFile(filepath.Join(p.workspace.Dir, "terraform.tfstate"))
	if err != nil {
		p.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct {
					Retained []string `json:"retained"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(content, &state); err != nil {
		p.t.Fatal(err)
	}
	var retained []string
	for _, resource := range state.Resources {
		for _, instance := range resource.Instances {
			retained = append(retained, instance.Attributes.Retained...)
		}
	}
	slices.Sort(retained)
	return retained
}

// rows fails unless the table has these rows, each as JSON, by id.
func (p *phases) rows(title, table string, want ...string) {
	p.t.Helper()
	var got []string
	sql := fmt.Sprintf("SELECT coalesce(array_agg(to_jsonb(r)::text ORDER BY id), '{}') FROM %s AS r", table)
	if err := p.db.Connect(p.t).QueryRow(p.t.Context(), sql).Scan(&got); err != nil {
		p.t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("%s: rows of %s: -want +got:\n%s", title, table, diff)
	}
}

// ended fails unless all transitions have left nothing but the three tables of
// the ledger: what else is in its schema does not let it be dropped. Without
// the ledger, the database has to be what the SQL makes of its twin.
func (p *phases) ended(title, sql string) {
	p.t.Helper()
	p.db.Exec(p.t, "DROP TABLE pgphase.history, pgphase.progress, pgphase.transitions; DROP SCHEMA pgphase")
	if sql != "" {
		p.twin.Exec(p.t, sql)
	}
	p.compare(p.t, title)
}

// phasedTable is a table with a key, more columns, and whatever follows.
func phasedTable(name, columns, rest string) string {
	return fmt.Sprintf(`
resource "pgphase_table" "t" {
  name = %q
  columns = {
    id = { type = "integer" }
    %s
  }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
  %s
}
`, name, columns, rest)
}

// A column gets a new name, is taken back after migrate, and gets it again for
// good: the catalog is then what a plain RENAME leaves.
func TestAccPhasesRenameColumn(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		const retained = "column public.users.user_name"
		before := phasedTable("users", `user_name = { type = "text", nullable = false, default = "'nobody'" }`, "")
		after := func(phase string) string {
			return phasedTable("users", `display_name = { type = "text", nullable = false, default = "'nobody'", replaces = { columns = ["user_name"] } }`, phase)
		}
		p.reach("create", before)
		p.twin.Exec(t, "CREATE TABLE users (id integer CONSTRAINT users_pkey PRIMARY KEY, user_name text DEFAULT 'nobody' NOT NULL)")
		p.db.Exec(t, "INSERT INTO users VALUES (1, 'old row'), (2, 'old row')")
		p.compare(t, "create")

		p.reach("migrate at once", after(`phase = "migrate"`), retained)
		p.db.Exec(t, "INSERT INTO users (id, display_name) VALUES (3, 'new code'); UPDATE users SET display_name = 'new value' WHERE id = 2")
		p.reach("roll back", before)
		p.rows("roll back", "users", `{"id": 1, "user_name": "old row"}`, `{"id": 2, "user_name": "new value"}`, `{"id": 3, "user_name": "new code"}`)
		p.ended("roll back", "")

		p.reach("expand", after(`phase = "expand"`), retained)
		p.db.Exec(t, `
INSERT INTO users (id, user_name) VALUES (4, 'old code');
INSERT INTO users (id, display_name) VALUES (5, 'new code');
INSERT INTO users (id) VALUES (6);
UPDATE users SET user_name = 'old value' WHERE id = 3`)
		p.reach("migrate", after(`phase = "migrate"`), retained)
		p.db.Exec(t, `
INSERT INTO users (id, user_name) VALUES (1, 'upsert') ON CONFLICT (id) DO UPDATE SET user_name = excluded.user_name;
UPDATE users SET display_name = 'new value' WHERE id = 4;
UPDATE users SET display_name = 'both', user_name = 'both' WHERE id = 5`)
		both := func(id int, name string) string {
			return fmt.Sprintf(`{"id": %d, "user_name": %q, "display_name": %q}`, id, name, name)
		}
		p.rows("migrate", "users", both(1, "upsert"), both(2, "new value"), both(3, "old value"), both(4, "new value"), both(5, "both"), both(6, "nobody"))
		p.reach("contract", after(`phase = "contract"`))
		single := func(id int, name string) string { return fmt.Sprintf(`{"id": %d, "display_name": %q}`, id, name) }
		p.rows("contract", "users", single(1, "upsert"), single(2, "new value"), single(3, "old value"), single(4, "new value"), single(5, "both"), single(6, "nobody"))
		// The name of a NOT NULL constraint, which 18 has, does not follow a RENAME.
		p.ended("contract", forVersion(server.Major, `
ALTER TABLE users RENAME user_name TO display_name;
ALTER TABLE users RENAME CONSTRAINT users_user_name_not_null TO users_display_name_not_null; -- 18+`))
		p.reach("without what led there", phasedTable("users", `display_name = { type = "text", nullable = false, default = "'nobody'" }`, ""))
	})
}

// One column becomes two, with a way back for old code.
func TestAccPhasesSplitColumn(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		p.reach("create", phasedTable("people", `full_name = { type = "text", nullable = false }`, ""))
		p.db.Exec(t, "INSERT INTO people VALUES (1, 'Ada Lovelace')")
		split := func(phase string) string {
			return phasedTable("people", `
    first_name = { type = "text", nullable = false, replaces = { columns = ["full_name"], up = "split_part(full_name, ' ', 1)" } }
    last_name  = { type = "text", nullable = false, replaces = { columns = ["full_name"], up = "split_part(full_name, ' ', 2)",
                   down = { full_name = "first_name || ' ' || last_name" } } }`, fmt.Sprintf("phase = %q", phase))
		}
		p.reach("expand", split("expand"), "column public.people.full_name")
		p.db.Exec(t, "INSERT INTO people (id, full_name) VALUES (2, 'Alan Turing'); INSERT INTO people (id, first_name, last_name) VALUES (3, 'Kurt', 'Goedel')")
		p.rows("expand", "people",
			`{"id": 1, "full_name": "Ada Lovelace", "last_name": null, "first_name": null}`,
			`{"id": 2, "full_name": "Alan Turing", "last_name": "Turing", "first_name": "Alan"}`,
			`{"id": 3, "full_name": "Kurt Goedel", "last_name": "Goedel", "first_name": "Kurt"}`)
		// Contract migrates first.
		p.reach("contract", split("contract"))
		p.rows("contract", "people", `{"id": 1, "last_name": "Lovelace", "first_name": "Ada"}`,
			`{"id": 2, "last_name": "Turing", "first_name": "Alan"}`, `{"id": 3, "last_name": "Goedel", "first_name": "Kurt"}`)
		p.ended("contract", "CREATE TABLE people (id integer CONSTRAINT people_pkey PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL)")
	})
}

// A column is removed, taken back, removed again. Rows that new code has
// written meanwhile keep it from being taken back.
func TestAccPhasesRemoveColumn(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		before := phasedTable("plans", `plan = { type = "text", nullable = false }`, "")
		without := func(phase string) string { return phasedTable("plans", "", fmt.Sprintf("phase = %q", phase)) }
		p.reach("create", before)
		p.twin.Exec(t, "CREATE TABLE plans (id integer CONSTRAINT plans_pkey PRIMARY KEY, plan text NOT NULL)")
		p.db.Exec(t, "INSERT INTO plans VALUES (1, 'free')")
		p.reach("expand", without("expand"), "column public.plans.plan")
		p.reach("take back", before)
		p.ended("take back", "")

		p.reach("expand again", without("expand"), "column public.plans.plan")
		p.db.Exec(t, "INSERT INTO plans (id) VALUES (2); INSERT INTO plans (id, plan) VALUES (3, 'old code')")
		p.refused("take back with NULLs", before, "public.plans.plan", "NULL")
		p.reach("migrate", without("migrate"), "column public.plans.plan")
		p.reach("contract", without("contract"))
		p.rows("contract", "plans", `{"id": 1}`, `{"id": 2}`, `{"id": 3}`)
		p.ended("contract", "ALTER TABLE plans DROP plan")
	})
}

// An integer key becomes a bigint: its identity, indexes, and both ends of
// foreign keys follow.
func TestAccPhasesRetypeKey(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		config := func(typ, phase string) string {
			return fmt.Sprintf(`
resource "pgphase_table" "orders" {
  name                = "orders"
  columns             = { id = { type = %[1]q, identity = "by default" }, note = { type = "text" } }
  primary_key         = { columns = ["id"] }
  checks              = { orders_id_check = { expression = "id > 0" } }
  deletion_protection = false
  %[2]s
}
resource "pgphase_table" "lines" {
  name                = "lines"
  columns             = { id = { type = "bigint" }, order_id = { type = %[1]q, nullable = false } }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
  %[2]s
}
resource "pgphase_index" "note" {
  table   = pgphase_table.orders.id
  name    = "orders_note_idx"
  keys    = [{ column = "note" }]
  include = ["id"]
  where   = "id > 1"
}
resource "pgphase_index" "latest" {
  table  = pgphase_table.orders.id
  name   = "orders_latest_idx"
  unique = true
  keys   = [{ column = "id", order = "desc" }]
}
resource "pgphase_foreign_key" "lines" {
  table      = pgphase_table.lines.id
  name       = "lines_order_fkey"
  columns    = ["order_id"]
  references = { table = pgphase_table.orders.id, columns = ["id"] }
  on_delete  = "cascade"
}
`, typ, phase)
		}
		p.reach("create", config("integer", ""))
		p.twin.Exec(t, `
CREATE TABLE orders (id integer GENERATED BY DEFAULT AS IDENTITY CONSTRAINT orders_pkey PRIMARY KEY, note text, CONSTRAINT orders_id_check CHECK (id > 0));
CREATE TABLE lines (id bigint CONSTRAINT lines_pkey PRIMARY KEY, order_id integer NOT NULL CONSTRAINT lines_order_fkey REFERENCES orders ON DELETE CASCADE);
CREATE INDEX orders_note_idx ON orders (note) INCLUDE (id) WHERE id > 1;
CREATE UNIQUE INDEX orders_latest_idx ON orders (id DESC)`)
		p.db.Exec(t, "INSERT INTO orders (note) VALUES ('a'), ('b'); INSERT INTO lines VALUES (1, 1), (2, 2)")
		p.compare(t, "create")

		p.reach("expand", config("bigint", `phase = "expand"`))
		p.db.Exec(t, "INSERT INTO orders (note) VALUES ('c'); INSERT INTO lines VALUES (3, 3)")
		p.reach("migrate", config("bigint", `phase = "migrate"`),
			"column public.lines.pgphase_public_lines_order_id_retired_71f6b579", "column public.orders.pgphase_public_orders_id_retired_e7706ae5")
		p.db.Exec(t, "INSERT INTO orders (note) VALUES ('d'); INSERT INTO lines (id, order_id) VALUES (4, 4); DELETE FROM orders WHERE note = 'b'")
		p.reach("contract", config("bigint", `phase = "contract"`))
		p.db.Exec(t, "INSERT INTO orders (id, note) VALUES (3000000000, 'large'); INSERT INTO lines (id, order_id) VALUES (5, 3000000000); INSERT INTO orders (note) VALUES ('e')")
		p.rows("contract", "orders", `{"id": 1, "note": "a"}`, `{"id": 3, "note": "c"}`, `{"id": 4, "note": "d"}`, `{"id": 5, "note": "e"}`, `{"id": 3000000000, "note": "large"}`)
		p.rows("contract", "lines", `{"id": 1, "order_id": 1}`, `{"id": 3, "order_id": 3}`, `{"id": 4, "order_id": 4}`, `{"id": 5, "order_id": 3000000000}`)

		p.db.Exec(t, "DROP TABLE pgphase.history, pgphase.progress, pgphase.transitions; DROP SCHEMA pgphase")
		p.twin.Exec(t, "ALTER TABLE orders ALTER id TYPE bigint; ALTER SEQUENCE orders_id_seq AS bigint; ALTER TABLE lines ALTER order_id TYPE bigint")
		if diff := cmp.Diff(sortedLines(pgtest.PgDump(t, p.twin)), sortedLines(pgtest.PgDump(t, p.db))); diff != "" {
			t.Errorf("contract: - by hand, + by pgphase:\n%s", diff)
		}
	})
}

// sortedLines are the lines of a dump without regard to the order of columns,
// where a column that another one took the place of is last.
func sortedLines(dump string) []string {
	var lines []string
	for line := range strings.Lines(dump) {
		lines = append(lines, strings.TrimRight(line, ",\n"))
	}
	slices.Sort(lines)
	return lines
}

// A table gets a new name; what belongs to it follows without an operation.
func TestAccPhasesRenameTable(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		rest := `
resource "pgphase_table" "orders" {
  name                = "orders"
  columns             = { client_id = { type = "integer" } }
  deletion_protection = false
}
resource "pgphase_index" "name" {
  table = pgphase_table.t.id
  name  = "name_idx"
  keys  = [{ column = "name" }]
}
resource "pgphase_foreign_key" "client" {
  table      = pgphase_table.orders.id
  name       = "orders_client_fkey"
  columns    = ["client_id"]
  references = { table = pgphase_table.t.id, columns = ["id"] }
}
`
		const name = `name = { type = "text" }`
		renamed := func(phase string) string {
			return phasedTable("customers", name, fmt.Sprintf("renamed_from = \"clients\"\n  phase = %q", phase)) + rest
		}
		p.reach("create", phasedTable("clients", name, "")+rest)
		p.twin.Exec(t, `
CREATE TABLE clients (id integer CONSTRAINT clients_pkey PRIMARY KEY, name text);
CREATE INDEX name_idx ON clients (name);
CREATE TABLE orders (client_id integer CONSTRAINT orders_client_fkey REFERENCES clients)`)
		p.compare(t, "create")
		writers := func(id int) {
			t.Helper()
			p.db.Exec(t, fmt.Sprintf("INSERT INTO clients VALUES (%d, 'old code'); INSERT INTO customers VALUES (%d, 'new code'); INSERT INTO orders VALUES (%d)", id, id+1, id+1))
		}
		p.reach("expand", renamed("expand"), "name public.clients")
		writers(1)
		p.reach("migrate", renamed("migrate"), "view public.clients")
		writers(3)
		p.reach("back to expand", renamed("expand"), "name public.clients")
		writers(5)
		p.reach("roll back", phasedTable("clients", name, "")+rest)
		p.ended("roll back", "")
		p.reach("migrate at once", renamed("migrate"), "view public.clients")
		writers(7)
		p.reach("contract", renamed("contract"))
		p.mustPlanNothing("-refresh=false")
		var rows []string
		for id := 1; id < 9; id += 2 {
			rows = append(rows, fmt.Sprintf(`{"id": %d, "name": "old code"}`, id), fmt.Sprintf(`{"id": %d, "name": "new code"}`, id+1))
		}
		p.rows("contract", "customers", rows...)
		p.ended("contract", "ALTER TABLE clients RENAME TO customers")
	})
}

// The rules of the attribute phase.
func TestAccPhasesRules(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		const old = `a = { type = "text" }, b = { type = "text" }`
		const replaced = `z = { type = "text", replaces = { columns = ["a"] } }, b = { type = "text" }`
		p.reach("a phase without a transition does nothing", phasedTable("t", old, `phase = "contract"`))
		p.db.Exec(t, "INSERT INTO t VALUES (1, 'a', 'b')")

		p.refused("replaced without phase", phasedTable("t", replaced, ""), "Cannot replace public.t.a by public.t.z", `phase = "expand"`)
		p.refused("removed without phase", phasedTable("t", `b = { type = "text" }`, ""), "Cannot remove column public.t.a", `phase = "expand"`)
		p.refused("retyped without phase", phasedTable("t", `a = { type = "uuid" }, b = { type = "text" }`, ""), "public.t.a", `phase = "expand"`)
		p.refused("renamed without phase", phasedTable("u", old, `renamed_from = "t"`), "public.t", `phase = "expand"`)
		for title, columns := range map[string]string{"replaced": replaced, "removed": `b = { type = "text" }`} {
			p.refused(title+" by contract", phasedTable("t", columns, `phase = "contract"`), "Nothing is dropped that an earlier apply has not expanded first")
		}
		p.refused("renamed by contract", phasedTable("u", old, `renamed_from = "t"`+"\n  phase = \"contract\""), "Nothing is dropped that an earlier apply has not expanded first")

		another := `
resource "pgphase_column" "y" {
  table    = pgphase_table.t.id
  name     = "y"
  type     = "text"
  replaces = { columns = ["a"] }
  phase    = "expand"
}
`
		p.refused("replaced by two", phasedTable("t", replaced, `phase = "expand"`)+another, "public.t.a is replaced twice",
			"the pgphase_table public.t and by the pgphase_column public.t.y")

		p.reach("expand", phasedTable("t", replaced, `phase = "expand"`), "column public.t.a")
		p.refused("replaced while it is", phasedTable("t", replaced, `phase = "expand"`)+another, "public.t.a")
		p.refused("phase removed too early", phasedTable("t", replaced, ""), "The transition (column replaced) is open", `it has reached "expand"`)
		p.refused("one more drop with contract", phasedTable("t", `z = { type = "text", replaces = { columns = ["a"] } }`, `phase = "contract"`),
			"Cannot remove column public.t.b", "Nothing is dropped that an earlier apply has not expanded first")

		p.settings = "  single_step = true"
		p.reach("single_step", phasedTable("t", `z = { type = "text", replaces = { columns = ["a"] } }`, ""))
		p.rows("single_step", "t", `{"z": "a", "id": 1}`)
		p.ended("single_step", "CREATE TABLE t (id integer CONSTRAINT t_pkey PRIMARY KEY, z text)")
	})
}
