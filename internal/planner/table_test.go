// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestPlanTable(t *testing.T) {
	t.Parallel()
	for _, c := range tableCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			observed, desired := c.tables()
			plan := planner.PlanTable(c.change(), desired, c.prior(), &observed)
			golden(t, "table/"+c.name, plan)
			if plan.Failed() != c.refused {
				t.Errorf("failed: %v, want %v", plan.Failed(), c.refused)
			}
			again := planner.PlanTable(c.change(), desired, c.prior(), &observed)
			if diff := cmp.Diff(plan, again); diff != "" {
				t.Errorf("the second plan differs:\n%s", diff)
			}
			checkOperations(t, plan.Operations)
		})
	}
}

// checkOperations holds what is true of every operation.
func checkOperations(t *testing.T, operations []planner.Operation) {
	t.Helper()
	for _, o := range operations {
		if !slices.IsSorted(o.Hazards) {
			t.Errorf("hazards are not sorted: %v", o.Hazards)
		}
		if !slices.IsSortedFunc(o.Locks, func(a, b planner.Lock) int { return int(b.Mode - a.Mode) }) {
			t.Errorf("locks are not strongest first: %v", o.Locks)
		}
		strong := slices.ContainsFunc(o.Locks, func(l planner.Lock) bool { return l.Mode.BlocksWrites() })
		// A concurrent detach asks for the partition once nobody finds it any more.
		if o.Class != planner.Brief && strong && !strings.Contains(o.Statements[0], " DETACH PARTITION ") {
			t.Errorf("class %v holds a strong lock: %v", o.Class, o)
		}
		for _, s := range o.Statements {
			// Several tables may create the ledger in turn; nothing else of that name is ever meant.
			trusting := strings.Contains(s, "IF NOT EXISTS") && !planner.CreatesLedger(o)
			if strings.HasSuffix(s, " CASCADE") || trusting || strings.HasSuffix(s, ";") {
				t.Errorf("unwanted words in %q", s)
			}
		}
	}
}

// TestPlanTableIsDone applies all operations: nothing is left to do, and no
// helper is left over.
func TestPlanTableIsDone(t *testing.T) {
	t.Parallel()
	for _, c := range tableCases {
		if c.refused {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			observed, desired := c.tables()
			plan := planner.PlanTable(c.change(), desired, c.prior(), &observed)
			after := applied(t, observed, desired, plan.Operations)
			rest := planner.PlanTable(c.change(), desired, &desired, &after)
			if len(rest.Operations) > 0 || len(rest.Findings) > 0 || len(rest.Probes) > 0 {
				t.Errorf("left to do:\n%s", render(rest))
			}
			for _, check := range after.Checks {
				if strings.HasPrefix(string(check.Name), "pgphase_") {
					t.Errorf("left over: %s", check.Name)
				}
			}
			for _, column := range after.Columns {
				if strings.Contains(column.Comment, "pgphase") || strings.Contains(string(column.OwnedSequence.Name), "pgphase") {
					t.Errorf("left over: %+v", column)
				}
			}
		})
	}
}

// TestPlanTableResumes kills each sequence after each of its operations: what is
// planned then is the rest, perhaps with a backfill that cannot be seen to have
// been done.
func TestPlanTableResumes(t *testing.T) {
	t.Parallel()
	for _, c := range tableCases {
		if c.refused {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			observed, desired := c.tables()
			plan := planner.PlanTable(c.change(), desired, c.prior(), &observed)
			for done := range len(plan.Operations) {
				halfway := applied(t, observed, desired, plan.Operations[:done])
				rest := planner.PlanTable(c.change(), desired, c.prior(), &halfway)
				if rest.Failed() {
					t.Fatalf("after %d operations:\n%s", done, render(rest))
				}
				want, got := statements(plan.Operations[done:]), statements(rest.Operations)
				passes := 0
				for passes < done && plan.Operations[done-1-passes].Class == planner.Batch {
					passes++
				}
				if len(got) == len(want)+passes {
					got = got[passes:]
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("after %d operations: -want +got\n%s", done, diff)
				}
			}
		})
	}
}

func statements(operations []planner.Operation) []string {
	texts := make([]string, len(operations))
	for i, o := range operations {
		texts[i] = fmt.Sprintf("%s\n%s\n%s", o.SQL(), o.Lock(), o.Effect)
	}
	return texts
}

// TestPlanTableWithoutChange plans every table against itself.
func TestPlanTableWithoutChange(t *testing.T) {
	t.Parallel()
	for _, c := range tableCases {
		if c.refused {
			continue
		}
		observed, _ := c.tables()
		for i := range observed.Checks {
			observed.Checks[i].NotEnforced = false
		}
		plan := planner.PlanTable(c.change(), observed, &observed, &observed)
		if len(plan.Operations) > 0 || len(plan.Findings) > 0 || len(plan.Probes) > 0 {
			t.Errorf("%s:\n%s", c.name, render(plan))
		}
	}
}

func TestPlanTableCreates(t *testing.T) {
	t.Parallel()
	desired := usersTable()
	desired.Columns = append(desired.Columns,
		schema.Column{Name: "active", Type: boolean, Default: expr("true", "")},
		schema.Column{Name: "age", Type: integer, Nullable: true, StatisticsTarget: new(100)},
		schema.Column{Name: "key", Type: uuid, Default: expr("gen_random_uuid()", schema.Volatile), Comment: "public"},
		schema.Column{Name: "seen", Type: bigint, Nullable: true},
	)
	desired.Comment = "people"
	desired.Uniques = []schema.Key{
		{Name: "users_key_key", Columns: []schema.Name{"key"}},
		{Name: "users_email_key", Columns: []schema.Name{"email"}, NullsNotDistinct: true, Comment: "one each"},
	}
	desired.ReplicaIdentity = schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: "users_key_key"}
	desired.Options = map[string]string{"fillfactor": "80"}
	c := planner.Change{Server: planner.Server{Version: 160000}}
	plan := planner.PlanTable(c, desired, nil, nil)
	golden(t, "table/create", plan)

	slices.Reverse(desired.Columns)
	slices.Reverse(desired.Uniques)
	if diff := cmp.Diff(plan, planner.PlanTable(c, desired, nil, nil)); diff != "" {
		t.Errorf("the order of the declaration shows:\n%s", diff)
	}
	c.Server.Version = 140000
	if plan := planner.PlanTable(c, desired, nil, nil); !plan.Failed() {
		t.Errorf("14 has no NULLS NOT DISTINCT:\n%s", render(plan))
	}
}
