// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"slices"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// transitionCase is a transition of public.t on its way through phases, which
// the table of lockCases cannot take: each phase starts where the last one
// ended.
type transitionCase struct {
	name string
	base string
	// desire makes the configuration of the transition out of the table.
	desire func(*schema.Table)
	// counterpart is what new code needs of the new columns, as SQL: contract
	// is refused without it.
	counterpart string
}

// leg is one apply.
type leg struct {
	phase schema.Phase
	// back is the configuration from before the transition.
	back bool
}

var (
	forth     = []leg{{phase: schema.Expand}, {phase: schema.Migrate}, {phase: schema.Contract}}
	migrated  = []leg{{phase: schema.Migrate}, {phase: schema.Expand}, {phase: schema.Migrate}, {back: true}}
	expanded  = []leg{{phase: schema.Expand}, {back: true}}
	allRoutes = map[string][]leg{"forth": forth, "back from migrate": migrated, "back from expand": expanded}
)

const (
	tied = `
		CREATE TABLE p (id integer PRIMARY KEY) PARTITION BY RANGE (id);
		CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (1000);
		CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (10000);
		INSERT INTO p SELECT i FROM generate_series(1, 3000) AS i;
		CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer NOT NULL DEFAULT 7 CHECK (a > 0), b text, parent integer CONSTRAINT up REFERENCES t);
		INSERT INTO t (a, b, parent) SELECT i, 'b' || i, i FROM generate_series(1, 2000) AS i;
		ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p;
		CREATE TABLE child (t_id integer CONSTRAINT child_t REFERENCES t);
		INSERT INTO child SELECT i FROM generate_series(1, 2000) AS i;
		ANALYZE p, t, child`
	indexed         = tied + "; CREATE INDEX t_a ON t (a DESC, lower(b)) WHERE a > 10; CREATE UNIQUE INDEX t_id ON t (id, b)"
	partitionedOnly = `
		CREATE TABLE t (id bigint NOT NULL, a integer NOT NULL, b text, CONSTRAINT c CHECK (a > 0)) PARTITION BY RANGE (id);
		CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (1000);
		CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (1000) TO (10000) PARTITION BY RANGE (id);
		CREATE TABLE t2a PARTITION OF t2 FOR VALUES FROM (1000) TO (10000);
		INSERT INTO t SELECT i, i, 'first' || i || ' last' FROM generate_series(1, 2000) AS i;
		ANALYZE t`
)

func without(t *schema.Table, names ...schema.Name) {
	t.Columns = slices.DeleteFunc(slices.Clone(t.Columns), func(c schema.Column) bool { return slices.Contains(names, c.Name) })
}

// renameColumn replaces one column by one of the same type.
func renameColumn(from, to schema.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		column := *t.Column(from)
		column.Name, column.Replaces, column.NotNull, column.Position = to, &schema.Replacement{Columns: []schema.Name{from}}, nil, 0
		t.Checks = nil
		without(t, from)
		t.Columns = append(t.Columns, column)
	}
}

// split replaces b by its two words.
func split(t *schema.Table) {
	words := func(n string) *schema.Expression { return &schema.Expression{Text: "split_part(b, ' ', " + n + ")"} }
	column := schema.Column{Type: t.Column("b").Type, Nullable: true}
	first, last := column, column
	first.Name, first.Replaces = "first", &schema.Replacement{Columns: []schema.Name{"b"}, Up: words("1")}
	last.Name, last.Replaces = "last", &schema.Replacement{
		Columns: []schema.Name{"b"}, Up: words("2"),
		Down: map[schema.Name]schema.Expression{"b": {Text: "first || ' ' || last"}},
	}
	without(t, "b")
	t.Columns = append(t.Columns, first, last)
}

func retype(name schema.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		t.Columns = slices.Clone(t.Columns)
		t.Column(name).Type = schema.Type{Text: "bigint"}
	}
}

var people = schema.QualifiedName{Schema: "public", Name: "people"}

func renameTable(t *schema.Table) { t.RenamedFrom, t.Name = target, people }

var transitionCases = []transitionCase{
	{name: "column replaced", base: tied, desire: renameColumn("a", "c"), counterpart: "ALTER TABLE t ADD CONSTRAINT g FOREIGN KEY (c) REFERENCES p"},
	{name: "column split", base: tied, desire: split},
	{name: "column replaced/partitioned", base: partitionedOnly, desire: renameColumn("a", "c")},
	{name: "column split/partitioned", base: partitionedOnly, desire: split},
	{name: "column removed", base: tied, desire: func(t *schema.Table) { t.Checks = nil; without(t, "a") }},
	{name: "column removed/partitioned", base: partitionedOnly, desire: func(t *schema.Table) { t.Checks = nil; without(t, "a") }},
	{name: "column retyped/key", base: indexed, desire: retype("id")},
	{name: "column retyped/referring to a partitioned table", base: indexed, desire: retype("a")},
	{name: "table renamed", base: tied, desire: renameTable},
	{name: "table renamed/partitioned", base: partitionedOnly, desire: renameTable},
}

// TestDeclaredIsObservedOfTransitions is TestDeclaredIsObserved for all phases,
// there and back.
func TestDeclaredIsObservedOfTransitions(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		for _, c := range transitionCases {
			for name, legs := range allRoutes {
				t.Run(c.name+"/"+name, func(t *testing.T) {
					b := newBench(t, db, lockCase{base: c.base})
					b.follow(c, legs)
				})
			}
		}
	})
}

func (b *bench) follow(c transitionCase, legs []leg) {
	desired := *b.prior
	desired.Indexes, desired.ForeignKeys, desired.ReferencedBy, desired.Partitions = nil, nil, nil, nil
	start := desired
	c.desire(&desired)
	b.change.LedgerMissing = true
	for _, l := range legs {
		b.change.Phase = l.phase
		wanted := desired
		if l.back {
			wanted = start
		}
		if l.phase == schema.Contract && c.counterpart != "" {
			exec(b.t, b.conn, c.counterpart)
		}
		plan := b.planTransition(wanted)
		for _, f := range plan.Findings {
			if f.Severity == hazard.Error {
				b.t.Fatalf("%+v refused: %s\n%s", l, f.Summary, f.Detail)
			}
		}
		if len(plan.Operations) == 0 {
			b.t.Fatalf("%+v: nothing to do", l)
		}
		for _, o := range plan.Operations {
			compare(b.t, o, b.expand(o.Locks), b.observe(o))
		}
		b.change.LedgerMissing = false
		b.prior = &wanted
		if rest := b.planTransition(wanted); len(rest.Operations) > 0 {
			b.t.Errorf("%+v does not end: %v", l, statementsOf(rest.Operations))
		}
	}
}

// planTransition asks the server what the expressions mean, as the provider
// does.
func (b *bench) planTransition(desired schema.Table) planner.Plan {
	b.t.Helper()
	// Renamed, it is still the same table.
	scope := catalog.Scope{Tables: []schema.QualifiedName{target, people}}
	snapshot, err := catalog.Read(b.t.Context(), b.eye, scope)
	if err != nil {
		b.t.Fatal(err)
	}
	observed := snapshot.Table(target)
	if observed == nil {
		observed = snapshot.Table(people)
	}
	canonical, refused, err := catalog.Canonicalize(b.t.Context(), b.eye, desired, observed)
	if err != nil || len(refused) > 0 {
		b.t.Fatal(err, refused)
	}
	return planner.PlanTable(b.change, canonical, b.prior, observed)
}
