// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func emailKey(changes ...func(*schema.Key)) schema.Key {
	key := schema.Key{Name: "users_email_key", Columns: []schema.Name{"email"}}
	for _, change := range changes {
		change(&key)
	}
	return key
}

// uniqueOn gives a table a unique constraint and, where it is observed, its
// index.
func uniqueOn(key schema.Key) func(*schema.Table) {
	return func(t *schema.Table) { t.Uniques = append(t.Uniques, key) }
}

func observedUnique(key schema.Key, changes ...func(*schema.Index)) func(*schema.Table) {
	return func(t *schema.Table) {
		uniqueOn(key)(t)
		withIndex(append([]func(*schema.Index){func(i *schema.Index) {
			i.Name.Name, i.Unique, i.Constraint, i.Keys = key.Name, true, key.Name, nil
			for _, column := range key.Columns {
				i.Keys = append(i.Keys, schema.IndexKey{Column: column})
			}
		}}, changes...)...)(t)
	}
}

func withIndex(changes ...func(*schema.Index)) func(*schema.Table) {
	return func(t *schema.Table) { t.Indexes = append(t.Indexes, emailIndex(changes...)) }
}

func referencedBy(columns ...schema.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		t.ReferencedBy = append(t.ReferencedBy, schema.ForeignKey{
			Table: inPublic("logins"), Name: "logins_fkey", Columns: []schema.Name{"x"}, References: users, ReferencedColumns: columns,
		})
	}
}

var (
	onPlan     = func(k *schema.Key) { k.Columns = []schema.Name{"email", "plan"} }
	onIDToo    = func(k *schema.Key) { k.Columns = []schema.Name{"id", "email"} }
	newKeyName = schema.DerivedName("new", "public", "users", "users_email_key")
	bare       = func(t *schema.Table) { t.PrimaryKey, t.Indexes = nil, nil }
)

func pkey(columns ...schema.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		t.PrimaryKey = &schema.Key{Name: "users_pkey", Columns: columns}
		for _, column := range columns {
			t.Column(column).Nullable = false
		}
	}
}

// keyCase is a change of the users table: have is observed, want is desired.
type keyCase struct {
	name       string
	version    int
	have, want func(*schema.Table)
	refused    bool
}

var keyCases = []keyCase{
	{name: "unique/add", want: uniqueOn(emailKey(func(k *schema.Key) {
		k.Include, k.NullsNotDistinct, k.Comment = []schema.Name{"plan"}, true, "one each"
		k.Deferrable, k.InitiallyDeferred = true, true
		k.Options, k.Tablespace = map[string]string{"fillfactor": "80"}, "fast"
	}))},
	{name: "unique/add-nulls-not-distinct-14", version: 14, refused: true, want: uniqueOn(emailKey(func(k *schema.Key) { k.NullsNotDistinct = true }))},
	{name: "unique/add-built", have: withIndex(named("users_email_key"), unique), want: uniqueOn(emailKey())},
	{name: "unique/add-half-built", have: withIndex(named("users_email_key"), unique, invalid), want: uniqueOn(emailKey())},
	{name: "unique/add-over-another-index", refused: true, have: withIndex(named("users_email_key")), want: uniqueOn(emailKey())},
	{name: "unique/redefine", have: observedUnique(emailKey(), func(i *schema.Index) { i.Clustered = true }), want: uniqueOn(emailKey(onPlan))},
	{name: "unique/redefine-built", have: all(observedUnique(emailKey()), withIndex(named(newKeyName), unique, func(i *schema.Index) {
		i.Keys = []schema.IndexKey{{Column: "email"}, {Column: "plan"}}
	})), want: uniqueOn(emailKey(onPlan))},
	{
		name: "unique/redefine-built-for-another-wish", have: all(observedUnique(emailKey()), withIndex(named(newKeyName), unique, onLower)),
		want: uniqueOn(emailKey(onPlan)),
	},
	{name: "unique/redefine-given-up", have: all(observedUnique(emailKey()), withIndex(named(newKeyName), unique, onLower)), want: uniqueOn(emailKey())},
	{name: "unique/redefine-referenced", refused: true, have: all(observedUnique(emailKey()), referencedBy("email")), want: uniqueOn(emailKey(onPlan))},
	{name: "unique/deferrable", have: observedUnique(emailKey()), want: uniqueOn(emailKey(func(k *schema.Key) { k.Deferrable = true }))},
	{name: "unique/without-overlaps", refused: true, have: observedUnique(emailKey(func(k *schema.Key) { k.WithoutOverlaps = true })), want: uniqueOn(emailKey())},
	{name: "unique/adjust", have: observedUnique(emailKey(func(k *schema.Key) { k.Comment = "old" })), want: uniqueOn(emailKey(func(k *schema.Key) {
		k.Options, k.Tablespace = map[string]string{"fillfactor": "80"}, "fast"
	}))},
	{name: "unique/drop", have: all(observedUnique(emailKey()), withIndex(named(newKeyName), unique, invalid))},
	{name: "unique/drop-referenced", refused: true, have: all(observedUnique(emailKey()), referencedBy("email"))},
	{name: "unique/drop-replica-identity", refused: true, have: all(observedUnique(emailKey(), func(i *schema.Index) { i.ReplicaIdentity = true }), func(t *schema.Table) {
		t.ReplicaIdentity = schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: "users_email_key"}
	})},
	{name: "unique/partitioned-add", have: partitioned, want: uniqueOn(emailKey(onIDToo))},
	{name: "unique/partitioned-without-partition-key", refused: true, have: partitioned, want: uniqueOn(emailKey())},
	{name: "unique/partitioned-interrupted", have: all(partitioned, observedUnique(emailKey(onIDToo), invalid), func(t *schema.Table) {
		partsOf(t, func(p schema.QualifiedName) *schema.Index {
			if p.Name == "users_1" {
				return nil
			}
			return new(emailIndex(withID, unique, named(schema.DerivedName("part", "public", p.Name, "users_email_key"))))
		})
	}), want: uniqueOn(emailKey(onIDToo))},
	{name: "unique/partitioned-redefine", have: all(partitioned, observedUnique(emailKey(onIDToo))), want: uniqueOn(emailKey(onIDToo, func(k *schema.Key) {
		k.Columns = append(k.Columns, "plan")
	}))},
	{name: "unique/partitioned-options", refused: true, have: all(partitioned, observedUnique(emailKey(onIDToo))), want: uniqueOn(emailKey(onIDToo, func(k *schema.Key) {
		k.Options = map[string]string{"fillfactor": "80"}
	}))},
	{name: "unique/partitioned-drop", have: all(partitioned, observedUnique(emailKey(onIDToo)))},

	{name: "primary-key/add", have: bare, want: pkey("id")},
	{name: "primary-key/add-nullable", have: bare, want: pkey("id", "email")},
	{name: "primary-key/add-nullable-18", version: 18, have: bare, want: pkey("id", "email")},
	{name: "primary-key/swap", want: pkey("id", "email")},
	{name: "primary-key/swap-replica-identity", have: func(t *schema.Table) {
		t.Indexes[0].ReplicaIdentity = true
		t.ReplicaIdentity = schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: "users_pkey"}
	}, want: pkey("id", "plan")},
	{name: "primary-key/swap-referenced", refused: true, have: referencedBy("id"), want: pkey("id", "email")},
	{name: "primary-key/swap-partitioned", refused: true, have: partitioned, want: pkey("id", "email")},
	{name: "primary-key/drop", want: func(t *schema.Table) { t.PrimaryKey = nil }},
	{name: "primary-key/drop-referenced", refused: true, have: referencedBy("id"), want: func(t *schema.Table) { t.PrimaryKey = nil }},
	{name: "primary-key/drop-published", refused: true, have: published, want: func(t *schema.Table) { t.PrimaryKey = nil }},
	{name: "primary-key/partitioned-add", have: all(partitioned, bare), want: pkey("id")},
	{name: "primary-key/partitioned-add-over-own", have: all(partitioned, bare, ownPrimaryKey("id")), want: pkey("id")},
	{name: "primary-key/partitioned-add-beside-other", refused: true, have: all(partitioned, bare, ownPrimaryKey("email")), want: pkey("id")},
	{name: "primary-key/corrupting-release", version: -140001, refused: true, have: bare, want: pkey("id")},
}

func (c keyCase) plan() planner.Plan {
	have, want := usersTable(), usersTable()
	if c.have != nil {
		c.have(&have)
		c.have(&want)
	}
	want.Indexes, want.Partitions, want.ReferencedBy, want.Publications, want.Uniques = nil, nil, nil, nil, nil
	if c.want != nil {
		c.want(&want)
	}
	version := 150000
	switch {
	case c.version < 0:
		version = -c.version
	case c.version > 0:
		version = c.version*10000 + 8
	}
	prior := have
	return planner.PlanTable(planner.Change{Server: planner.Server{Version: version}}, want, &prior, &have)
}

// ownPrimaryKey gives the first partition a primary key that is not attached.
func ownPrimaryKey(column schema.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		partsOf(t, func(p schema.QualifiedName) *schema.Index {
			if p.Name != "users_0" {
				return nil
			}
			return &schema.Index{
				Name: schema.QualifiedName{Schema: "public", Name: "own_key"}, Table: p, Method: "btree", Unique: true, Primary: true, Constraint: "own_key",
				Keys: []schema.IndexKey{{Column: column}}, Definition: "CREATE UNIQUE INDEX own_key ON public.users_0 USING btree (" + string(column) + ")",
			}
		})
	}
}

func TestPlanKey(t *testing.T) {
	t.Parallel()
	for _, c := range keyCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := c.plan()
			golden(t, "key/"+c.name, plan)
			checkOperations(t, plan.Operations)
			if plan.Failed() != c.refused {
				t.Errorf("failed is %t", plan.Failed())
			}
			if !c.refused && len(plan.Operations) == 0 {
				t.Error("nothing to do")
			}
			if diff := cmp.Diff(plan, c.plan()); diff != "" {
				t.Errorf("planned twice: %s", diff)
			}
		})
	}
}
