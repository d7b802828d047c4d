// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Two states have objects of one table. Both are applied at once: they take
// turns, and both succeed.
func TestAccTwoApplies(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text, v varchar(20)); "+rows)
	var applies []*running
	var workspaces []*cli
	for _, name := range []string{"x", "y"} {
		c := newCLI(t, db)
		c.settings = "  deletion_protection = false"
		c.write(fmt.Sprintf(`
resource "pgphase_column" "c" {
  table    = "public.t"
  name     = %[1]q
  type     = "integer"
  nullable = false
  backfill = "a"
}

resource "pgphase_index" "own" {
  table  = "public.t"
  name   = "t_%[1]s_idx"
  keys   = [{ column = pgphase_column.c.name }]
  unique = true
}

resource "pgphase_index" "other" {
  table = "public.t"
  name  = "t_%[1]s_other_idx"
  keys  = [{ column = "b" }, { column = "a" }]
}
`, name))
		workspaces = append(workspaces, c)
		applies = append(applies, c.start("apply", "-no-color", "-input=false", "-auto-approve"))
	}
	for _, r := range applies {
		if output, code := r.wait(); code != 0 {
			t.Errorf("exit code %d\n%s", code, output)
		}
	}
	for _, c := range workspaces {
		c.mustPlanNothing()
	}
	mustLeaveNothing(t, db.Connect(t))
	entries, err := db.Server.Log().Since(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Database == db.Name && strings.Contains(entry.Message, "deadlock") {
			t.Errorf("the server says %s", entry.Message)
		}
	}
}

// More resources of one table than the pool has connections wait for their
// turn, and not for each other.
func TestAccManyResourcesOfOneTable(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text, v varchar(20)); "+rows)
		c := newCLI(t, db)
		c.settings = "  deletion_protection = false\n  lock_deadline = \"30s\""
		var hcl strings.Builder
		for i := range 12 {
			fmt.Fprintf(&hcl, "resource \"pgphase_index\" \"i%[1]d\" {\n  table = \"public.t\"\n  name = \"i%[1]d\"\n  keys = [{ expression = \"a + %[1]d\" }]\n}\n", i)
			fmt.Fprintf(&hcl, "resource \"pgphase_column\" \"c%[1]d\" {\n  table = \"public.t\"\n  name = \"c%[1]d\"\n  type = \"integer\"\n}\n", i)
		}
		c.write(hcl.String())
		c.mustApply("-parallelism=24")
		c.mustPlanNothing()
		mustLeaveNothing(t, db.Connect(t))
	})
}
