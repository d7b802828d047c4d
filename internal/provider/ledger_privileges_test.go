// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// An owner of a table who may not keep a record of a transition is told at plan
// which privilege that takes, and the grant is enough.
func TestPlanNamesPrivilegesOnTheLedger(t *testing.T) {
	t.Parallel()
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		role := db.Role(t, "")
		db.Exec(t, "CREATE SCHEMA app AUTHORIZATION "+role.Name)
		d := newDirect(t, role.URL())
		renamed := func(old, name, phase string) string {
			return strings.Replace(table(name+` = { type = "text", replaces = { columns = ["`+old+`"] } }`, `phase = "`+phase+`"`), old+` = { type = "text" }`, "", 1)
		}
		d.mustApply(table("", ""))
		refused := func(grant string) {
			t.Helper()
			grant = strings.ReplaceAll(grant, "{database}", db.Name)
			if _, err := d.plan(renamed("b", "n", "expand")); err == nil || !strings.Contains(err.Error(), grant+"<role of the provider>;") {
				t.Errorf("want %q: %v", grant, err)
			}
			db.Exec(t, grant+role.Name)
		}

		refused("GRANT CREATE ON DATABASE {database} TO ")
		// Somebody else has made the ledger meanwhile.
		other := newDirect(t, db.URL())
		db.Exec(t, "CREATE SCHEMA other; REVOKE CREATE ON DATABASE "+db.Name+" FROM "+role.Name)
		in := func(hcl string) string { return strings.ReplaceAll(hcl, "app", "other") }
		other.mustApply(in(table("", "")))
		other.mustApply(in(renamed("b", "n", "expand")))
		refused("GRANT CREATE ON SCHEMA pgphase TO ")
		refused("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgphase TO ")
		for _, phase := range []string{"expand", "migrate", "contract"} {
			d.mustApply(renamed("b", "n", phase))
			d.mustPlanNothing(renamed("b", "n", phase))
		}
	})
}
