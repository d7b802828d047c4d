// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// What schemas, enums and sequences take locks on: a change of an enum none at
// all, though a table has columns of it, one of a sequence that sequence.
func TestNeighboursLockWhatIsDeclared(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `
			CREATE SCHEMA app;
			CREATE TYPE app.mood AS ENUM ('sad', 'ok');
			CREATE SEQUENCE app.numbers;
			SELECT nextval('app.numbers');
			CREATE TABLE app.people (id bigint DEFAULT nextval('app.numbers') PRIMARY KEY, mood app.mood DEFAULT 'ok' CHECK (mood > 'sad'));
			CREATE INDEX ON app.people (mood);
			INSERT INTO app.people SELECT FROM generate_series(1, 100);`)
		conn, eye := db.Connect(t), db.Connect(t)
		app := func(name schema.Name) schema.QualifiedName { return schema.QualifiedName{Schema: "app", Name: name} }
		mood, numbers := readNeighbours(t, eye, app("mood"), app("numbers"))
		more, small := *mood, *numbers
		more.Values, more.Comment = []string{"worst", "sad", "meh", "ok", "best"}, "more"
		most := int64(1000)
		small.Type, small.Options, small.Comment = "integer", schema.SequenceOptions{MaxValue: &most, Cycle: true}, "small"
		extra := schema.Namespace{Name: "extra", Comment: "new"}
		other := schema.Sequence{Name: app("other"), Type: "bigint", Options: schema.SequenceOptions{Start: &most}, Comment: "new"}
		for _, step := range []struct {
			name string
			plan planner.Plan
		}{
			{"create a schema", planner.PlanSchema(extra, nil)},
			{"comment on a schema", planner.PlanSchema(schema.Namespace{Name: "extra"}, &extra)},
			{"drop a schema", planner.PlanSchemaDrop(extra, planner.Dependents{})},
			{"create an enum", planner.PlanEnum(schema.Enum{Name: app("other_mood"), Values: []string{"a"}, Comment: "new"}, nil)},
			{"add values", planner.PlanEnum(more, mood)},
			{"drop an enum", planner.PlanEnumDrop(schema.Enum{Name: app("other_mood")}, planner.Dependents{})},
			{"create a sequence", planner.PlanSequence(other, nil)},
			{"change a sequence", planner.PlanSequence(small, numbers)},
			{"change it back", planner.PlanSequence(*numbers, &small)},
			{"drop a sequence", planner.PlanSequenceDrop(other, planner.Dependents{})},
		} {
			if len(step.plan.Operations) == 0 {
				t.Errorf("%s: there is nothing to do", step.name)
			}
			for _, o := range step.plan.Operations {
				if diff := cmp.Diff(declaredLocks(o), heldLocks(t, conn, eye, o)); diff != "" {
					t.Errorf("%s: - declared, + held\n%s\n%s", step.name, diff, o.SQL())
				}
			}
		}
		// All of it left what was there.
		mood, now := readNeighbours(t, eye, app("mood"), app("numbers"))
		if !slices.Equal(mood.Values, more.Values) || !planner.SameSequence(*numbers, *now) {
			t.Errorf("got %v and %+v", mood.Values, now)
		}
	})
}

func readNeighbours(t *testing.T, conn *pgx.Conn, enum, sequence schema.QualifiedName) (*schema.Enum, *schema.Sequence) {
	t.Helper()
	snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{Tables: []schema.QualifiedName{enum}})
	if err != nil {
		t.Fatal(err)
	}
	return snapshot.Enum(enum), snapshot.Sequence(sequence)
}

func declaredLocks(o planner.Operation) []string {
	locks := []string{}
	for _, lock := range o.Locks {
		locks = append(locks, lock.String())
	}
	return locks
}

// heldLocks are those above ACCESS SHARE that an operation has on relations of
// users just before its commit; what it made itself is not seen.
func heldLocks(t *testing.T, conn, eye *pgx.Conn, o planner.Operation) []string {
	t.Helper()
	exec(t, conn, "BEGIN")
	for _, statement := range o.Statements {
		exec(t, conn, statement)
	}
	rows, err := eye.Query(t.Context(), `
		SELECT n.nspname, c.relname, l.mode
		FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE l.locktype = 'relation' AND l.granted AND l.pid = $1 AND l.mode <> 'AccessShareLock'
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')`, conn.PgConn().PID())
	if err != nil {
		t.Fatal(err)
	}
	strongest := map[schema.QualifiedName]schema.LockMode{}
	var name schema.QualifiedName
	var text string
	_, err = pgx.ForEachRow(rows, []any{&name.Schema, &name.Name, &text}, func() error {
		mode, err := schema.ParseLockMode(text)
		strongest[name] = max(strongest[name], mode)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	exec(t, conn, "COMMIT")
	held := []string{}
	for name, mode := range strongest {
		held = append(held, planner.Lock{Mode: mode, Table: name}.String())
	}
	slices.Sort(held)
	return held
}
