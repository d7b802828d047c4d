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

// The users table as a partition of people.

const (
	firstHalf     = "FOR VALUES FROM ('1') TO ('100')"
	firstHalfRows = "((id IS NOT NULL) AND (id >= '1'::bigint) AND (id < '100'::bigint))"
)

func partOfPeople(t *schema.Table) {
	t.PartitionOf, t.PartitionBound = public("people"), firstHalf
}

func besideDefault(t *schema.Table) {
	partOfPeople(t)
	t.DefaultPartition = public("people_rest")
}

// people is the table that is partitioned.
func people(changes ...func(*schema.Table)) schema.Table {
	parent := usersTable()
	parent.Name = public("people")
	parent.Columns[0].Identity = nil
	parent.PartitionBy = &schema.PartitionKey{Strategy: "range", Keys: []schema.IndexKey{{Column: "id"}}}
	parent.PrimaryKey, parent.Indexes = nil, nil
	for _, change := range changes {
		change(&parent)
	}
	return parent
}

func hasDefault(t *schema.Table) {
	t.Partitions = []schema.Partition{
		{Name: public("people_2"), Bound: "FOR VALUES FROM ('100') TO ('200')"},
		{Name: public("people_rest"), Bound: "DEFAULT"},
	}
}

func hasKey(t *schema.Table) {
	t.PrimaryKey = &schema.Key{Name: "people_pkey", Columns: []schema.Name{"id"}}
	t.Indexes = []schema.Index{
		{Name: public("people_pkey"), Table: t.Name, Method: "btree", Unique: true, Primary: true, Keys: []schema.IndexKey{{Column: "id"}}, Constraint: "people_pkey"},
		{Name: public("people_plan"), Table: t.Name, Method: "btree", Keys: []schema.IndexKey{{Column: "plan"}}},
	}
}

func hasExclusion(t *schema.Table) {
	t.Indexes = append(t.Indexes, schema.Index{Name: public("people_excl"), Table: t.Name, Method: "btree", Keys: []schema.IndexKey{{Column: "plan"}}, Constraint: "people_excl"})
}

func hasForeignKey(t *schema.Table) {
	t.ForeignKeys = []schema.ForeignKey{{Table: t.Name, Name: "people_plan_fk", Columns: []schema.Name{"plan"}, References: public("plans"), ReferencedColumns: []schema.Name{"name"}}}
	t.ReferencedBy = []schema.ForeignKey{{Table: public("orders"), Name: "orders_person_fk", References: t.Name}}
}

func byHash(t *schema.Table) { t.PartitionBy.Strategy = "hash" }

// partition is the users table as it is declared as a part of people.
func partition(parent schema.Table) schema.Table {
	desired := schema.Table{Name: users, Attachment: &schema.Attachment{Parent: parent, Condition: firstHalfRows, Own: firstHalfRows}}
	partOfPeople(&desired)
	if parent.PartitionBy.Strategy == "hash" {
		desired.PartitionBound, desired.Attachment.Condition, desired.Attachment.Own, desired.Attachment.Unprovable = "FOR VALUES WITH (modulus 2, remainder 0)", "", "", true
	}
	return desired
}

// placed plans the users table as a partition; as a new one, or as one that was
// declared as a table before.
func placed(version int, parent schema.Table, fresh bool, changes ...func(observed *schema.Table)) planner.Plan {
	c := planner.Change{Server: planner.Server{Version: version * 10000}}
	if fresh {
		return planner.PlanTable(c, partition(parent), nil, nil)
	}
	observed, desired := usersTable(), partition(parent)
	observed.Indexes[0].Primary = true
	desired.PrimaryKey = observed.PrimaryKey
	for _, change := range changes {
		change(&observed)
	}
	return planner.PlanTable(c, desired, new(usersTable()), &observed)
}

func detached(changes ...func(*schema.Table)) planner.Plan {
	observed, desired := usersTable(), usersTable()
	for _, change := range changes {
		change(&observed)
	}
	prior := partition(people())
	return planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}}, desired, &prior, &observed)
}

func TestPlanPartition(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]planner.Plan{
		"create":                placed(17, people(hasKey), true),
		"create-beside-default": placed(17, people(hasDefault), true),
		"create-related":        placed(15, people(hasForeignKey), true),
		"create-related-14":     placed(14, people(hasForeignKey), true),
		"create-with-own": func() planner.Plan {
			desired := partition(people())
			desired.Comment = "some of them"
			desired.PrimaryKey = &schema.Key{Name: "users_pkey", Columns: []schema.Name{"id", "plan"}}
			desired.Checks = []schema.Check{{Name: "cheap", Expression: *expr("plan <> 'dear'", schema.Immutable)}}
			desired.ReplicaIdentity = schema.ReplicaIdentity{Mode: schema.ReplicaIdentityFull}
			desired.PartitionBy = &schema.PartitionKey{Strategy: "list", Keys: []schema.IndexKey{{Column: "plan"}}}
			return planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}}, desired, nil, nil)
		}(),
		"attach":                placed(17, people(), false),
		"attach-indexes":        placed(17, people(hasKey), false),
		"attach-beside-default": placed(17, people(hasDefault), false),
		"attach-related":        placed(17, people(hasForeignKey), false),
		"attach-hash":           placed(17, people(byHash), false),
		"attach-hash-default":   placed(17, people(byHash, hasDefault), false),
		"attach-exclusion":      placed(17, people(hasExclusion), false),
		"attach-transition":     placed(17, people(), false, retains),
		"attach-misfit": placed(18, people(func(p *schema.Table) {
			p.Columns[2].Type = integer
			p.Columns = append(p.Columns, schema.Column{Name: "at", Type: stamp}, schema.Column{Name: "here", Type: text, Collation: public("german"), Nullable: true},
				schema.Column{Name: "late", Type: text}, schema.Column{Name: "double", Type: text, Nullable: true, Generated: &schema.Generated{Expression: *expr("plan || plan", schema.Immutable)}})
			p.Checks = append(p.Checks, schema.Check{Name: "missing"}, schema.Check{Name: "other", Expression: *expr("id > 1", schema.Immutable)}, schema.Check{Name: "late", Expression: *expr("id > 2", schema.Immutable)})
		}), false, func(o *schema.Table) {
			o.Columns = append(o.Columns, schema.Column{Name: "at", Type: stamp, Nullable: true}, schema.Column{Name: "here", Type: text, Nullable: true},
				schema.Column{Name: "late", Type: text, NotNull: &schema.NotNullConstraint{Name: "n"}}, schema.Column{Name: "double", Type: text, Nullable: true}, noteColumn)
			o.Checks = append(o.Checks, schema.Check{Name: "other", Expression: *expr("id > 0", schema.Immutable)}, schema.Check{Name: "late", Expression: *expr("id > 2", schema.Immutable), NotValid: true})
			o.Inherits = []schema.QualifiedName{public("beings")}
		}),
		"attach-other-key": placed(17, people(hasKey), false, func(o *schema.Table) {
			o.Indexes[0].Keys, o.Indexes[0].Definition = []schema.IndexKey{{Column: "email"}}, "CREATE UNIQUE INDEX users_pkey ON public.users USING btree (email)"
		}),
		"detach":                detached(partOfPeople),
		"detach-beside-default": detached(besideDefault),
		"detach-half":           detached(besideDefault, func(o *schema.Table) { o.DetachPending = true }),
		"half-detached":         placed(17, people(), false, partOfPeople, func(o *schema.Table) { o.DetachPending = true }),
		"other-bound":           placed(17, people(), false, func(o *schema.Table) { o.PartitionOf, o.PartitionBound = public("people"), "DEFAULT" }),
		"other-parent":          placed(17, people(), false, func(o *schema.Table) { o.PartitionOf, o.PartitionBound = public("animals"), firstHalf }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, "partition/"+name, plan)
			checkOperations(t, plan.Operations)
			if !plan.Refused() && len(plan.Operations) == 0 {
				t.Error("nothing to do")
			}
		})
	}
}

// What an interrupted attachment left is not done again, and what one left that
// was given up is taken away.
func TestPartitionInterrupted(t *testing.T) {
	t.Parallel()
	whole := placed(17, people(hasDefault), false)
	helper := constraintIn(t, whole.Operations[0])
	added := func(notValid bool) func(*schema.Table) {
		return func(o *schema.Table) {
			o.Checks = append(o.Checks, schema.Check{Name: helper, Expression: *expr(firstHalfRows, schema.Immutable), NotValid: notValid})
		}
	}
	for done, parent := range []schema.Table{people(hasDefault), people(hasDefault)} {
		rest := placed(17, parent, false, added(done == 0))
		if diff := cmp.Diff(render(planner.Plan{Operations: whole.Operations[done+1:]}), render(planner.Plan{Operations: rest.Operations})); diff != "" {
			t.Errorf("after %d operations (-want +got):\n%s", done+1, diff)
		}
	}
	outside := constraintIn(t, whole.Operations[2])
	for done, notValid := range []bool{true, false} {
		parent := people(hasDefault)
		parent.Partitions[1].Checks = []schema.Check{{Name: outside, NotValid: notValid}}
		rest := placed(17, parent, false, added(false))
		if diff := cmp.Diff(render(planner.Plan{Operations: whole.Operations[done+3:]}), render(planner.Plan{Operations: rest.Operations})); diff != "" {
			t.Errorf("after %d operations (-want +got):\n%s", done+3, diff)
		}
	}
	observed := usersTable()
	added(true)(&observed)
	given := planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}}, usersTable(), new(usersTable()), &observed)
	if len(given.Operations) != 1 || given.Operations[0].Statements[0] != "ALTER TABLE public.users DROP CONSTRAINT "+helper.Quote() {
		t.Errorf("the check of an attachment that was given up stays:\n%s", render(given))
	}
}

func constraintIn(t *testing.T, o planner.Operation) schema.Name {
	t.Helper()
	_, rest, found := strings.Cut(o.Statements[0], "ADD CONSTRAINT ")
	if !found {
		t.Fatalf("%s adds no constraint", o.Statements[0])
	}
	name, _, _ := strings.Cut(rest, " ")
	return schema.Name(name)
}

// What a partition has from the table above it is left alone, though the state
// still names it from the time when it was a table.
func TestInheritedPartsStay(t *testing.T) {
	t.Parallel()
	prior := usersTable()
	observed := usersTable()
	partOfPeople(&observed)
	observed.PrimaryKey.Inherited, observed.Checks[0].Inherited = true, true
	desired := partition(people())
	desired.Attachment = nil
	plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}}, desired, &prior, &observed)
	if len(plan.Operations) > 0 || len(plan.Findings) > 0 {
		t.Errorf("there is something to do:\n%s", render(plan))
	}
}

func TestHazardsOfPartitions(t *testing.T) {
	t.Parallel()
	attach, create := placed(17, people(), false), placed(17, people(), true)
	fires(t, hazard.PartitionAttachScan, placed(17, people(byHash), false))
	silent(t, hazard.PartitionAttachScan, attach)
	fires(t, hazard.PartitionAttachDefaultScan, placed(17, people(hasDefault), true))
	silent(t, hazard.PartitionAttachDefaultScan, create)
	fires(t, hazard.PartitionAttachBuildsChildren, placed(17, people(hasExclusion), false))
	silent(t, hazard.PartitionAttachBuildsChildren, placed(17, people(hasKey), false))
	fires(t, hazard.PartitionDetachExclusive, detached(besideDefault))
	silent(t, hazard.PartitionDetachExclusive, detached(partOfPeople))
	silent(t, hazard.PartitionDetachConcurrentLimits, detached(besideDefault, func(o *schema.Table) { o.DetachPending = true }))
}
