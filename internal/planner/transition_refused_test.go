// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var (
	namedColumn = schema.Column{Name: "name", Type: text, Position: 4}
	nameOnly    = schema.Column{Name: "nick", Type: text, Nullable: true}
)

func dependent(kind schema.DependentKind, name string, blocks bool, columns ...schema.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		t.Dependents = append(t.Dependents, schema.Dependent{Kind: kind, Name: name, Columns: columns, BlocksDrop: blocks})
	}
}

func opened(t schema.OpenTransition) func(*schema.Table) {
	return func(table *schema.Table) { table.Transitions = append(table.Transitions, t) }
}

var openNick = schema.OpenTransition{
	Name: "t", Kind: schema.ColumnReplaced, Table: users, Phase: schema.Expand, Old: []schema.Name{"name"}, New: []schema.Name{"nick"},
	Up: map[schema.Name]string{"nick": "name"}, Down: map[schema.Name]string{"name": "nick"}, Trigger: "~nick",
	Function: public("f"), Counter: public("c"),
}

// TestTransitionRefused lists what cannot begin, or cannot go on, at expand
// already, with what has to be said about it.
func TestTransitionRefused(t *testing.T) {
	t.Parallel()
	rename := all(without("name"), with(nameOnly, replaced(nil, nil, "name")))
	remove := without("name")
	for _, c := range []struct {
		name    string
		observe func(*schema.Table)
		desire  func(*schema.Table)
		want    string
	}{
		{name: "itself", desire: with(nameOnly, replaced(nil, nil, "nick")), want: "cannot replace itself"},
		{name: "nothing", desire: with(nameOnly, replaced(nil, nil)), want: "names no column"},
		{name: "two without up", desire: with(nameOnly, replaced(nil, nil, "name", "email")), want: "write `up`"},
		{name: "one twice", desire: with(nameOnly, replaced(expr("name", ""), nil, "name", "name")), want: "twice"},
		{name: "syntax of up", desire: with(nameOnly, replaced(expr("lower(name", ""), nil, "name")), want: "In the expression"},
		{name: "down of another column", desire: with(nameOnly, replaced(nil, down("email", "nick"), "name")), want: "computes email"},
		{name: "generated", desire: with(schema.Column{Name: "nick", Type: text, Nullable: true, Generated: &schema.Generated{Expression: *expr("name", "")}},
			replaced(nil, nil, "name")), want: "generated column cannot be written"},
		{name: "identity", desire: with(schema.Column{Name: "nick", Type: bigint, Identity: &schema.Identity{}}, replaced(nil, nil, "name")), want: "identity column takes"},
		{name: "with a backfill", desire: with(schema.Column{Name: "nick", Type: text, Backfill: expr("''", "")}, replaced(nil, nil, "name")), want: "remove `backfill`"},
		{name: "volatile up", desire: all(without("name"), with(nameOnly, replaced(expr("name || random()", schema.Volatile), nil, "name"))), want: "volatile"},
		{name: "two downs", desire: all(without("name"), with(nameOnly, replaced(nil, down("name", "nick"), "name")),
			with(schema.Column{Name: "other", Type: text, Nullable: true}, replaced(nil, down("name", "other"), "name"))), want: "not the same"},
		{name: "missing", desire: with(nameOnly, replaced(nil, nil, "surname")), want: "no column surname, and not the new one either"},
		{name: "both there", observe: add(nameOnly), desire: rename, want: "there already"},
		{
			name: "generated old", observe: func(t *schema.Table) { t.Column("name").Generated = &schema.Generated{Expression: *expr("email", "")} },
			desire: rename, want: "is a generated column",
		},
		{name: "inherited old", observe: func(t *schema.Table) { t.Column("name").Inherited = true }, desire: rename, want: "parent table"},
		{name: "inherited removal", observe: func(t *schema.Table) { t.Column("name").Inherited = true }, desire: remove, want: "parent table"},
		{name: "partition key", observe: func(t *schema.Table) {
			t.PartitionBy = &schema.PartitionKey{Strategy: "list", Keys: []schema.IndexKey{{Column: "name"}}}
		}, desire: func(t *schema.Table) {
			rename(t)
			t.PartitionBy, t.PrimaryKey = &schema.PartitionKey{Strategy: "list", Keys: []schema.IndexKey{{Column: "name"}}}, nil
		}, want: "partition key"},
		{name: "children", observe: func(t *schema.Table) { t.Children = []schema.QualifiedName{public("admins")} }, desire: rename, want: "inherit"},
		{name: "domain", desire: all(without("name"), with(schema.Column{
			Name: "nick", Nullable: true,
			Type: schema.Type{Text: "nick", Canonical: "public.nick", Facts: &schema.TypeFacts{Kind: "d", Length: -1, Constrained: true}},
		},
			replaced(nil, nil, "name"))), want: "domain with a constraint"},
		{
			name: "in a transition", observe: all(add(nameOnly), opened(openNick)),
			desire: all(without("name"), with(schema.Column{Name: "other", Type: text, Nullable: true}, replaced(nil, nil, "name"))), want: "already takes part",
		},
		{
			name: "being removed", observe: opened(schema.OpenTransition{Name: "r", Kind: schema.ColumnRemoved, Table: users, Old: []schema.Name{"name"}, Phase: schema.Expand}),
			desire: rename, want: "already takes part",
		},
		{name: "new of another", observe: all(add(nameOnly), opened(openNick)), desire: all(without("name"),
			with(schema.Column{Name: "last", Type: text, Nullable: true}, replaced(nil, nil, "nick"))), want: "already takes part"},
		{name: "chain", desire: all(without("name"), with(nameOnly, replaced(nil, nil, "name")),
			with(schema.Column{Name: "last", Type: text, Nullable: true}, replaced(nil, nil, "nick"))), want: "replace another column"},
		{name: "neither side", observe: all(add(nameOnly), opened(openNick)), desire: without("name"), want: "neither side"},
		{name: "replaces is gone too early", observe: all(add(nameOnly), opened(openNick)), desire: all(without("name"), add(nameOnly)), want: "is open"},
		{name: "up changed after migrate", observe: all(add(nameOnly), func(t *schema.Table) {
			migrated := openNick
			migrated.Phase = schema.Migrate
			opened(migrated)(t)
		}), desire: all(without("name"), with(nameOnly, replaced(expr("lower(name)", schema.Immutable), nil, "name"))), want: "begin anew"},
		{name: "declared and replaced", desire: with(nameOnly, replaced(nil, nil, "name")), want: "declares it as well"},
		{name: "view", observe: dependent("view", "public.active", true, "name"), desire: rename, want: "view public.active"},
		{name: "view of a removal", observe: dependent("view", "public.active", true, "name"), desire: remove, want: "view public.active"},
		{name: "policy", observe: dependent("policy", "own ON public.users", true, "name"), desire: rename, want: "policy own"},
		{name: "trigger", observe: dependent("trigger", "audit ON public.users", true, "name"), desire: rename, want: "trigger audit"},
		{name: "publication", observe: dependent("publication", "some", true, "name"), desire: rename, want: "publication some"},
		{name: "generated column", observe: dependent("generated column", "public.users.initial", true, "name"), desire: remove, want: "users.initial"},
		{name: "statistics", observe: dependent("extended statistics", "public.s", false, "name", "email"), desire: rename, want: "extended statistics public.s"},
		{name: "incoming foreign key", observe: func(t *schema.Table) {
			t.ReferencedBy = []schema.ForeignKey{{Table: public("orders"), Name: "fk", References: users, ReferencedColumns: []schema.Name{"name"}}}
		}, desire: rename, want: "foreign key fk of public.orders"},
		{name: "unmanaged constraint", observe: func(t *schema.Table) {
			t.Uniques = []schema.Key{{Name: "other", Columns: []schema.Name{"name", "email"}}}
		}, desire: rename, want: "unique constraint other"},
		{name: "constraint still on it", observe: checked("c", "name <> ''"), desire: all(checked("c", "name <> ''"), rename), want: "still names name"},
		{name: "key that cannot move", observe: func(t *schema.Table) {
			partitioned(t)
			t.PrimaryKey.Columns = []schema.Name{"id", "name"}
		}, desire: func(t *schema.Table) {
			partitioned(t)
			rename(t)
			t.Column("nick").Nullable = false
			t.PrimaryKey = &schema.Key{Name: "users_pkey", Columns: []schema.Name{"id", "nick"}}
		}, want: "primary key of a partitioned table"},
		{name: "optional key column", observe: func(t *schema.Table) {
			t.PrimaryKey, t.Indexes = &schema.Key{Name: "users_pkey", Columns: []schema.Name{"name"}}, nil
		}, desire: func(t *schema.Table) {
			without("name")(t)
			with(schema.Column{Name: "nick", Type: text}, replaced(expr("lower(name)", schema.Immutable), nil, "name"))(t)
			t.PrimaryKey = &schema.Key{Name: "users_pkey", Columns: []schema.Name{"nick"}}
		}, want: "Cannot make public.users.name optional"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			observed, desired, prior := usersTable(), usersTable(), usersTable()
			for _, table := range []*schema.Table{&observed, &desired, &prior} {
				add(namedColumn)(table)
			}
			if c.observe != nil {
				c.observe(&observed)
			}
			c.desire(&desired)
			plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}, Phase: schema.Expand}, desired, &prior, &observed)
			if !plan.Failed() || !strings.Contains(render(plan), c.want) {
				t.Errorf("%q is missing in:\n%s", c.want, render(plan))
			}
		})
	}
}

// Indexes and foreign keys of the old column can only be made anew once the new
// one is there: a warning until contract, which is refused without them.
func TestTransitionCounterparts(t *testing.T) {
	t.Parallel()
	index := func(name schema.Name, columns ...schema.Name) schema.Index {
		i := schema.Index{Name: public(name), Table: users, Method: "btree"}
		for _, c := range columns {
			i.Keys = append(i.Keys, schema.IndexKey{Column: c})
		}
		return i
	}
	severity := func(phase schema.Phase, more ...schema.Index) hazard.Severity {
		observed, desired := usersTable(), usersTable()
		all(add(namedColumn), add(nameOnly), opened(openNick))(&observed)
		observed.Indexes = append(append(observed.Indexes, index("old", "email", "name")), more...)
		with(nameOnly, replaced(nil, nil, "name"))(&desired)
		plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}, Phase: phase}, desired, &desired, &observed)
		for _, f := range plan.Findings {
			if f.Hazard == hazard.IndexDropDegradesQueries {
				return f.Severity
			}
		}
		return hazard.Ignore
	}
	for _, c := range []struct {
		phase schema.Phase
		more  []schema.Index
		want  hazard.Severity
	}{
		{schema.Expand, nil, hazard.Warning},
		{schema.Migrate, nil, hazard.Warning},
		{schema.Contract, nil, hazard.Error},
		{schema.Contract, []schema.Index{index("part", "nick")}, hazard.Error},
		{schema.Contract, []schema.Index{index("new", "email", "nick")}, hazard.Ignore},
	} {
		if got := severity(c.phase, c.more...); got != c.want {
			t.Errorf("%s with %d more: %v, want %v", c.phase, len(c.more), got, c.want)
		}
	}
}
