// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// lockCase is one change of public.t. What is there is base and have, what is
// wanted is base and want, each as SQL: the server says what they mean.
type lockCase struct {
	name string
	// since and until bound the major versions; 0 is no bound.
	since, until     int
	base, have, want string
	// adjust changes what is wanted where SQL cannot say it.
	adjust func(*schema.Table)
	// plan is the planner function under test.
	plan planFunc
	// weakerIn14 are tables that PostgreSQL 14 locks more weakly than later
	// versions, or not at all; the strong lock is declared for all of them.
	weakerIn14 []schema.Name
	// restarts marks a change whose rest, after an interruption, is another
	// sequence than the remaining operations, with the reason.
	restarts string
}

// planFunc plans the change from what is there now; prior is what was there
// before the first operation, as a state would have it. Without have the table
// is to be created, without want it is to be dropped.
type planFunc func(c planner.Change, prior, have, want *schema.Table) planner.Plan

var target = schema.QualifiedName{Schema: "public", Name: "t"}

func planTable(c planner.Change, prior, have, want *schema.Table) planner.Plan {
	switch {
	case want == nil && have == nil:
		return planner.Plan{}
	case want == nil:
		return planner.PlanTableDrop(c, *have)
	}
	return planner.PlanTable(c, *want, prior, have)
}

// planIndex plans the index of that name, or its rename.
func planIndex(name schema.Name, renamed ...schema.Name) planFunc {
	return func(c planner.Change, _, have, want *schema.Table) planner.Plan {
		observed, desired := have.Index(name), want.Index(append(renamed, name)[0])
		switch {
		case desired != nil:
			return planner.PlanIndex(c, *have, unobserved(*desired), observed)
		case observed != nil:
			return planner.PlanIndexDrop(c, *have, *observed)
		}
		return planner.Plan{}
	}
}

// in plans a redefinition as far as a phase.
func in(phase schema.Phase, plan planFunc) planFunc {
	return func(c planner.Change, prior, have, want *schema.Table) planner.Plan {
		c.Phase = phase
		return plan(c, prior, have, want)
	}
}

// unobserved is an index as a configuration would declare it.
func unobserved(index schema.Index) schema.Index {
	index.Invalid, index.ReplicaIdentity, index.Clustered = false, false, false
	index.Columns, index.Definition = nil, ""
	return index
}

func planForeignKey(name schema.Name, renamed ...schema.Name) planFunc {
	return func(c planner.Change, _, have, want *schema.Table) planner.Plan {
		observed, desired := have.ForeignKey(name), want.ForeignKey(append(renamed, name)[0])
		switch {
		case desired != nil:
			return planner.PlanForeignKey(c, *have, *desired, observed)
		case observed != nil:
			return planner.PlanForeignKeyDrop(c, *have, *observed)
		}
		return planner.Plan{}
	}
}

func planColumnDrop(name schema.Name) planFunc {
	return func(c planner.Change, _, have, _ *schema.Table) planner.Plan {
		column := have.Column(name)
		if column == nil {
			return planner.Plan{}
		}
		return planner.PlanColumnDrop(c, *have, *column)
	}
}

func (c lockCase) runsOn(major int) bool {
	return (c.since == 0 || major >= c.since) && (c.until == 0 || major <= c.until)
}

// bench is a case on one server.
type bench struct {
	lockCase
	t      *testing.T
	change planner.Change
	conn   *pgx.Conn
	eye    *pgx.Conn // observes
	db     *pgtest.Database
	prior  *schema.Table
	want   *schema.Table
}

// newBench makes what is wanted, reads it, and puts what is there in its place.
func newBench(t *testing.T, db *pgtest.Database, c lockCase) *bench {
	t.Helper()
	b := &bench{lockCase: c, t: t, db: db, conn: db.Connect(t), eye: db.Connect(t)}
	const empty = "DROP SCHEMA IF EXISTS pgphase CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET TimeZone = 'UTC'"
	exec(t, b.conn, empty)
	exec(t, b.conn, c.base)
	exec(t, b.conn, c.want)
	b.want = b.read()
	exec(t, b.conn, empty)
	exec(t, b.conn, c.base)
	exec(t, b.conn, c.have)
	b.prior = b.read()
	if b.want != nil && c.adjust != nil {
		c.adjust(b.want)
	}
	err := b.eye.QueryRow(t.Context(), "SELECT current_setting('server_version_num')::int").Scan(&b.change.Server.Version)
	if err != nil {
		t.Fatal(err)
	}
	b.change.Server.UTC = true
	return b
}

// read is the table as it is now, or nil.
func (b *bench) read() *schema.Table {
	b.t.Helper()
	return readTable(b.t, b.eye)
}

func readTable(t *testing.T, conn *pgx.Conn) *schema.Table {
	t.Helper()
	snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{Tables: []schema.QualifiedName{target}})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.Table(target)
}

// planNow plans what is left to do.
func (b *bench) planNow() planner.Plan {
	b.t.Helper()
	have := b.read()
	want := b.want
	if want != nil && !want.PartitionOf.IsZero() {
		want = b.attaching(*want)
	}
	return b.plan(b.change, b.prior, have, want)
}

// statementsOf are the statements of operations, in the order of their text. An
// ANALYZE that did not run is not seen in the catalog; autovacuum makes up for
// it.
func statementsOf(operations []planner.Operation) []string {
	var statements []string
	for _, o := range operations {
		if o.Effect != (planner.Effect{Samples: true}) {
			statements = append(statements, o.Statements...)
		}
	}
	slices.Sort(statements)
	return statements
}
