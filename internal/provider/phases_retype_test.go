// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Both ends of a foreign key are retyped in one apply. A reader holds both up
// just before they exchange names: had each made its counterpart of the foreign
// key by then, it would end on a column that the other one has retired.
func TestAccPhasesRetypeBothEnds(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	p := newPhases(t, pgtest.Shared(t, pgtest.Newest()))
	config := func(typ, phase string) string {
		return fmt.Sprintf(`
resource "pgphase_table" "parent" {
  name                = "parent"
  columns             = { id = { type = %[1]q } }
  unique              = { parent_id_key = { columns = ["id"] } }
  deletion_protection = false
  %[2]s
}
resource "pgphase_table" "child" {
  name                = "child"
  columns             = { id = { type = "bigint" }, parent_id = { type = %[1]q } }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
  %[2]s
}
resource "pgphase_foreign_key" "f" {
  table      = pgphase_table.child.id
  name       = "f"
  columns    = ["parent_id"]
  references = { table = pgphase_table.parent.id, columns = ["id"] }
}
`, typ, phase)
	}
	p.reach("create", config("integer", ""))
	p.db.Exec(t, "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1)")
	p.reach("expand", config("bigint", `phase = "expand"`))

	reader := idleInTransaction(t, p.db, "SELECT FROM parent; SELECT FROM child")
	p.write(config("bigint", `phase = "migrate"`))
	r := p.start("apply", "-no-color", "-input=false", "-auto-approve")
	await(t, "attempts to exchange names", func() bool { return lockTimeouts(t, p.db) >= 3 })
	endTransaction(t, reader)
	if output, code := r.wait(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	p.mustPlanNothing()
	p.reach("contract", config("bigint", `phase = "contract"`))
	var definition string
	if err := p.db.Connect(t).QueryRow(t.Context(), "SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), '; ') FROM pg_constraint WHERE contype = 'f'").Scan(&definition); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("f FOREIGN KEY (parent_id) REFERENCES parent(id)", definition); diff != "" {
		t.Error(diff)
	}
}
