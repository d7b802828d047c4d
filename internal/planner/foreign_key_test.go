// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func planKeyOf(changes ...func(*schema.ForeignKey)) schema.ForeignKey {
	fk := schema.ForeignKey{
		Table: users, Name: "users_plan_fkey", Columns: []schema.Name{"plan"},
		References: inPublic("plans"), ReferencedColumns: []schema.Name{"name"},
	}
	for _, change := range changes {
		change(&fk)
	}
	return fk
}

func fkNamed(name schema.Name) func(*schema.ForeignKey) {
	return func(f *schema.ForeignKey) { f.Name = name }
}

func cascades(f *schema.ForeignKey)    { f.OnDelete = schema.Cascade }
func matchesFull(f *schema.ForeignKey) { f.MatchFull = true }
func deferrs(f *schema.ForeignKey)     { f.Deferrable = true }
func notValid(f *schema.ForeignKey)    { f.NotValid = true }
func inherited(f *schema.ForeignKey)   { f.Inherited = true }

func toItself(f *schema.ForeignKey) {
	f.References, f.ReferencedColumns = users, []schema.Name{"email"}
}

func wantKey(changes ...func(*schema.ForeignKey)) *schema.ForeignKey {
	return new(planKeyOf(changes...))
}

var (
	newFKName = schema.DerivedName("new", "public", "users_plan_fkey")
	oldFKName = schema.DerivedName("old", "public", "users_plan_fkey")
)

type foreignKeyCase struct {
	name     string
	version  int
	before   func(*schema.Table)
	there    []schema.ForeignKey
	desired  *schema.ForeignKey
	observed schema.Name
	phase    schema.Phase
	refused  bool
}

var foreignKeyCases = []foreignKeyCase{
	{name: "add", desired: wantKey(func(f *schema.ForeignKey) {
		f.Columns, f.ReferencedColumns = []schema.Name{"plan", "email"}, []schema.Name{"name", "mail"}
		f.MatchFull, f.OnUpdate, f.Comment = true, schema.Cascade, "which plan"
		f.OnDelete, f.OnDeleteColumns = schema.SetNull, []schema.Name{"plan"}
		f.Deferrable, f.InitiallyDeferred = true, true
	})},
	{name: "add-indexed", before: withIndex(func(i *schema.Index) { i.Keys = []schema.IndexKey{{Column: "plan"}, {Column: "id"}} }), desired: wantKey()},
	{name: "add-to-itself", desired: wantKey(toItself)},
	{name: "add-columns-14", version: 14, refused: true, desired: wantKey(func(f *schema.ForeignKey) {
		f.OnDelete, f.OnDeleteColumns = schema.SetNull, []schema.Name{"plan"}
	})},
	{name: "add-uneven", refused: true, desired: wantKey(func(f *schema.ForeignKey) { f.Columns = []schema.Name{"plan", "email"} })},
	{name: "add-interrupted", there: []schema.ForeignKey{planKeyOf(notValid)}, desired: wantKey()},
	{name: "taken-over", there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(func(f *schema.ForeignKey) { f.Comment = "which plan" })},
	{name: "taken-by-another", refused: true, there: []schema.ForeignKey{planKeyOf(cascades)}, desired: wantKey()},
	{name: "taken-by-a-check", refused: true, desired: wantKey(fkNamed("users_email_check"))},
	{name: "validate", there: []schema.ForeignKey{planKeyOf(notValid)}, desired: wantKey(), observed: "users_plan_fkey"},
	{name: "redefine", there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "redefine-to-another-table", there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(func(f *schema.ForeignKey) { f.References = inPublic("tariffs") }), observed: "users_plan_fkey"},
	{name: "redefine-added", there: []schema.ForeignKey{planKeyOf(), planKeyOf(cascades, notValid, fkNamed(newFKName))}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "redefine-proven", there: []schema.ForeignKey{planKeyOf(), planKeyOf(cascades, fkNamed(newFKName))}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "redefine-added-for-another-wish", there: []schema.ForeignKey{planKeyOf(), planKeyOf(toItself, fkNamed(newFKName))}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "redefine-given-up", there: []schema.ForeignKey{planKeyOf(), planKeyOf(cascades, notValid, fkNamed(newFKName))}, desired: wantKey(), observed: "users_plan_fkey"},
	{name: "phase/expand", phase: schema.Expand, there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(cascades, func(f *schema.ForeignKey) { f.Comment = "which plan" }), observed: "users_plan_fkey"},
	{name: "phase/expand-added", phase: schema.Expand, there: []schema.ForeignKey{planKeyOf(), planKeyOf(cascades, notValid, fkNamed(newFKName))}, desired: wantKey(cascades, deferrs), observed: "users_plan_fkey"},
	{name: "phase/migrate", phase: schema.Migrate, there: []schema.ForeignKey{planKeyOf(), planKeyOf(cascades, notValid, fkNamed(newFKName))}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "phase/contract", phase: schema.Contract, there: []schema.ForeignKey{planKeyOf(cascades), planKeyOf(fkNamed(oldFKName))}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "phase/contract-migrates-first", phase: schema.Contract, there: []schema.ForeignKey{planKeyOf(), planKeyOf(cascades, notValid, fkNamed(newFKName))}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "phase/contract-not-expanded", phase: schema.Contract, refused: true, there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "phase/back-to-expand", phase: schema.Expand, there: []schema.ForeignKey{planKeyOf(cascades), planKeyOf(fkNamed(oldFKName))}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "phase/taken-back", phase: schema.Contract, there: []schema.ForeignKey{planKeyOf(cascades), planKeyOf(fkNamed(oldFKName))}, desired: wantKey(), observed: "users_plan_fkey"},
	{name: "phase/third-definition", phase: schema.Migrate, refused: true, there: []schema.ForeignKey{planKeyOf(cascades), planKeyOf(fkNamed(oldFKName))}, desired: wantKey(toItself), observed: "users_plan_fkey"},
	{name: "phase/and-rename", phase: schema.Expand, refused: true, there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(cascades, fkNamed("plan_fkey")), observed: "users_plan_fkey"},
	{name: "phase/retained-unset", before: retains, refused: true, there: []schema.ForeignKey{planKeyOf(func(f *schema.ForeignKey) { f.Columns = []schema.Name{"email"} })}, desired: wantKey(), observed: "users_plan_fkey"},
	{name: "phase/partitioned-17-expand", phase: schema.Expand, version: 17, before: partitioned, there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(matchesFull), observed: "users_plan_fkey"},
	{name: "phase/partitioned-17-migrate", phase: schema.Migrate, version: 17, before: partitioned, there: []schema.ForeignKey{planKeyOf(), planKeyOf(cascades, fkNamed(newFKName))}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "phase/partitioned-17-given-up", version: 17, before: all(partitioned, func(t *schema.Table) {
		t.Partitions[0].ForeignKeys = []schema.ForeignKey{planKeyOf(inherited), planKeyOf(cascades, notValid, fkNamed(newFKName))}
	}), there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(), observed: "users_plan_fkey"},
	{name: "enforce", version: 18, there: []schema.ForeignKey{planKeyOf(func(f *schema.ForeignKey) { f.NotEnforced, f.NotValid = true, true })}, desired: wantKey(), observed: "users_plan_fkey"},
	{name: "rename-and-defer", there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(deferrs, fkNamed("plan_fkey")), observed: "users_plan_fkey"},
	{name: "not-deferrable", there: []schema.ForeignKey{planKeyOf(deferrs)}, desired: wantKey(), observed: "users_plan_fkey"},
	{name: "rename-to-a-taken-name", refused: true, there: []schema.ForeignKey{planKeyOf()}, desired: wantKey(fkNamed("users_email_check")), observed: "users_plan_fkey"},
	{name: "inherited", refused: true, there: []schema.ForeignKey{planKeyOf(inherited)}, desired: wantKey(cascades), observed: "users_plan_fkey"},
	{name: "drop", there: []schema.ForeignKey{planKeyOf(), planKeyOf(cascades, fkNamed(newFKName))}, observed: "users_plan_fkey"},
	{name: "drop-to-itself", there: []schema.ForeignKey{planKeyOf(toItself)}, observed: "users_plan_fkey"},
	{name: "drop-inherited", refused: true, there: []schema.ForeignKey{planKeyOf(inherited)}, observed: "users_plan_fkey"},
	{name: "partitioned-17", version: 17, before: partitioned, desired: wantKey()},
	{name: "partitioned-17-interrupted", version: 17, before: all(partitioned, func(t *schema.Table) {
		t.Partitions[0].ForeignKeys = []schema.ForeignKey{planKeyOf()}
		t.Partitions[1].Partitions[0].ForeignKeys = []schema.ForeignKey{planKeyOf(notValid, fkNamed("own"))}
	}), desired: wantKey()},
	{name: "partitioned-17-empty", version: 17, before: all(partitioned, func(t *schema.Table) { t.Partitions = nil }), desired: wantKey()},
	{name: "partitioned-18", version: 18, before: partitioned, desired: wantKey()},
	{name: "partitioned-drop", before: partitioned, there: []schema.ForeignKey{planKeyOf()}, observed: "users_plan_fkey"},
}

func (c foreignKeyCase) plan() planner.Plan {
	table := usersTable()
	if c.before != nil {
		c.before(&table)
	}
	table.ForeignKeys = c.there
	version := 15
	if c.version != 0 {
		version = c.version
	}
	change := planner.Change{Server: planner.Server{Version: version * 10000}, Phase: c.phase}
	var observed *schema.ForeignKey
	if c.observed != "" {
		observed = table.ForeignKey(c.observed)
	}
	if c.desired == nil {
		return planner.PlanForeignKeyDrop(change, table, *observed)
	}
	return planner.PlanForeignKey(change, table, *c.desired, observed)
}

func TestPlanForeignKey(t *testing.T) {
	t.Parallel()
	for _, c := range foreignKeyCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := c.plan()
			golden(t, "foreign-key/"+c.name, plan)
			checkOperations(t, plan.Operations)
			if plan.Failed() != c.refused || c.refused != (len(plan.Operations) == 0) {
				t.Errorf("failed is %t with %d operations", plan.Failed(), len(plan.Operations))
			}
			if diff := cmp.Diff(plan, c.plan()); diff != "" {
				t.Errorf("planned twice: %s", diff)
			}
		})
	}
}

func TestPlanForeignKeyWithoutChange(t *testing.T) {
	t.Parallel()
	for _, c := range foreignKeyCases {
		if c.desired == nil || c.refused {
			continue
		}
		table := usersTable()
		table.ForeignKeys = []schema.ForeignKey{*c.desired}
		plan := planner.PlanForeignKey(planner.Change{Server: planner.Server{Version: 180000}}, table, *c.desired, c.desired)
		if len(plan.Operations) > 0 {
			t.Errorf("%s: %s", c.name, render(plan))
		}
	}
}

func TestForeignKeyFindings(t *testing.T) {
	t.Parallel()
	table := usersTable()
	plans := schema.Table{
		Name:    inPublic("plans"),
		Columns: []schema.Column{{Name: "name", Type: typeOf("character varying(20)")}, {Name: "number", Type: bigint}},
		Uniques: []schema.Key{{Name: "plans_name_key", Columns: []schema.Name{"name"}}},
	}
	for _, c := range []struct {
		name   string
		column schema.Name
		to     schema.Name
		want   []string
	}{
		{"another type", "plan", "name", []string{"compares different types"}},
		{"no key", "plan", "number", []string{"Cannot add", "compares different types"}},
		{"no key of the same type", "id", "number", []string{"Cannot add"}},
	} {
		fk := planKeyOf(func(f *schema.ForeignKey) {
			f.Columns, f.ReferencedColumns = []schema.Name{c.column}, []schema.Name{c.to}
		})
		findings := planner.ForeignKeyFindings(table, plans, fk)
		if len(findings) != len(c.want) {
			t.Errorf("%s: %+v", c.name, findings)
			continue
		}
		for i, f := range findings {
			if !strings.Contains(f.Summary, c.want[i]) {
				t.Errorf("%s: %q does not contain %q", c.name, f.Summary, c.want[i])
			}
		}
	}
	fk := planKeyOf(func(f *schema.ForeignKey) { f.ReferencedColumns = nil })
	if findings := planner.ForeignKeyFindings(table, plans, fk); len(findings) != 1 || findings[0].Severity != hazard.Error {
		t.Errorf("a table without a primary key is referenced by none: %+v", findings)
	}
}
