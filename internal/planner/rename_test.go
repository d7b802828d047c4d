// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// renamingStep is an apply of a table that is called users and is to be people.
type renamingStep struct {
	action string
	// name and view are the names of the table and of its other one after it.
	name, view schema.Name
	phase      schema.Phase
}

var renamingSteps = map[string]renamingStep{
	"expand":   {"expand", "users", "people", schema.Expand},
	"migrate":  {"migrate", "people", "users", schema.Migrate},
	"contract": {"contract", "people", "", schema.NoPhase},
	"back":     {"back", "users", "", schema.NoPhase},
}

func planRenaming(action string, table schema.Table, ledger bool) (planner.Plan, schema.Table) {
	change := planner.Change{Server: planner.Server{Version: 160000}, Phase: schema.Phase(action), LedgerMissing: !ledger}
	desired := usersTable()
	desired.Indexes = nil
	if action == "back" {
		change.Phase = schema.NoPhase
	} else {
		desired.Name, desired.RenamedFrom = public("people"), users
	}
	prior := usersTable()
	return planner.PlanTable(change, desired, &prior, &table), desired
}

func observedUsers() schema.Table {
	table := usersTable()
	table.Owner = "app"
	table.Grants = []schema.Grant{{Grantee: "reader", Privilege: "SELECT"}}
	return table
}

// TestRenamingJourneys goes through the phases in every order, interrupts each
// step after each of its operations, and goes on in every way.
func TestRenamingJourneys(t *testing.T) {
	t.Parallel()
	walkRenaming(t, observedUsers(), false, "", 4)
}

func walkRenaming(t *testing.T, table schema.Table, ledger bool, trail string, depth int) {
	t.Helper()
	for _, action := range actions {
		open := len(table.Transitions) > 0
		plan, desired := planRenaming(action, table, ledger)
		trail := trail + " " + action
		if refused := action == "contract" && !open; plan.Failed() != refused {
			t.Fatalf("%s: failed is %v\n%s", trail, plan.Failed(), render(plan))
		} else if refused {
			continue
		}
		checkOperations(t, plan.Operations)
		for done := range plan.Operations {
			halfway := applied(t, table, desired, plan.Operations[:done])
			rest, _ := planRenaming(action, halfway, ledger || done > 0)
			if diff := cmp.Diff(statements(plan.Operations[done:]), statements(rest.Operations)); diff != "" {
				t.Errorf("%s after %d operations: -want +got\n%s", trail, done, diff)
			}
		}
		after := applied(t, table, desired, plan.Operations)
		arrived(t, trail, after, renamingSteps[action])
		if diff := cmp.Diff(openNames(plan.Open), openNames(after.Transitions)); diff != "" {
			t.Errorf("open after%s: -planned +got\n%s", trail, diff)
		}
		again, _ := planRenaming(action, after, true)
		if len(again.Operations) > 0 || again.Failed() {
			t.Errorf("%s again:\n%s", trail, render(again))
		}
		if depth > 1 && action != "contract" && action != "back" {
			walkRenaming(t, after, true, trail, depth-1)
		}
	}
}

func arrived(t *testing.T, trail string, table schema.Table, want renamingStep) {
	t.Helper()
	got := renamingStep{action: want.action, name: table.Name.Name}
	for _, d := range table.Dependents {
		got.view = schema.Name(strings.TrimPrefix(d.Name, "public."))
	}
	for _, o := range table.Transitions {
		got.phase = o.Phase
		if o.Table != table.Name || o.OtherName.Name != got.view {
			t.Errorf("%s: the ledger says %s and %s", trail, o.Table, o.OtherName)
		}
	}
	if got != want {
		t.Errorf("%s leads to %+v, want %+v", trail, got, want)
	}
}

func TestRenamingPlans(t *testing.T) {
	t.Parallel()
	table := observedUsers()
	table.Publications = []schema.Name{"everything"}
	keep := func(name, action string) planner.Plan {
		plan, _ := planRenaming(action, table, true)
		golden(t, "rename-table/"+name, shortened(plan))
		return plan
	}
	keep("refused-without-phase", "")
	keep("refused-contract", "contract")
	for _, step := range []string{"expand", "migrate", "contract"} {
		switch step {
		case "migrate":
			keep("roll-back-expand", "back")
		case "contract":
			keep("expand-again", "expand")
			keep("roll-back-migrate", "back")
		}
		table = applied(t, table, usersTable(), keep(step, step).Operations)
	}
}

func TestRenamingRefused(t *testing.T) {
	t.Parallel()
	open := func(phase schema.Phase, table, view schema.Name) func(*schema.Table) {
		return func(t *schema.Table) {
			t.Name = public(table)
			t.Transitions = []schema.OpenTransition{{Name: "r", Kind: schema.TableRenamed, Table: public(table), OtherName: public(view), Phase: phase}}
		}
	}
	for _, c := range []struct {
		name    string
		version int
		observe func(*schema.Table)
		desire  func(*schema.Table)
		want    string
	}{
		{name: "without saying so", desire: func(t *schema.Table) { t.RenamedFrom = schema.QualifiedName{} }, want: `renamed_from = "users"`},
		{name: "from another table", desire: func(t *schema.Table) { t.Name, t.RenamedFrom = public("people"), public("persons") }, want: `renamed_from = "users"`},
		{
			name: "to another schema", want: "SET SCHEMA",
			desire: func(t *schema.Table) {
				t.Name, t.RenamedFrom = schema.QualifiedName{Schema: "app", Name: "users"}, users
			},
		},
		{name: "row security on 14", version: 14, observe: func(t *schema.Table) { t.RowSecurity = true }, want: "row security"},
		{name: "with a new column", desire: add(schema.Column{Name: "new", Type: text, Nullable: true}), want: "column new changes at the same time"},
		{name: "with a removed column", desire: without("plan"), want: "transition of its columns"},
		{
			name: "renamed_from is gone too early", observe: open(schema.Expand, "users", "people"),
			desire: func(t *schema.Table) { t.RenamedFrom = schema.QualifiedName{} }, want: "is open",
		},
		{
			name: "a third name", observe: open(schema.Migrate, "people", "users"),
			desire: func(t *schema.Table) { t.Name, t.RenamedFrom = public("persons"), public("people") }, want: "is open",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			observed, desired, prior := usersTable(), usersTable(), usersTable()
			desired.Name, desired.RenamedFrom = public("people"), users
			if c.observe != nil {
				c.observe(&observed)
			}
			if c.desire != nil {
				c.desire(&desired)
			}
			change := planner.Change{Server: planner.Server{Version: max(c.version, 15) * 10000}, Phase: schema.Expand}
			if c.version == 14 {
				change.Server.Version = 140000
			}
			plan := planner.PlanTable(change, desired, &prior, &observed)
			if !plan.Failed() || len(plan.Operations) > 0 || !strings.Contains(render(plan), c.want) {
				t.Errorf("%s is missing in:\n%s", c.want, render(plan))
			}
		})
	}
}

// Where the table has its new name and no transition is open, it is over.
func TestRenamingIsOver(t *testing.T) {
	t.Parallel()
	observed, desired := usersTable(), usersTable()
	observed.Name, desired.Name, desired.RenamedFrom = public("people"), public("people"), users
	for _, phase := range []schema.Phase{schema.NoPhase, schema.Expand, schema.Contract} {
		plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 160000}, Phase: phase}, desired, &observed, &observed)
		if len(plan.Operations) > 0 || len(plan.Findings) > 0 {
			t.Errorf("%q:\n%s", phase, render(plan))
		}
	}
	if plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 160000}}, desired, nil, nil); plan.Failed() || len(plan.Operations) != 1 {
		t.Errorf("a new table:\n%s", render(plan))
	}
}
