// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// A constraint that is declared NOT VALID is not proven and not asked about,
// whether it is added, redefined or there already.
func TestNotValidIsNotProven(t *testing.T) {
	t.Parallel()
	change := planner.Change{Server: planner.Server{Version: 170000}}
	check := func(text string, notValid bool) schema.Check {
		return schema.Check{Name: "c", Expression: *expr(text, schema.Immutable), Columns: []schema.Name{"email"}, NotValid: notValid}
	}
	for name, test := range map[string]struct {
		observed []schema.Check
		want     int
	}{
		"added":     {nil, 1},
		"there":     {[]schema.Check{check("email <> 'x'", true)}, 0},
		"proven":    {[]schema.Check{check("email <> 'x'", false)}, 0},
		"redefined": {[]schema.Check{check("email <> 'y'", false)}, 2},
	} {
		observed := usersTable()
		observed.Checks = test.observed
		desired := usersTable()
		desired.Checks = []schema.Check{check("email <> 'x'", true)}
		notProven(t, "check "+name, planner.PlanTable(change, desired, &observed, &observed), test.want)
	}

	table := usersTable()
	key := schema.ForeignKey{Table: users, Name: "f", Columns: []schema.Name{"id"}, References: users, ReferencedColumns: []schema.Name{"id"}, NotValid: true}
	there := key
	proven := key
	proven.NotValid = false
	notProven(t, "foreign key added", planner.PlanForeignKey(change, table, key, nil), 1)
	notProven(t, "foreign key there", planner.PlanForeignKey(change, table, key, &there), 0)
	notProven(t, "foreign key proven", planner.PlanForeignKey(change, table, key, &proven), 0)
	table.PartitionBy = &schema.PartitionKey{Strategy: "hash", Keys: []schema.IndexKey{{Column: "id"}}}
	if plan := planner.PlanForeignKey(change, table, key, nil); !plan.Failed() {
		t.Errorf("a partitioned table of 17:\n%s", render(plan))
	}
}

func notProven(t *testing.T, name string, plan planner.Plan, operations int) {
	t.Helper()
	if len(plan.Operations) != operations || len(plan.Probes) > 0 || plan.Failed() || strings.Contains(render(plan), "VALIDATE") {
		t.Errorf("%s: want %d operations:\n%s", name, operations, render(plan))
	}
}
