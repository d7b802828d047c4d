// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// A column moves from the map of a pgphase_table to a pgphase_column, and back,
// without a statement; and what is removed without destroy is forgotten.
func TestAccColumnMoves(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	users := func(columns, rest string) string {
		return "resource \"pgphase_table\" \"users\" {\n  name = \"users\"\n  columns = {\n    id = { type = \"bigint\" }\n    " + columns +
			"\n  }\n  primary_key = { columns = [\"id\"] }\n  " + rest + "\n}\n"
	}
	const (
		plan = `plan = { type = "varchar(20)", nullable = false, default = "'free'", comment = "what is paid for" }`
		own  = `
resource "pgphase_column" "plan" {
  table    = pgphase_table.users.id
  name     = "plan"
  type     = "varchar(20)"
  nullable = false
  default  = "'free'"
  comment  = "what is paid for"
}
`
		imported = "import {\n  to = pgphase_column.plan\n  id = \"public.users.plan\"\n}\n"
		removed  = "removed {\n  from = pgphase_column.plan\n  lifecycle {\n    destroy = false\n  }\n}\n"
		index    = `
resource "pgphase_index" "users_plan" {
  table = pgphase_table.users.id
  name  = "users_plan_idx"
  keys  = [{ column = "plan" }]
}
`
	)
	c.write(users(plan, "") + index)
	c.mustApply()
	db.Exec(t, "INSERT INTO users SELECT n FROM generate_series(1, 100) AS n")
	before := pgtest.PgDump(t, db)
	// without plans and applies a configuration that has no operation.
	without := func(title, hcl, count string) {
		t.Helper()
		c.write(hcl)
		output, code := c.plan("-out=saved")
		if code != 2 || !strings.Contains(output, count) || strings.Contains(output, "sql ") || strings.Contains(output, "Warning: public.users") {
			t.Fatalf("%s: exit code %d\n%s", title, code, output)
		}
		c.mustApply("saved")
		c.mustPlanNothing()
		c.driftIs(t, "warning")
		if diff := cmp.Diff(before, pgtest.PgDump(t, db)); diff != "" {
			t.Fatalf("%s changed the database (-before +after):\n%s", title, diff)
		}
	}
	without("out, with an import", users("", `ignored_columns = ["plan"]`)+index+own+imported, "1 to import, 0 to add, 1 to change, 0 to destroy")
	without("back", users(plan, "")+index+removed, "0 to add, 1 to change, 0 to destroy")
	without("out, by declaring it", users("", `ignored_columns = ["plan"]`)+index+own, "1 to add, 1 to change, 0 to destroy")

	// Who forgets the removed block does not lose the column.
	c.write(users(plan, "") + index)
	if output, code := c.plan(); code != 1 || !strings.Contains(output, "public.users.plan is protected from deletion") || !strings.Contains(output, "destroy = false") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	unprotected := strings.Replace(own, "\n}", "\n  deletion_protection = false\n}", 1)
	without("without protection", users("", `ignored_columns = ["plan"]`)+index+unprotected, "0 to add, 1 to change, 0 to destroy")
	c.write(users(plan, "") + index)
	if output, code := c.plan(); code != 1 || !strings.Contains(output, "public.users.plan would be dropped, and is declared") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	renamed := strings.Replace(unprotected, `"plan" {`, `"the_plan" {`, 1)
	c.write(users("", `ignored_columns = ["plan"]`) + index + renamed)
	if output, code := c.plan(); code != 1 || !strings.Contains(output, "public.users.plan would be dropped, and is declared") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	c.write(users("", `ignored_columns = ["plan"]`) + index + renamed + "moved {\n  from = pgphase_column.plan\n  to = pgphase_column.the_plan\n}\n")
	if output, code := c.plan(); code != 0 && code != 2 || strings.Contains(output, "to destroy.") && !strings.Contains(output, "0 to add, 0 to change, 0 to destroy") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	// Nor does who forgets ignored_columns.
	without("back again", users(plan, "")+index+removed, "0 to add, 1 to change, 0 to destroy")
	c.write(users("", "") + index + own)
	if output, code := c.plan(); code != 1 || !strings.Contains(output, `ignored_columns`) {
		t.Errorf("exit code %d\n%s", code, output)
	}
	forget := "removed {\n  from = pgphase_table.users\n  lifecycle {\n    destroy = false\n  }\n}\nremoved {\n  from = pgphase_index.users_plan\n  lifecycle {\n    destroy = false\n  }\n}\n"
	without("forget all", forget, "0 to add, 0 to change, 0 to destroy")
}
