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

// oneColumn is a pgphase_column that is renamed from name to nick, or stands
// beside the one that the table declares.
type oneColumn struct {
	t      *testing.T
	table  schema.Table
	ledger bool
}

func newOneColumn(t *testing.T) *oneColumn {
	t.Helper()
	table := usersTable()
	add(schema.Column{Name: "name", Type: text, Position: 4})(&table)
	checked("users_name_check", "name <> ''")(&table)
	return &oneColumn{t: t, table: table}
}

func (o *oneColumn) change(phase schema.Phase) planner.Change {
	return planner.Change{Server: planner.Server{Version: 160000}, Phase: phase, LedgerMissing: !o.ledger}
}

var (
	nick     = schema.Column{Name: "nick", Type: text, Replaces: replaced(nil, nil, "name"), Default: expr("'x'", schema.Immutable)}
	plainOld = schema.Column{Name: "name", Type: text}
)

// run applies a plan, and holds that what is planned again is nothing.
func (o *oneColumn) run(plan planner.Plan, again func() planner.Plan) {
	o.t.Helper()
	if plan.Failed() {
		o.t.Fatal(render(plan))
	}
	checkOperations(o.t, plan.Operations)
	o.table = applied(o.t, o.table, schema.Table{Columns: []schema.Column{nick, plainOld}}, plan.Operations)
	o.ledger = true
	if again == nil {
		return
	}
	if rest := again(); len(rest.Operations) > 0 || rest.Failed() {
		o.t.Errorf("left to do:\n%s", render(rest))
	}
}

func (o *oneColumn) plan(phase schema.Phase) func() planner.Plan {
	return func() planner.Plan { return planner.PlanColumn(o.change(phase), o.table, nick, o.table.Column("nick")) }
}

func TestPlanColumnReplaces(t *testing.T) {
	t.Parallel()
	o := newOneColumn(t)
	for _, phase := range []schema.Phase{schema.NoPhase, schema.Contract} {
		if plan := o.plan(phase)(); !plan.Failed() {
			t.Errorf("%q:\n%s", phase, render(plan))
		}
	}
	for _, phase := range []schema.Phase{schema.Expand, schema.Migrate, schema.Expand, schema.Contract} {
		o.run(o.plan(phase)(), o.plan(phase))
	}
	want := usersTable()
	add(nick)(&want)
	if diff := cmp.Diff(stripped(want), stripped(o.table)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if plan := o.plan(schema.NoPhase)(); len(plan.Operations)+len(plan.Findings) > 0 {
		t.Errorf("after the end:\n%s", render(plan))
	}
}

// The table that declares the old column goes on as before, whether it still
// names the column or releases it.
func TestPlanTableBesideColumn(t *testing.T) {
	t.Parallel()
	o := newOneColumn(t)
	declared := o.table
	declared.Columns, declared.Indexes = slices.Clone(o.table.Columns), nil
	released := declared
	without("name")(&released)
	uncheck("users_name_check")(&released)
	optional := nick
	optional.Nullable = true
	o.run(planner.PlanColumn(o.change(schema.Expand), o.table, optional, nil), nil)
	if !o.table.Column("name").Nullable {
		t.Fatal("the old column is still NOT NULL")
	}
	for name, desired := range map[string]schema.Table{"declared": declared, "released": released} {
		for _, phase := range []schema.Phase{schema.NoPhase, schema.Contract} {
			plan := planner.PlanTable(o.change(phase), desired, &declared, &o.table)
			if len(plan.Operations) > 0 || plan.Failed() {
				t.Errorf("%s, %q:\n%s", name, phase, render(plan))
			}
		}
	}
}

// The resource is renamed with its column, and back.
func TestPlanColumnRename(t *testing.T) {
	t.Parallel()
	o := newOneColumn(t)
	start := o.table
	bareNick := nick
	bareNick.Replaces = nil
	if plan := planner.PlanColumnRename(o.change(schema.Expand), o.table, plainOld, bareNick); !strings.Contains(render(plan), `replaces = { columns = ["name"] }`) {
		t.Error(render(plan))
	}
	o.run(planner.PlanColumnRename(o.change(schema.Expand), o.table, plainOld, nick), o.plan(schema.Expand))
	o.run(o.plan(schema.Migrate)(), nil)
	o.run(planner.PlanColumnRename(o.change(schema.NoPhase), o.table, nick, plainOld), func() planner.Plan {
		return planner.PlanColumn(o.change(schema.NoPhase), o.table, plainOld, o.table.Column("name"))
	})
	if diff := cmp.Diff(stripped(start), stripped(o.table)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// The end of the new column's resource is the way back; that of the old one's
// has to wait for contract.
func TestPlanColumnDropInTransition(t *testing.T) {
	t.Parallel()
	o := newOneColumn(t)
	start := o.table
	optional := nick
	optional.Nullable = true
	o.run(planner.PlanColumn(o.change(schema.Expand), o.table, optional, nil), nil)
	if plan := planner.PlanColumnDrop(o.change(schema.NoPhase), o.table, *o.table.Column("name")); !plan.Failed() {
		t.Errorf("the old column:\n%s", render(plan))
	}
	o.run(planner.PlanColumnDrop(o.change(schema.NoPhase), o.table, *o.table.Column("nick")), nil)
	if diff := cmp.Diff(stripped(start), stripped(o.table)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	merge := schema.Column{Name: "all", Type: text, Replaces: replaced(expr("name || email", ""), nil, "name", "email")}
	if plan := planner.PlanColumn(o.change(schema.Expand), o.table, merge, nil); !strings.Contains(render(plan), "replaces one old column") {
		t.Error(render(plan))
	}
}
