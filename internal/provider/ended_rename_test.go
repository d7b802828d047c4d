// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// An apply ends a renaming, and dies before its state is written: the state has
// a name that the table has no longer. It is found, with all that is attached.
func TestAccRenameEndedWithoutState(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	const attached = `
resource "pgphase_index" "name" {
  table = pgphase_table.t.id
  name  = "name_idx"
  keys  = [{ column = "name" }]
}
`
	before := phasedTable("t", `name = { type = "text" }`, "") + attached
	after := func(phase string) string {
		return phasedTable("u", `name = { type = "text" }`, fmt.Sprintf("renamed_from = \"t\"\n  phase = %q", phase)) + attached
	}
	for name, test := range map[string]struct {
		settings string
		from, to []string
	}{
		"rolled back": {from: []string{before, after("expand")}, to: []string{before}},
		"contracted":  {from: []string{before}, to: []string{after("contract")}, settings: "  single_step = true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.Shared(t, pgtest.Newest()).Database(t)
			c := newCLI(t, db)
			c.settings = test.settings
			apply := func(configurations []string) {
				t.Helper()
				for _, hcl := range configurations {
					c.write(hcl)
					c.mustApply()
				}
			}
			apply(test.from)
			db.Exec(t, "INSERT INTO t VALUES (1, 'kept')")
			file := filepath.Join(c.workspace.Dir, "terraform.tfstate")
			state, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			apply(test.to)
			if err := os.WriteFile(file, state, 0o600); err != nil {
				t.Fatal(err)
			}
			output, code := c.plan("-out=saved")
			if code == 1 || strings.Contains(output, "will be created") || strings.Contains(output, " sql ") {
				t.Fatalf("exit code %d\n%s", code, output)
			}
			c.mustApply("saved")
			c.mustPlanNothing()

			// A table that was created since under the other name is another one.
			other := map[string]string{"rolled back": "u", "contracted": "t"}[name]
			db.Exec(t, "CREATE TABLE "+other+" (id integer PRIMARY KEY)")
			c.mustPlanNothing()
		})
	}
}
