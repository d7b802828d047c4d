// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// The guide about hazards lists for each id the tests that call fires and
// silent with it: it reads their calls.

// fires fails unless the plan raises the hazard in the way that the catalog
// says.
func fires(t *testing.T, id hazard.ID, plan planner.Plan) {
	t.Helper()
	h, known := hazard.Lookup(id)
	if !known {
		t.Fatalf("there is no hazard %s", id)
	}
	if slices.Contains(h.Stages, hazard.Operations) && !slices.ContainsFunc(plan.Operations, func(o planner.Operation) bool { return slices.Contains(o.Hazards, id) }) &&
		!slices.ContainsFunc(plan.Findings, func(f planner.Finding) bool { return f.Hazard == id && f.Severity == hazard.Error }) {
		t.Errorf("%s is in no operation:\n%s", id, render(plan))
	}
	found := findingsOf(id, plan)
	if slices.Contains(h.Stages, hazard.Plan) && len(found) == 0 {
		t.Errorf("%s is not raised:\n%s", id, render(plan))
	}
	for _, f := range found {
		if f.Severity > h.Severity || h.Fixed && !f.Refusal {
			t.Errorf("%s is of severity %s (refusal: %t), the catalog says %s (fixed: %t)", id, f.Severity, f.Refusal, h.Severity, h.Fixed)
		}
		if !strings.Contains(f.Summary, "public.") && !strings.Contains(f.Summary, "users") || f.Detail == "" {
			t.Errorf("%s does not name its object, or does not explain itself: %q, %q", id, f.Summary, f.Detail)
		}
	}
}

// silent fails if the plan raises the hazard in any way, or if there is nothing
// that could.
func silent(t *testing.T, id hazard.ID, plan planner.Plan) {
	t.Helper()
	if found := findingsOf(id, plan); len(found) > 0 {
		t.Errorf("%s is raised: %s", id, found[0].Summary)
	}
	for _, o := range plan.Operations {
		if slices.Contains(o.Hazards, id) {
			t.Errorf("%s comes with %s", id, o.SQL())
		}
	}
	if len(plan.Operations) == 0 {
		t.Errorf("%s: nothing is planned that could raise it:\n%s", id, render(plan))
	}
}

// findingsOf are the findings of a plan about a hazard, and those that the data
// would decide.
func findingsOf(id hazard.ID, plan planner.Plan) []planner.Finding {
	all := slices.Clone(plan.Findings)
	for _, probe := range plan.Probes {
		all = append(all, probe.Finding)
	}
	return slices.DeleteFunc(all, func(f planner.Finding) bool { return f.Hazard != id })
}

// altered plans a change of the users table, with all that is said beside it.
func altered(version int, before, after func(*schema.Table)) planner.Plan {
	c := tableCase{version: version, before: before, after: after}
	observed, desired := c.tables()
	plan := planner.PlanTable(c.change(), desired, c.prior(), &observed)
	plan.Findings = append(plan.Findings, planner.AdviseTable(desired, &observed)...)
	return plan
}

// created plans the users table as a new one.
func created(after func(*schema.Table)) planner.Plan {
	_, desired := tableCase{after: after}.tables()
	plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}}, desired, nil, nil)
	plan.Findings = append(plan.Findings, planner.AdviseTable(desired, nil)...)
	return plan
}

// destroyed plans the end of the users table.
func destroyed(before func(*schema.Table)) planner.Plan {
	observed, _ := tableCase{before: before}.tables()
	return planner.PlanTableDrop(planner.Change{Server: planner.Server{Version: 170000}}, observed)
}

// columnDropped plans the end of one column.
func columnDropped(name schema.Name, before func(*schema.Table)) planner.Plan {
	observed, _ := tableCase{before: before}.tables()
	return planner.PlanColumnDrop(planner.Change{Server: planner.Server{Version: 170000}}, observed, *observed.Column(name))
}

// phased plans a transition of the users table up to a phase, all at once.
func phased(version int, phase schema.Phase, before, after func(*schema.Table)) planner.Plan {
	observed, desired := transitionCase{before: before, after: after}.tables()
	change := planner.Change{Server: planner.Server{Version: version * 10000}, Phase: phase, SingleStep: true, LedgerMissing: true}
	return planner.PlanTable(change, desired, &observed, &observed)
}

// retyped plans another type of the column "value".
func retyped(from, to string, have func(*schema.Table), elsewhere bool) planner.Plan {
	return typeCase{from: from, to: to, have: have, elsewhere: elsewhere}.plan()
}

// keyChanged plans a change of keys.
func keyChanged(have, want func(*schema.Table)) planner.Plan {
	return altered(15, have, want)
}

// indexed plans an index of the users table, with all that is said beside it.
func indexed(version int, before func(*schema.Table), desired schema.Index, there ...schema.Index) planner.Plan {
	c := indexCase{version: version, before: before, there: there, desired: &desired}
	plan := c.plan()
	table := usersTable()
	table.Indexes = append(table.Indexes, there...)
	plan.Findings = append(plan.Findings, planner.AdviseIndex(table, desired, nil)...)
	return plan
}

// unindexed plans the end of an index.
func unindexed(before func(*schema.Table), there schema.Index) planner.Plan {
	return indexCase{before: before, there: []schema.Index{there}, observed: there.Name.Name}.plan()
}

// referring plans a new foreign key of the users table.
func referring(version int, before func(*schema.Table), desired schema.ForeignKey) planner.Plan {
	table := usersTable()
	if before != nil {
		before(&table)
	}
	plan := planner.PlanForeignKey(planner.Change{Server: planner.Server{Version: version * 10000}}, table, desired, nil)
	plan.Findings = append(plan.Findings, planner.AdviseForeignKey(desired, nil)...)
	return plan
}
