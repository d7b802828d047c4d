// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// TestDeclared takes the observed table for the state: at each phase it is what
// the configuration says, so that no refresh reports drift.
func TestDeclared(t *testing.T) {
	t.Parallel()
	for _, c := range transitionCases {
		j := newJourney(t, c)
		for _, action := range []string{"expand", "migrate", "expand", "migrate", "contract"} {
			j = j.after(action, j.plan(action).Operations)
			j.state = j.end
			got := planner.Declared(j.end, j.table)
			got.Transitions, got.Triggers = nil, nil
			owned := slices.DeleteFunc(slices.Clone(got.Columns), func(c schema.Column) bool { return j.end.Column(c.Name) == nil })
			got.Columns = owned
			got.Checks = slices.DeleteFunc(slices.Clone(got.Checks), func(c schema.Check) bool { return j.end.Check(c.Name) == nil })
			got.Uniques = slices.DeleteFunc(slices.Clone(got.Uniques), func(k schema.Key) bool { return j.end.Unique(k.Name) == nil })
			if diff := cmp.Diff(stripped(j.end), stripped(got)); diff != "" {
				t.Errorf("%s after%s: -want +got\n%s", c.name, j.trail, diff)
			}
		}
	}
}

func TestRetained(t *testing.T) {
	t.Parallel()
	table := usersTable()
	all(add(namedColumn), add(nameOnly), opened(openNick), opened(schema.OpenTransition{Kind: schema.ColumnRemoved, Old: []schema.Name{"email"}}))(&table)
	if diff := cmp.Diff([]string{"column public.users.email", "column public.users.name"}, planner.Retained(table)); diff != "" {
		t.Error(diff)
	}
	for phase, want := range map[schema.Phase]string{schema.Expand: "name public.users", schema.Migrate: "view public.clients"} {
		table := usersTable()
		opened(schema.OpenTransition{Kind: schema.TableRenamed, Table: users, OtherName: public("clients"), Phase: phase})(&table)
		if diff := cmp.Diff([]string{want}, planner.Retained(table)); diff != "" {
			t.Errorf("%s: %s", phase, diff)
		}
	}
}

// A ledger that was lost is made again from what the trigger told.
func TestTransitionRecovered(t *testing.T) {
	t.Parallel()
	for _, c := range transitionCases {
		j := newJourney(t, c)
		j = j.after("expand", j.plan("expand").Operations)
		j.state = j.end
		for i := range j.table.Transitions {
			j.table.Transitions[i].Recovered = true
		}
		j.ledger = false
		if plan := j.plan("expand"); c.before != nil && (len(plan.Operations) < 2 || !planner.CreatesLedger(plan.Operations[0])) {
			t.Errorf("%s:\n%s", c.name, render(plan))
		}
		j = j.after("contract", j.plan("contract").Operations)
		j.settled(j.end)
	}
}

// Another default or expression reaches the trigger as long as no row was
// filled by the old one.
func TestTransitionRedefined(t *testing.T) {
	t.Parallel()
	observed, desired := usersTable(), usersTable()
	all(add(namedColumn), add(nameOnly), opened(openNick))(&observed)
	plan := func(change func(*schema.Column)) []string {
		column := nameOnly
		column.Replaces = replaced(nil, nil, "name")
		change(&column)
		wanted := desired
		add(column)(&wanted)
		p := planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}, Phase: schema.Expand}, wanted, &wanted, &observed)
		if p.Failed() {
			t.Fatal(render(p))
		}
		var texts []string
		for _, o := range p.Operations {
			for _, s := range o.Statements {
				words := strings.Fields(s)
				texts = append(texts, strings.Join(words[:2], " "))
			}
		}
		return texts
	}
	for _, c := range []struct {
		name   string
		change func(*schema.Column)
		want   []string
	}{
		{"the same", func(*schema.Column) {}, nil},
		{"default", func(c *schema.Column) { c.Default = expr("'x'", schema.Immutable) }, []string{"CREATE OR", "COMMENT ON", "INSERT INTO"}},
		{"up", func(c *schema.Column) { c.Replaces.Up = expr("lower(name)", schema.Immutable) }, []string{
			"DROP TRIGGER", "DROP TRIGGER", "DROP FUNCTION", "DROP SEQUENCE", "ALTER TABLE", "CREATE SEQUENCE", "COMMENT ON", "GRANT USAGE",
			"CREATE FUNCTION", "CREATE TRIGGER", "CREATE TRIGGER", "COMMENT ON", "INSERT INTO",
		}},
	} {
		if diff := cmp.Diff(c.want, plan(c.change)); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// A table that goes takes its transitions along.
func TestPlanTableDropEndsTransitions(t *testing.T) {
	t.Parallel()
	table := usersTable()
	all(add(namedColumn), add(nameOnly), opened(openNick),
		opened(schema.OpenTransition{Name: "r", Kind: schema.TableRenamed, Table: users, OtherName: public("people"), Phase: schema.Expand}),
		dependent("trigger", `"~nick" ON public.users`, true, "name", "nick"), dependent("view", "public.people", true, "name"))(&table)
	plan := planner.PlanTableDrop(planner.Change{}, table)
	if plan.Failed() || len(plan.Operations) != 1 {
		t.Fatal(render(plan))
	}
	checkOperations(t, plan.Operations)
	golden(t, "drop-table/in-transition", plan)
}

// Without verify, contract drops unseen; with it, reading comes first.
func TestSkipVerify(t *testing.T) {
	t.Parallel()
	j := newJourney(t, transitionCases[0])
	j = j.after("migrate", j.plan("migrate").Operations)
	for _, skip := range []bool{false, true} {
		change := j.change(schema.Contract)
		change.SkipVerify = skip
		plan := planner.PlanTable(change, j.end, &j.end, &j.table)
		if verifies := plan.Operations[0].Class == planner.Verify; verifies == skip {
			t.Errorf("skip %v:\n%s", skip, render(plan))
		}
		if !slices.ContainsFunc(plan.Findings, func(f planner.Finding) bool { return f.Hazard == hazard.ColumnDropDeletesData }) {
			t.Errorf("nothing is said of the values:\n%s", render(plan))
		}
	}
}
