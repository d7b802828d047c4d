// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// The table of the guide "Other tools": Flyway changes the columns, pgphase
// manages indexes, a foreign key and constraints, and neither undoes the other.
func TestAccBesideAnotherTool(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `
		CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY);
		CREATE TABLE users (id int PRIMARY KEY, name text, email text);
		CREATE TABLE orders (id int PRIMARY KEY, user_id int, note text);
		INSERT INTO users VALUES (1, 'a', 'a@b'); INSERT INTO orders VALUES (1, 1)`)
	c := newCLI(t, db)
	const indexes = `
resource "pgphase_index" "orders_user" {
  table = "public.orders"
  name  = "orders_user_id_idx"
  keys  = [{ column = "user_id" }]
}
resource "pgphase_foreign_key" "orders_user" {
  table      = "public.orders"
  name       = "orders_user_fk"
  columns    = ["user_id"]
  references = { table = "public.users", columns = ["id"] }
}
`
	users := func(ignored string) string {
		return indexes + `
resource "pgphase_table" "users" {
  name            = "users"
  columns         = { id = { type = "int" }, email = { type = "text", nullable = false } }
  primary_key     = { columns = ["id"] }
  ignored_columns = [` + ignored + `]
  checks          = { users_email_check = { expression = "email LIKE '%@%'" } }
}
`
	}
	c.settings = `  drift = { undeclared_constraints = "ignore" }`
	c.write(users(`"name"`) + "import {\n  to = pgphase_table.users\n  id = \"public.users\"\n}\n")
	c.driftIs(t, "warning", "Flyway migrates tables of the schema public as well")
	c.mustApply()
	c.mustPlanNothing()

	// What Flyway migrates then.
	db.Exec(t, `
		ALTER TABLE orders ADD total numeric, ALTER note TYPE varchar(100);
		ALTER TABLE users ADD born date NOT NULL DEFAULT '2000-01-01', DROP COLUMN name, ADD CONSTRAINT born_check CHECK (born > '1900-01-01');
		CREATE TABLE audit (id int)`)
	c.mustPlanNothing()
	c.driftIs(t, "warning", "public.users has columns that are not declared: born")
	c.write(users(`"born"`))
	c.driftIs(t, "warning")
	c.mustApply()
	before := pgtest.PgDump(t, db)
	c.mustPlanNothing()
	if after := pgtest.PgDump(t, db); after != before {
		t.Error("the plan has changed something")
	}

	// A column that goes takes its index and its foreign key with it.
	db.Exec(t, "ALTER TABLE orders DROP COLUMN user_id")
	output, code := c.plan()
	if code != 1 || !strings.Contains(output, "user_id") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	db.Exec(t, "ALTER TABLE orders ADD user_id int")
	c.driftIs(t, "warning", "public.orders: index orders_user_id_idx is missing", "public.orders: foreign key orders_user_fk is missing")
	c.mustApply()
	c.mustPlanNothing()
}
