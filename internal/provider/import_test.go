// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// What cannot be imported says why, and how an id is written.
func TestAccRefusedImports(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE users (id int PRIMARY KEY); CREATE VIEW adults AS SELECT id FROM users")
	for _, test := range []struct {
		resource, id string
		texts        []string
	}{
		{"pgphase_table", "users", []string{`Cannot import "users" as pgphase_table`, "schema.name"}},
		{"pgphase_table", "public.nonsuch", []string{"Cannot import non-existent remote object"}},
		{"pgphase_table", "public.adults", []string{"Cannot import non-existent remote object"}},
		{"pgphase_column", "public.users", []string{"schema.table.column"}},
		{"pgphase_column", "public.users.nope", []string{"Cannot import non-existent remote object"}},
		{"pgphase_index", `public."open`, []string{`public.\"open`}},
		{"pgphase_index", "public.nope", []string{"Cannot import non-existent remote object"}},
		{"pgphase_foreign_key", "public.users.nope", []string{"Cannot import non-existent remote object"}},
	} {
		t.Run(test.resource+" "+test.id, func(t *testing.T) {
			t.Parallel()
			c := newCLI(t, db)
			bodies := map[string]string{
				"pgphase_table": "name = \"t\"\n  columns = { id = { type = \"int\" } }", "pgphase_column": "table = \"public.users\"\n  name = \"c\"\n  type = \"int\"",
				"pgphase_index":       "table = \"public.users\"\n  name = \"i\"\n  keys = [{ column = \"id\" }]",
				"pgphase_foreign_key": "table = \"public.users\"\n  name = \"f\"\n  columns = [\"id\"]\n  references = { table = \"public.users\", columns = [\"id\"] }",
			}
			c.write(fmt.Sprintf("import {\n  to = %s.x\n  id = %q\n}\nresource %q \"x\" {\n  %s\n}\n", test.resource, test.id, test.resource, bodies[test.resource]))
			wantErrors(t, c.messages("plan"), [][]string{test.texts})
		})
	}
}

// What somebody has dropped is created again.
func TestAccDroppedByHand(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.write(savedBefore)
	c.mustApply()
	db.Exec(t, "DROP INDEX users_email_idx")
	if output := c.mustApply(); !strings.Contains(output, "1 added, 0 changed, 0 destroyed") {
		t.Errorf("the index is gone:\n%s", output)
	}
	db.Exec(t, "DROP TABLE users")
	if output := c.mustApply(); !strings.Contains(output, "2 added, 0 changed, 0 destroyed") {
		t.Errorf("the table is gone:\n%s", output)
	}
	c.mustPlanNothing()
}
