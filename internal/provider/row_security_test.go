// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Policies that are forced on the owner hide rows from it. A change that filled
// and compared only what it sees would drop the rest with the old structure: it
// is refused at plan, and at apply where a policy comes after the plan. A role
// with BYPASSRLS sees every row.
func TestRowSecurityHidesNothing(t *testing.T) {
	t.Parallel()
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		for name, partitioned := range map[string]bool{"table": false, "partition": true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				db := server.Database(t)
				role := db.Role(t, "")
				write, hidden := table, "app.t"
				db.Exec(t, "CREATE SCHEMA app AUTHORIZATION "+role.Name+"; GRANT CREATE ON DATABASE "+db.Name+" TO "+role.Name)
				d := newDirect(t, role.URL())
				if partitioned {
					write, hidden = parted, "app.t1"
				}
				d.mustApply(write("", ""))
				data := rows
				if partitioned {
					data = partitions
				}
				db.Exec(t, "SET search_path = app; SET ROLE "+role.Name+";"+data)
				hide := "ALTER TABLE " + hidden + " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY few ON " + hidden + " USING (id % 10 = 0)"

				// n is computed, so that a NULL in it is a row that was not filled.
				renamed := func(phase string) string {
					return strings.Replace(write(`n = { type = "text", replaces = { columns = ["b"], up = "b || '!'", down = { b = "rtrim(n, '!')" } } }`,
						`phase = "`+phase+`"`), `b = { type = "text" }`, "", 1)
				}
				d.mustApply(renamed("expand"))
				changes, err := d.plan(renamed("migrate"))
				if err != nil {
					t.Fatal(err)
				}
				db.Exec(t, hide)
				if err := d.apply(changes); err == nil || !strings.Contains(err.Error(), "Row security hides rows of "+hidden) {
					t.Errorf("an apply that sees one row of ten says %v", err)
				}
				if _, err := d.plan(renamed("contract")); err == nil || !strings.Contains(err.Error(), "Row security hides rows of "+hidden+" from the role") {
					t.Errorf("a plan that sees one row of ten says %v", err)
				}
				db.Exec(t, "ALTER ROLE "+role.Name+" BYPASSRLS")
				d.mustApply(renamed("contract"))
				d.mustPlanNothing(renamed("contract"))
				var filled int
				if err := db.Connect(t).QueryRow(t.Context(), "SELECT count(*) FROM app.t WHERE n = 'b' || id || '!'").Scan(&filled); err != nil || filled != 500 {
					t.Errorf("%d of 500 rows are filled: %v", filled, err)
				}
			})
		}
	})
}
