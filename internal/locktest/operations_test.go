// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Each operation takes the locks and has the effect that are declared; after
// each one the plan is the rest, and after the last one it is empty.
func TestDeclaredIsObserved(t *testing.T) {
	t.Parallel()
	cases := slices.Concat(indexCases, keyCases, foreignKeyCases, typeCases, tableCases, partitionCases)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		// One after the other in one database: making a hundred of them takes
		// longer than all else.
		db := server.Database(t)
		for _, c := range cases {
			if c.runsOn(server.Major) {
				t.Run(c.name, func(t *testing.T) { newBench(t, db, c).run() })
			}
		}
	})
}

func (b *bench) run() {
	t := b.t
	plan := b.planNow()
	refused := false
	for _, f := range plan.Findings {
		if f.Hazard == "" && f.Severity == hazard.Error {
			refused = true
			t.Errorf("refused: %s\n%s", f.Summary, f.Detail)
		}
	}
	if refused {
		return
	}
	if len(plan.Operations) == 0 {
		t.Fatalf("nothing to do: %+v", plan.Findings)
	}
	rest := plan.Operations
	for i := range plan.Operations {
		declared := b.expand(plan.Operations[i].Locks)
		seen := b.observe(plan.Operations[i])
		if b.change.Server.Major() == 14 {
			for _, name := range b.weakerIn14 {
				table := schema.QualifiedName{Schema: "public", Name: name}
				seen.tables[table] = max(seen.tables[table], declared[table])
			}
		}
		compare(t, plan.Operations[i], declared, seen)
		rest = rest[1:]
		again := b.planNow()
		if b.restarts == "" || len(rest) == 0 {
			if diff := cmp.Diff(statementsOf(rest), statementsOf(again.Operations)); diff != "" {
				t.Errorf("after %d of %d operations (%s) the plan is not the rest: -rest +planned\n%s",
					i+1, len(plan.Operations), strings.Join(plan.Operations[i].Statements, "; "), diff)
			}
		}
	}
}
