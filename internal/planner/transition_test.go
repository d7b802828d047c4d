// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// journey is one database with the transitions of a case.
type journey struct {
	transitionCase
	t          *testing.T
	start, end schema.Table
	// table is what the server has, state what the last apply declared.
	table, state schema.Table
	ledger       bool
	trail        string
}

func newJourney(t *testing.T, c transitionCase) journey {
	t.Helper()
	start, end := c.tables()
	return journey{transitionCase: c, t: t, start: start, end: end, table: start, state: start}
}

func (j journey) change(phase schema.Phase) planner.Change {
	return planner.Change{Server: planner.Server{Version: j.version * 10000}, Phase: phase, LedgerMissing: !j.ledger}
}

// declared is the configuration of an action.
func (j journey) declared(action string) schema.Table {
	if action == "back" {
		declared := j.start
		declared.Indexes = nil
		return declared
	}
	return j.end
}

func (j journey) plan(action string) planner.Plan {
	phase := schema.Phase(action)
	if action == "back" {
		phase = schema.NoPhase
	}
	return planner.PlanTable(j.change(phase), j.declared(action), &j.state, &j.table)
}

// after is the journey with some of the operations of an action run.
func (j journey) after(action string, operations []planner.Operation) journey {
	j.t.Helper()
	j.table = applied(j.t, j.table, j.declared(action), operations)
	j.ledger = j.ledger || slices.ContainsFunc(operations, planner.CreatesLedger)
	j.trail += " " + action
	return j
}

// settled compares with a table that never knew a transition.
func (j journey) settled(want schema.Table) {
	j.t.Helper()
	if diff := cmp.Diff(stripped(want), stripped(j.table)); diff != "" {
		j.t.Errorf("after%s: -want +got\n%s", j.trail, diff)
	}
}

// stripped leaves out what has no meaning for the comparison.
func stripped(t schema.Table) schema.Table {
	result := schema.Table{PrimaryKey: t.PrimaryKey, Transitions: t.Transitions, Triggers: t.Triggers}
	for _, c := range t.Columns {
		c.Position, c.Replaces, c.Conversion, c.NotNull = 0, nil, nil, nil
		result.Columns = append(result.Columns, c)
	}
	slices.SortFunc(result.Columns, func(a, b schema.Column) int { return strings.Compare(string(a.Name), string(b.Name)) })
	result.Uniques = slices.SortedFunc(slices.Values(t.Uniques), func(a, b schema.Key) int { return strings.Compare(string(a.Name), string(b.Name)) })
	for _, c := range t.Checks {
		result.Checks = append(result.Checks, schema.Check{Name: c.Name, Expression: schema.Expression{Text: c.Expression.Text}, NotValid: c.NotValid})
	}
	slices.SortFunc(result.Checks, func(a, b schema.Check) int { return strings.Compare(string(a.Name), string(b.Name)) })
	for _, c := range result.Columns {
		if c.Default != nil {
			c.Default.Volatility = ""
		}
	}
	if len(result.Transitions) == 0 {
		result.Transitions = nil
	}
	if len(result.Triggers) == 0 {
		result.Triggers = nil
	}
	return result
}

var actions = []string{"expand", "migrate", "contract", "back"}

// TestTransitionJourneys goes through all phases in every order, interrupts each
// apply after each of its operations, and goes on from there in every way:
// contract ends where a rebuild would have, a roll-back where all began.
func TestTransitionJourneys(t *testing.T) {
	t.Parallel()
	for _, c := range transitionCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			newJourney(t, c).walk(3)
		})
	}
}

func (j journey) walk(depth int) {
	j.t.Helper()
	for _, action := range actions {
		next, done := j.act(action)
		if !done {
			continue
		}
		switch {
		case action == "contract":
			next.settled(j.end)
			next.isOver()
		case action == "back":
			next.settled(j.start)
		case depth > 1:
			next.walk(depth - 1)
		}
	}
}

// act plans and applies an action, with all interruptions.
func (j journey) act(action string) (journey, bool) {
	j.t.Helper()
	plan := j.plan(action)
	if diff := cmp.Diff(plan, j.plan(action)); diff != "" {
		j.t.Errorf("the second plan of%s %s differs:\n%s", j.trail, action, diff)
	}
	if plan.Failed() {
		if action != "contract" || len(j.table.Transitions) > 0 {
			j.t.Fatalf("refused:%s %s\n%s", j.trail, action, render(plan))
		}
		return j, false
	}
	checkOperations(j.t, plan.Operations)
	next := j.after(action, plan.Operations)
	for done := range plan.Operations {
		halfway := j.after(action, plan.Operations[:done])
		halfway.trail += "(interrupted)"
		halfway.resume(action, next, plan.Operations[done:])
	}
	if diff := cmp.Diff(openNames(plan.Open), openNames(next.table.Transitions)); diff != "" {
		j.t.Errorf("open after%s: -planned +got\n%s", next.trail, diff)
	}
	next.state = next.declared(action)
	if rest := next.plan(action); len(rest.Operations) > 0 || rest.Failed() {
		j.t.Errorf("left to do after%s:\n%s", next.trail, render(rest))
	}
	return next, true
}

func openNames(transitions []schema.OpenTransition) []string {
	names := []string{}
	for _, t := range transitions {
		names = append(names, string(t.Name)+" "+string(t.Phase))
	}
	slices.Sort(names)
	return names
}

// resume goes on from the middle of an apply: with the same action to the same
// end, by the rest of its operations, with contract to the end where something
// was begun, and back to the start.
func (j journey) resume(action string, want journey, rest []planner.Operation) {
	j.t.Helper()
	plan := j.plan(action)
	if plan.Failed() {
		j.t.Fatalf("refused:%s\n%s", j.trail, render(plan))
	}
	if diff := cmp.Diff(sqlWithoutRepeats(rest), sqlWithoutRepeats(plan.Operations)); diff != "" {
		j.t.Errorf("after%s: -want +got\n%s", j.trail, diff)
	}
	j.after(action, plan.Operations).settled(want.table)
	for _, other := range []string{"contract", "back"} {
		if len(j.table.Transitions) == 0 || other == action {
			continue
		}
		plan := j.plan(other)
		if plan.Failed() {
			j.t.Fatalf("refused:%s %s\n%s", j.trail, other, render(plan))
		}
		end := j.end
		if other == "back" {
			end = j.start
		}
		j.after(other, plan.Operations).settled(end)
	}
}

// sqlWithoutRepeats leaves out what cannot be seen to have been done: a backfill,
// a comparison and an ANALYZE run again.
func sqlWithoutRepeats(operations []planner.Operation) []string {
	var texts []string
	for _, o := range operations {
		if o.Class != planner.Batch && o.Class != planner.Verify && !o.Effect.Samples {
			texts = append(texts, string(o.Phase)+" "+o.SQL())
		}
	}
	return texts
}

// isOver plans the same configuration again, in every phase and without one.
func (j journey) isOver() {
	j.t.Helper()
	j.state = j.end
	for _, phase := range []schema.Phase{schema.NoPhase, schema.Expand, schema.Migrate, schema.Contract} {
		if plan := planner.PlanTable(j.change(phase), j.end, &j.state, &j.table); len(plan.Operations) > 0 || len(plan.Findings) > 0 {
			j.t.Errorf("%q after the end:\n%s", phase, render(plan))
		}
	}
}
