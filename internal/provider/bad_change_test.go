// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// badChange is a change of a resource that must not pass.
type badChange struct {
	badInput
	// before is the body that is applied first.
	before string
}

// changingTable is a table with rows, and one part of it that changes.
func changingTable(name, before, after, line string, texts ...string) badChange {
	body := func(part string) string {
		return fmt.Sprintf("  name = %q\n  deletion_protection = false\n  primary_key = { columns = [\"id\"] }\n%s", name, part)
	}
	return badChange{badInput{"pgphase_table." + name, body(after), line, texts}, body(before)}
}

const plainColumns = `  columns = {
    id   = { type = "bigint" }
    code = { type = "varchar(20)" }
    n    = { type = "int" }
  }`

// columnsWith is plainColumns with another declaration of code.
func columnsWith(code string) string {
	return strings.Replace(plainColumns, `{ type = "varchar(20)" }`, code, 1)
}

var refusedChanges = []badChange{
	changingTable("nulls", plainColumns, columnsWith(`{ type = "varchar(20)", nullable = false }`), "code = ",
		"public.nulls.code", "id = 1", "id = 2", "Found 2"),
	changingTable("duplicates", plainColumns, plainColumns+"\n  unique = {\n    u = { columns = [\"n\"] }\n  }", "u = ", "n = '7'", "10 rows"),
	changingTable("violated", plainColumns, plainColumns+"\n  checks = {\n    c = { expression = \"id > 3\" }\n  }", "c = ", "id = 1", "id = 3", "Found 3"),
	changingTable("narrowed", plainColumns, columnsWith(`{ type = "varchar(5)" }`), "code = ", "public.narrowed.code", "phase"),
	changingTable("retyped", plainColumns, columnsWith(`{ type = "text[]", up = "string_to_array(code, ',')" }`), "code = ", "public.retyped.code", "phase"),
	changingTable("removed", plainColumns, strings.Replace(plainColumns, "    n    = { type = \"int\" }\n", "", 1), "", "public.removed.n", "phase"),
	changingTable("renamed", plainColumns, plainColumns, "name = ", "public.renamed", "phase"),
	changingTable("identity", plainColumns, strings.Replace(plainColumns, `{ type = "int" }`, `{ type = "int", identity = "always" }`, 1), "n    = ", "public.identity.n", "index"),
	changingTable("generated", plainColumns, plainColumns[:len(plainColumns)-3]+"    g = { type = \"int\", generated = { expression = \"n\" } }\n  }", "g = ", "public.generated.g"),
	changingTable("exclusion", plainColumns, plainColumns+"\n  exclusions = {\n    e = { method = \"btree\", elements = [{ column = \"id\", operator = \"=\" }] }\n  }", "e = ", "no online way"),
	changingTable("unlogged", plainColumns, plainColumns+"\n  unlogged = true", "unlogged = ", "rewrites"),
	changingTable("partitioned", plainColumns, plainColumns+"\n  partition_by = { strategy = \"hash\", keys = [{ column = \"id\" }] }", "partition_by = ", "partition"),
	{
		badInput{"pgphase_column.moved", "  table = \"public.violated\"\n  name = \"extra\"\n  type = \"int\"\n  deletion_protection = false", "table = ", []string{"another table"}},
		"  table = \"public.narrowed\"\n  name = \"extra\"\n  type = \"int\"\n  deletion_protection = false",
	},
	{
		badInput{"pgphase_index.moved", "  table = \"public.violated\"\n  name = \"an_index\"\n  keys = [{ column = \"n\" }]", "table = ", []string{"another table"}},
		"  table = pgphase_table.narrowed.id\n  name = \"an_index\"\n  keys = [{ column = \"n\" }]",
	},
}

// Changes that rows, clients or PostgreSQL would not survive are refused at
// plan, each at its attribute, and nothing is touched.
func TestAccRefusedChanges(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		c := newCLI(t, db)
		before, after := "", ""
		inputs := make([]badInput, len(refusedChanges))
		for i, change := range refusedChanges {
			inputs[i] = change.badInput
			first := change.badInput
			first.body = change.before
			if change.resource == "pgphase_column.moved" {
				first.body += "\n  depends_on = [pgphase_table.narrowed]"
			}
			before += first.hcl()
			after += change.hcl()
		}
		c.write(before)
		c.mustApply()
		for _, change := range refusedChanges {
			if kind, name, _ := strings.Cut(change.resource, "."); kind == "pgphase_table" {
				db.Exec(t, "INSERT INTO "+name+" (id, code, n) SELECT n, CASE WHEN n > 2 THEN 'long code ' || n END, 7 FROM generate_series(1, 10) n")
			}
		}
		dump := pgtest.PgDump(t, db)
		c.write(strings.Replace(after, `name = "renamed"`, `name = "renamed_now"`, 1))
		wantRefused(t, c.messages("plan"), inputs)
		if now := pgtest.PgDump(t, db); now != dump {
			t.Errorf("the plan has changed\n%s\nto\n%s", dump, now)
		}
	})
}

const guarded = `
resource "pgphase_table" "protected" {
  name    = "protected"
  columns = { id = { type = "int" } }
}
resource "pgphase_table" "viewed" {
  name                = "viewed"
  columns             = { id = { type = "int" } }
  deletion_protection = false
}
resource "pgphase_column" "protected" {
  table = "public.legacy"
  name  = "protected"
  type  = "int"
}
resource "pgphase_column" "viewed" {
  table               = "public.legacy"
  name                = "viewed"
  type                = "int"
  deletion_protection = false
}
resource "pgphase_index" "referenced" {
  table  = "public.legacy"
  name   = "legacy_id_idx"
  keys   = [{ column = "id" }]
  unique = true
}
`

// What is protected, and what others need, is not dropped: neither by a destroy
// nor by a replacement, and never with CASCADE.
func TestAccRefusedDrops(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE TABLE legacy (id int)")
		c := newCLI(t, db)
		c.write(guarded)
		c.mustApply()
		db.Exec(t, `
			CREATE VIEW ids AS SELECT id FROM viewed;
			CREATE MATERIALIZED VIEW kept AS SELECT viewed FROM legacy;
			CREATE TABLE referring (id int REFERENCES legacy (id));`)
		dump := pgtest.PgDump(t, db)
		refusals := [][]string{
			{"public.protected is protected", "deletion_protection = false", "removed {"},
			{"public.legacy.protected is protected"},
			{"Cannot drop table public.viewed", "view public.ids", "CASCADE"},
			{"Cannot drop column public.legacy.viewed", "materialized view public.kept"},
			{"Cannot drop index public.legacy_id_idx", "public.referring"},
		}
		wantErrors(t, c.messages("plan", "-destroy"), refusals)
		c.write("")
		wantErrors(t, c.messages("apply", "-auto-approve"), refusals)
		// Delete has guards of its own: a replacement plans no destroy.
		c.write(guarded)
		if output, code := c.apply("-replace=pgphase_table.protected"); code != 1 || !strings.Contains(output, "public.protected is protected") {
			t.Errorf("replace: exit code %d\n%s", code, output)
		}
		if now := pgtest.PgDump(t, db); now != dump {
			t.Errorf("changed from\n%s\nto\n%s", dump, now)
		}
	})
}

// wantErrors fails unless there is one error for each list of texts. Terraform
// names no resource and no line in errors of a destroy.
func wantErrors(t testing.TB, messages []message, wanted [][]string) {
	t.Helper()
	errors := slices.DeleteFunc(messages, func(m message) bool { return m.Severity != "error" })
	for _, parts := range wanted {
		matches := slices.ContainsFunc(errors, func(m message) bool {
			return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(m.Summary+"\n"+m.Detail, part) })
		})
		if !matches {
			t.Errorf("%q is not in: %s", parts, texts(errors))
		}
	}
	if len(errors) != len(wanted) {
		t.Errorf("%d errors instead of %d: %s", len(errors), len(wanted), texts(errors))
	}
}
