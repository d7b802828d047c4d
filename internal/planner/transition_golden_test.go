// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// shortened leaves the text of ledger and triggers to the tests of package ddl.
func shortened(plan planner.Plan) planner.Plan {
	plan.Operations = slices.Clone(plan.Operations)
	for i, o := range plan.Operations {
		var statements []string
		for _, s := range o.Statements {
			first, _, more := strings.Cut(s, "\n")
			if more && !strings.HasPrefix(s, "UPDATE ONLY") && !strings.HasPrefix(s, "SELECT") && !strings.HasPrefix(s, "CREATE VIEW") {
				s = first + " ..."
			}
			statements = append(statements, s)
		}
		if planner.CreatesLedger(o) {
			statements = []string{statements[0], "..."}
		}
		plan.Operations[i].Statements = statements
	}
	return plan
}

// TestTransitionPlans keeps the complete plans of each phase: what a reviewer
// reads.
func TestTransitionPlans(t *testing.T) {
	t.Parallel()
	for _, c := range transitionCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := newJourney(t, c)
			keep := func(name string, plan planner.Plan) {
				t.Helper()
				golden(t, "transition/"+c.name+"/"+name, shortened(plan))
			}
			keep("refused-without-phase", j.plan(""))
			keep("refused-contract", j.plan("contract"))
			for i, action := range []string{"expand", "migrate", "contract"} {
				if action == "contract" {
					keep("4-expand-again", j.plan("expand"))
					keep("5-roll-back", j.plan("back"))
				}
				plan := j.plan(action)
				keep([]string{"1-expand", "2-migrate", "3-contract"}[i], plan)
				j = j.after(action, plan.Operations)
				j.state = j.end
			}
		})
	}
}

// TestTransitionPhases holds which phase each operation belongs to.
func TestTransitionPhases(t *testing.T) {
	t.Parallel()
	for _, c := range transitionCases {
		j := newJourney(t, c)
		j.ledger = true
		change := j.change(schema.NoPhase)
		change.SingleStep = true
		plan := planner.PlanTable(change, j.end, &j.state, &j.table)
		if plan.Failed() {
			t.Errorf("%s in a single step:\n%s", c.name, render(plan))
		}
		var last int
		for _, o := range plan.Operations {
			at := slices.Index(schema.Phases, o.Phase)
			if at < last {
				t.Errorf("%s: %q after %q:\n%s", c.name, o.Phase, schema.Phases[last], render(plan))
			}
			last = max(at, last)
		}
		j.after("single step", plan.Operations).settled(j.end)
	}
}
