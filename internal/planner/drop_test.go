// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func public(name schema.Name) schema.QualifiedName {
	return schema.QualifiedName{Schema: "public", Name: name}
}

func TestPlanTableDrop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*schema.Table)
		failed bool
	}{
		{name: "plain"},
		{name: "foreign-keys", change: func(t *schema.Table) {
			t.ForeignKeys = []schema.ForeignKey{
				{Table: users, Name: "users_team_fk", Columns: []schema.Name{"team"}, References: public("teams")},
				{Table: users, Name: "users_boss_fk", Columns: []schema.Name{"boss"}, References: users},
				{Table: users, Name: "users_city_fk", Columns: []schema.Name{"city"}, References: public("cities"), Inherited: true},
			}
			t.ReferencedBy = t.ForeignKeys[1:2]
		}},
		{name: "partitioned", change: func(t *schema.Table) {
			partitioned(t)
			t.Partitions[0].ForeignKeys = []schema.ForeignKey{
				{Table: public("users_0"), Name: "users_0_team_fk", References: public("teams")},
				{Table: public("users_0"), Name: "users_city_fk", References: public("cities"), Inherited: true},
			}
		}},
		{name: "partition", change: func(t *schema.Table) {
			partOfPeople(t)
			t.ForeignKeys = []schema.ForeignKey{{Table: users, Name: "people_team_fk", References: public("teams"), Inherited: true}}
		}},
		{name: "partition-beside-default", change: besideDefault},
		{name: "partition-half-detached", change: func(t *schema.Table) { besideDefault(t); t.DetachPending = true }},
		{name: "parts-of-the-table", change: func(t *schema.Table) {
			t.Dependents = []schema.Dependent{
				{Kind: "generated column", Name: "public.users.domain", Columns: []schema.Name{"email"}, BlocksDrop: true},
				{Kind: "policy", Name: "own ON public.users", Columns: []schema.Name{"id"}, BlocksDrop: true},
				{Kind: "publication", Name: "some", Columns: []schema.Name{"id"}, BlocksDrop: true},
				{Kind: "rule", Name: "quiet ON public.users", Columns: []schema.Name{"id"}, BlocksDrop: true},
				{Kind: "trigger", Name: "touch ON public.users", Columns: []schema.Name{"id"}, BlocksDrop: true},
			}
		}},
		{name: "blocked-by-policy-of-another", failed: true, change: func(t *schema.Table) {
			t.Dependents = []schema.Dependent{{Kind: "policy", Name: "own ON public.orders", Columns: []schema.Name{"id"}, BlocksDrop: true}}
		}},
		{name: "blocked", failed: true, change: func(t *schema.Table) {
			t.ReferencedBy = []schema.ForeignKey{{Table: public("orders"), Name: "orders_user_fk", References: users}}
			t.Dependents = []schema.Dependent{
				{Kind: "view", Name: "public.active_users", BlocksDrop: true},
				{Kind: "index", Name: "public.users_email_idx"},
			}
			t.Children = []schema.QualifiedName{public("admins")}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			table := usersTable()
			if c.change != nil {
				c.change(&table)
			}
			plan := planner.PlanTableDrop(planner.Change{}, table)
			golden(t, "drop-table/"+c.name, plan)
			if plan.Failed() != c.failed || c.failed == (len(plan.Operations) > 0) {
				t.Errorf("failed: %v with %d operations", plan.Failed(), len(plan.Operations))
			}
			if !c.failed && !planner.Destructive(plan.Operations) {
				t.Error("a drop is destructive")
			}
			checkOperations(t, plan.Operations)
		})
	}
}

func TestPlanColumnDrop(t *testing.T) {
	t.Parallel()
	index := func(name schema.Name, columns ...schema.Name) schema.Index {
		i := schema.Index{Name: public(name), Table: users, Method: "btree", Columns: columns}
		for _, c := range columns {
			i.Keys = append(i.Keys, schema.IndexKey{Column: c})
		}
		return i
	}
	for _, c := range []struct {
		name   string
		column schema.Name
		change func(*schema.Table)
		failed bool
	}{
		{name: "plain", column: "plan"},
		{name: "its-own-objects", column: "email", change: func(t *schema.Table) {
			unique := index("users_email_key", "email")
			unique.Constraint, unique.Unique = "users_email_key", true
			t.Indexes = append(t.Indexes, index("users_email_idx", "email"), index("users_plan_email_idx", "plan", "email"), unique)
			t.Uniques = []schema.Key{{Name: "users_email_key", Columns: []schema.Name{"email"}}}
			t.ForeignKeys = []schema.ForeignKey{{Table: users, Name: "users_email_fk", Columns: []schema.Name{"email"}, References: public("mails")}}
			t.Column("email").OwnedSequence = public("users_email_seq")
		}},
		{name: "partitioned", column: "email", change: func(t *schema.Table) {
			partitioned(t)
			t.Indexes = append(t.Indexes, index("users_email_idx", "email"))
		}},
		{name: "collateral", column: "email", failed: true, change: func(t *schema.Table) {
			both := []schema.Name{"email", "plan"}
			unique := index("users_both_idx", both...)
			unique.Unique = true
			identity := index("users_identity_idx", "email")
			identity.ReplicaIdentity, identity.Unique = true, true
			t.Indexes = append(t.Indexes, unique, identity)
			t.Uniques = []schema.Key{{Name: "users_both_key", Columns: both}}
			t.Checks = append(t.Checks, schema.Check{Name: "both", Expression: schema.Expression{Text: "email <> plan"}})
			t.ForeignKeys = []schema.ForeignKey{{Table: users, Name: "both_fk", Columns: both, References: public("mails")}}
			t.Exclusions = []schema.Exclusion{{Name: "excl", Elements: []schema.ExclusionElement{
				{IndexKey: schema.IndexKey{Expression: &schema.Expression{Text: "lower(email)"}}, Operator: "="},
			}}}
			t.Dependents = []schema.Dependent{
				{Kind: "extended statistics", Name: "public.both_stats", Columns: both},
				{Kind: "index", Name: "public.users_both_idx", Columns: both},
			}
		}},
		{name: "primary-key", column: "id", failed: true},
		{name: "blocked", column: "email", failed: true, change: func(t *schema.Table) {
			t.PartitionBy = &schema.PartitionKey{Strategy: "list", Keys: []schema.IndexKey{{Expression: &schema.Expression{Text: "lower(email)"}}}}
			t.Column("email").Inherited = true
			t.ReferencedBy = []schema.ForeignKey{{Table: public("logins"), Name: "logins_email_fk", References: users, ReferencedColumns: []schema.Name{"email"}}}
			t.Dependents = []schema.Dependent{
				{Kind: "view", Name: "public.active_users", Columns: []schema.Name{"id", "email"}, BlocksDrop: true},
				{Kind: "view", Name: "public.plans", Columns: []schema.Name{"plan"}, BlocksDrop: true},
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			table := usersTable()
			if c.change != nil {
				c.change(&table)
			}
			plan := planner.PlanColumnDrop(planner.Change{}, table, *table.Column(c.column))
			golden(t, "drop-column/"+c.name, plan)
			if plan.Failed() != c.failed || c.failed == (len(plan.Operations) > 0) {
				t.Errorf("failed: %v with %d operations", plan.Failed(), len(plan.Operations))
			}
			checkOperations(t, plan.Operations)
		})
	}
}
