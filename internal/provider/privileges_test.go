// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

const privileged = `
resource "pgphase_table" "users" {
  schema              = "app"
  name                = "users"
  columns             = { id = { type = "bigint" }, email = { type = "varchar(40)", default = "lower('X')" } }
  primary_key         = { columns = ["id"] }
  checks              = { c = { expression = "email in ('a', 'b')" } }
  deletion_protection = false
}
resource "pgphase_index" "email" {
  table = pgphase_table.users.id
  name  = "users_email_idx"
  keys  = [{ expression = "lower(email)" }]
}
`

// A role that may only read plans as everybody does; of what it lacks for a
// change, the plan names the privilege.
func TestAccPrivileges(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE SCHEMA app; CREATE SCHEMA own; CREATE TABLE app.others (id bigint PRIMARY KEY)")
		c := newCLI(t, db)
		c.write(privileged)
		c.mustApply()
		role := db.Role(t, "")
		db.Exec(t, "GRANT USAGE ON SCHEMA app TO "+role.Name+"; REVOKE TEMPORARY ON DATABASE "+db.Name+" FROM PUBLIC;"+
			"CREATE TABLE own.t (id bigint); ALTER TABLE own.t OWNER TO "+role.Name+"; GRANT USAGE ON SCHEMA own TO "+role.Name)
		c.url = role.URL()
		c.write(privileged)
		c.mustPlanNothing()
		if messages := c.messages("plan"); len(messages) > 0 {
			t.Errorf("a plan without changes: %s", texts(messages))
		}
		dump := pgtest.PgDump(t, db)
		inputs := []badInput{
			{"pgphase_table.new", "  schema = \"app\"\n  name = \"new\"\n  columns = { id = { type = \"int\" } }", "schema = ", []string{"app.new", "CREATE on the schema app", "GRANT CREATE ON SCHEMA app TO"}},
			{"pgphase_column.new", "  table = \"app.others\"\n  name = \"new\"\n  type = \"int\"", "", []string{"may not change app.others", "GRANT postgres TO"}},
			{"pgphase_index.new", "  table = \"app.others\"\n  name = \"new\"\n  keys = [{ column = \"id\" }]", "", []string{"may not change app.others", "GRANT postgres TO"}},
			{"pgphase_index.own", "  table = \"own.t\"\n  name = \"new\"\n  keys = [{ column = \"id\" }]", "", []string{"own.new", "GRANT CREATE ON SCHEMA own TO"}},
			{"pgphase_foreign_key.new", "  table = \"own.t\"\n  name = \"fk\"\n  columns = [\"id\"]\n  references = { table = \"app.others\", columns = [\"id\"] }", "references = ", []string{"refer to app.others", "GRANT REFERENCES ON app.others TO"}},
		}
		all := privileged
		for _, input := range inputs {
			all += input.hcl()
		}
		c.write(all)
		wantRefused(t, c.messages("plan"), inputs)
		if now := pgtest.PgDump(t, db); now != dump {
			t.Errorf("the plan has changed\n%s\nto\n%s", dump, now)
		}
		c.url = db.URL() // what a role may not drop is no reason to keep it
		c.write(privileged)
	})
}
