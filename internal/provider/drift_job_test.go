// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// The job of the guide "Drift" tells by its exit code whether something differs,
// and a role that may only read is enough for it.
func TestAccDriftJob(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.write(driftTables)
	c.mustApply()

	const job = "plan -no-color -detailed-exitcode -input=false -lock=false -out=drift.plan"
	run := func(want int) string {
		t.Helper()
		output, code := c.run(strings.Fields(job)...)
		if code != want {
			t.Errorf("exit code %d, want %d\n%s", code, want, output)
		}
		return output
	}
	run(0)
	db.Exec(t, "ALTER TABLE orders ADD extra int")
	run(0) // left alone, and named
	db.Exec(t, "ALTER TABLE orders ALTER user_id SET DEFAULT 1")
	if output := run(2); !strings.Contains(output, "column user_id was changed by somebody else") {
		t.Error(output)
	}
	c.settings = `  drift = { changed = "error" }`
	c.write(driftTables)
	run(1)
	c.settings = ""
	c.write(driftTables)
	c.mustApply()
	run(0)
	if output, code := c.run("plan", "-no-color", "-input=false", "-refresh-only"); code != 0 || !strings.Contains(output, "No changes.") {
		t.Errorf("exit code %d\n%s", code, output)
	}
}
