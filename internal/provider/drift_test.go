// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func TestDriftPolicy(t *testing.T) {
	t.Parallel()
	read := func(settings map[string]string) (driftPolicy, []string) {
		values := map[string]attr.Value{}
		for key, text := range settings {
			values[key] = types.StringValue(text)
		}
		policy, diags := readDriftPolicy(types.MapValueMust(types.StringType, values), path.Root("drift"))
		var said []string
		for _, d := range diags {
			said = append(said, d.Summary()+": "+d.Detail())
		}
		return policy, said
	}
	policy, said := read(map[string]string{"changed": "error", "changed_indexes": "ignore", "undeclared_columns": "ignore"})
	if len(said) > 0 {
		t.Errorf("refused: %q", said)
	}
	for _, test := range []struct {
		way, kind string
		want      hazard.Severity
	}{
		{"changed", "columns", hazard.Error},
		{"changed", "indexes", hazard.Ignore},
		{"missing", "indexes", hazard.Warning},
		{"undeclared", "columns", hazard.Ignore},
		{"undeclared", "constraints", hazard.Warning},
	} {
		if got := policy.severity(test.way, test.kind); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.way, test.kind, got, test.want)
		}
	}
	for key, test := range map[string]struct{ severity, want string }{
		"change_columns":     {"error", `Did you mean "changed_columns"?`},
		"missing":            {"fatal", `"fatal" is not a severity: write "ignore", "warning" or "error".`},
		"undeclared_indexes": {"error", "pgphase undeclared -state -"},
		"everything":         {"error", "It is changed, missing or undeclared"},
	} {
		if _, said := read(map[string]string{key: test.severity}); len(said) != 1 || !strings.Contains(said[0], test.want) {
			t.Errorf("%s = %s: %q", key, test.severity, said)
		}
	}
}

const driftTables = `
resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id    = { type = "bigint" }
    email = { type = "text", nullable = false, default = "'none'" }
    name  = { type = "text" }
    note  = { type = "text" }
  }
  primary_key         = { columns = ["id"] }
  checks              = { users_email_check = { expression = "email <> ''" } }
  deletion_protection = false
}
resource "pgphase_index" "users_email" {
  table = pgphase_table.users.id
  name  = "users_email_idx"
  keys  = [{ column = "email" }]
}
resource "pgphase_index" "users_name" {
  table = pgphase_table.users.id
  name  = "users_name_idx"
  keys  = [{ column = "name" }]
}
resource "pgphase_table" "orders" {
  name                = "orders"
  columns             = { id = { type = "bigint" }, user_id = { type = "bigint" } }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
}
resource "pgphase_foreign_key" "orders_user" {
  table      = pgphase_table.orders.id
  name       = "orders_user_fk"
  columns    = ["user_id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
}
`

// A colleague changes things by hand: the next plan says what, apart from what
// it is going to run, and as loud as the provider is told to.
func TestAccDrift(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.write(driftTables)
	c.mustApply()
	if said := c.messages("plan"); len(said) > 0 {
		t.Errorf("before: %s", texts(said))
	}
	db.Exec(t, `
		ALTER TABLE users ALTER email DROP DEFAULT, DROP COLUMN note, DROP CONSTRAINT users_email_check, ADD extra int, ADD CONSTRAINT by_hand CHECK (id > 0);
		DROP INDEX users_email_idx;
		DROP INDEX users_name_idx;
		CREATE INDEX users_name_idx ON users (name DESC);
		ALTER TABLE orders DROP CONSTRAINT orders_user_fk;
		COMMENT ON TABLE orders IS 'by hand'`)
	want := []string{
		"public.orders: foreign key orders_user_fk is missing",
		"public.users has columns that are not declared: extra",
		"public.users has constraints that are not declared: by_hand",
		"public.users: check constraint users_email_check is missing",
		"public.users: column email was changed by somebody else",
		"public.users: column note is missing",
		"public.users: index users_email_idx is missing",
		"public.users: index users_name_idx was changed by somebody else",
		"Table public.orders was changed by somebody else",
	}
	c.driftIs(t, "warning", want...)
	for _, m := range c.messages("plan") {
		if strings.Contains(m.Summary, "column email") && (!strings.Contains(m.Detail, "default was 'none'::text, is not set") || m.line() != `email = { type = "text", nullable = false, default = "'none'" }`) {
			t.Errorf("%s", texts([]message{m}))
		}
	}

	c.settings = `  drift = { changed = "ignore", missing = "ignore", undeclared = "ignore" }`
	c.write(driftTables)
	c.driftIs(t, "warning")
	c.settings = `  drift = { changed = "ignore", missing = "ignore", missing_columns = "error", undeclared = "ignore" }`
	c.write(driftTables)
	c.driftIs(t, "error", "public.users: column note is missing")
	if output, code := c.plan(); code != 1 || !strings.Contains(output, `drift = { missing_columns = "warning" }`) {
		t.Errorf("exit code %d\n%s", code, output)
	}
	// An accepted change is none, however loud it would be.
	c.settings = `  drift = { changed = "error", missing = "error", undeclared = "ignore" }`
	accepted := strings.NewReplacer(`, default = "'none'"`, "", `    note  = { type = "text" }`, "",
		`  checks              = { users_email_check = { expression = "email <> ''" } }`, "",
		`keys  = [{ column = "name" }]`, `keys  = [{ column = "name", order = "desc" }]`,
		`  name                = "orders"`, "  name = \"orders\"\n  comment = \"by hand\"").Replace(driftTables)
	c.write(accepted)
	c.driftIs(t, "error", "public.orders: foreign key orders_user_fk is missing", "public.users: index users_email_idx is missing")

	c.settings = ""
	c.write(driftTables)
	c.mustApply()
	c.mustPlanNothing()
	c.driftIs(t, "warning", "public.users has columns that are not declared: extra", "public.users has constraints that are not declared: by_hand")
	c.settings = `  drift = { undeclared = "error" }`
	c.write(driftTables)
	c.driftIs(t, "error", "public.users has columns that are not declared: extra", "public.users has constraints that are not declared: by_hand")
	db.Exec(t, "DROP TABLE orders")
	c.settings = ""
	c.write(driftTables)
	c.driftIs(t, "warning", "Table public.orders is missing", "public.orders: foreign key orders_user_fk is missing",
		"public.users has columns that are not declared: extra", "public.users has constraints that are not declared: by_hand")
}

var aboutDrift = regexp.MustCompile(`is missing$|by somebody else$|not declared|as well$|belongs to`)

// driftIs plans, and compares what is said about changes from outside.
func (c *cli) driftIs(t *testing.T, severity string, want ...string) {
	t.Helper()
	var got []string
	for _, m := range c.messages("plan") {
		if !aboutDrift.MatchString(m.Summary) {
			continue
		}
		if m.Severity != severity {
			t.Errorf("%s: %s", m.Severity, m.Summary)
		}
		got = append(got, m.Summary)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Who takes a table of somebody else's tool, or one beside them, is told so once.
func TestAccAdoptedFromMigrator(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY); CREATE TABLE a (id int); CREATE TABLE b (id int); CREATE SCHEMA s; CREATE TABLE s.c (id int)")
	c := newCLI(t, db)
	const tables = `
resource "pgphase_table" "a" {
  name    = "a"
  columns = { id = { type = "int" } }
}
resource "pgphase_table" "b" {
  name    = "b"
  columns = { id = { type = "int" } }
}
resource "pgphase_table" "c" {
  schema  = "s"
  name    = "c"
  columns = { id = { type = "int" } }
}
resource "pgphase_table" "history" {
  name        = "flyway_schema_history"
  columns     = { installed_rank = { type = "int" } }
  primary_key = { columns = ["installed_rank"] }
}
`
	imports := ""
	for label, id := range map[string]string{"b": "public.b", "c": "s.c", "history": "public.flyway_schema_history"} {
		imports += "import {\n  to = pgphase_table." + label + "\n  id = \"" + id + "\"\n}\n"
	}
	c.write(tables + imports)
	c.driftIs(t, "warning", "Flyway migrates tables of the schema public as well", "public.flyway_schema_history belongs to Flyway")
	c.mustApply()
	c.driftIs(t, "warning")
}
