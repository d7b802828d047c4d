// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

const unknownShop = `
resource "terraform_data" "name" { input = "users" }
resource "pgphase_table" "users" {
  name                = terraform_data.name.output
  columns             = { id = { type = "bigint" }, boss = { type = "bigint" } }
  primary_key         = { columns = ["id"] }
  ignored_columns     = ["plan", "kind"]
  deletion_protection = false
}
resource "pgphase_column" "plan" {
  table               = pgphase_table.users.id
  name                = "plan"
  type                = "text"
  deletion_protection = false
}
resource "pgphase_index" "boss" {
  table = pgphase_table.users.id
  name  = "${terraform_data.name.output}_boss_idx"
  keys  = [{ column = "boss" }, { expression = "lower(${pgphase_column.plan.name})" }]
}
resource "pgphase_foreign_key" "boss" {
  table      = pgphase_table.users.id
  name       = "users_boss_fk"
  columns    = ["boss"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
}
resource "pgphase_schema" "app" {
  name                = "${terraform_data.name.output}_app"
  deletion_protection = false
}
resource "pgphase_enum" "kinds" {
  schema              = pgphase_schema.app.name
  name                = "kinds"
  values              = split("s", terraform_data.name.output)
  deletion_protection = false
}
resource "pgphase_sequence" "numbers" {
  schema              = pgphase_schema.app.name
  name                = "numbers"
  start               = length(terraform_data.name.output)
  deletion_protection = false
}
resource "pgphase_column" "kind" {
  table               = pgphase_table.users.id
  name                = "kind"
  type                = pgphase_enum.kinds.id
  deletion_protection = false
}
`

// What comes into being in the same apply is not known at plan: the server, or
// the name of a table.
func TestAccUnknown(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	server := pgtest.Shared(t, pgtest.Newest())
	for _, what := range []string{"server", "name"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			db := server.Database(t)
			c := newCLI(t, db)
			hcl := unknownShop
			if what == "server" {
				url := c.url
				c.url, c.settings = "", "  url = terraform_data.url.output"
				hcl = strings.Replace(hcl, "terraform_data.name.output", `"users"`, 1) +
					fmt.Sprintf("resource \"terraform_data\" \"url\" {\n  input            = %q\n  triggers_replace = 1\n}\n", url)
			}
			c.write(hcl)
			output, code := c.plan("-out=saved")
			if n := strings.Count(output, "operations         = (known after apply)"); code != 2 || n == 0 {
				t.Errorf("plan: exit code %d, %d times unknown\n%s", code, n, output)
			}
			if output, code := c.run("apply", "-no-color", "saved"); code != 0 {
				t.Fatalf("apply: exit code %d\n%s", code, output)
			}
			c.mustPlanNothing()
			if what == "name" {
				return
			}
			// The server is unknown again, and yet nothing of it changes.
			c.write(strings.Replace(hcl, "triggers_replace = 1", "triggers_replace = 2", 1))
			if changes := c.plannedChanges(); len(changes) == 0 || strings.Contains(strings.Join(changes, "\n"), "pgphase_") {
				t.Errorf("planned %s", changes)
			}
			if output := c.mustApply(); !strings.Contains(output, "1 added, 0 changed, 1 destroyed") {
				t.Errorf("apply:\n%s", output)
			}
		})
	}
}
