// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// A configuration that changes its mind in the middle of a sequence: what the
// sequence left has to go, and nothing else happens.
func TestPlanTableDropsLeftovers(t *testing.T) {
	t.Parallel()
	helper := schema.DerivedName("not_null", "public", "users", "email")
	replacement := schema.DerivedName("new", "public", "users", "users_email_check")
	sequence := schema.DerivedName("sequence", "public", "users", "email")
	for _, c := range []struct {
		name    string
		version int
		observe func(*schema.Table)
		desire  func(*schema.Table)
		want    []string
	}{
		{
			name: "NOT NULL is no longer desired", version: 17,
			observe: func(t *schema.Table) {
				t.Checks = append(t.Checks, schema.Check{Name: helper, Expression: schema.Expression{Text: "email IS NOT NULL"}, NotValid: true})
			},
			want: []string{"ALTER TABLE public.users DROP CONSTRAINT " + helper.Quote()},
		},
		{
			name: "NOT NULL is proven and its helper is still there", version: 17,
			observe: func(t *schema.Table) {
				t.Column("email").Nullable = false
				t.Checks = append(t.Checks, schema.Check{Name: helper, Expression: schema.Expression{Text: "email IS NOT NULL"}})
			},
			desire: func(t *schema.Table) { t.Column("email").Nullable = false },
			want:   []string{"ALTER TABLE public.users DROP CONSTRAINT " + helper.Quote()},
		},
		{
			name: "a helper of 17 on 18 is taken to its end", version: 18,
			observe: func(t *schema.Table) {
				t.Checks = append(t.Checks, schema.Check{Name: helper, Expression: schema.Expression{Text: "email IS NOT NULL"}})
			},
			desire: func(t *schema.Table) { t.Column("email").Nullable = false },
			want: []string{
				"ALTER TABLE public.users ALTER COLUMN email SET NOT NULL",
				"ALTER TABLE public.users DROP CONSTRAINT " + helper.Quote(),
			},
		},
		{
			name: "NOT NULL NOT VALID is validated, not set", version: 18,
			observe: func(t *schema.Table) {
				t.Column("email").Nullable, t.Column("email").NotNull = false, &schema.NotNullConstraint{Name: "own"}
			},
			desire: func(t *schema.Table) { t.Column("email").Nullable = false },
			want:   []string{"ALTER TABLE public.users VALIDATE CONSTRAINT own"},
		},
		{
			name: "NOT NULL NOT VALID is no longer desired", version: 18,
			observe: func(t *schema.Table) {
				t.Column("email").Nullable, t.Column("email").NotNull = false, &schema.NotNullConstraint{Name: "own"}
			},
			want: []string{"ALTER TABLE public.users ALTER COLUMN email DROP NOT NULL"},
		},
		{
			name: "a check is no longer to be replaced", version: 15,
			observe: func(t *schema.Table) {
				t.Checks = append(t.Checks, schema.Check{Name: replacement, Expression: schema.Expression{Text: "email <> 'x'"}, NotValid: true})
			},
			want: []string{"ALTER TABLE public.users DROP CONSTRAINT " + replacement.Quote()},
		},
		{
			name: "a check is to be replaced by yet another one", version: 15,
			observe: func(t *schema.Table) {
				t.Checks = append(t.Checks, schema.Check{Name: replacement, Expression: schema.Expression{Text: "email <> 'x'"}})
			},
			desire: func(t *schema.Table) { t.Checks[0].Expression.Text = "email <> 'y'" },
			want: []string{
				"ALTER TABLE public.users DROP CONSTRAINT " + replacement.Quote(),
				"ALTER TABLE public.users ADD CONSTRAINT " + replacement.Quote() + " CHECK (email <> 'y') NOT VALID",
				"ALTER TABLE public.users VALIDATE CONSTRAINT " + replacement.Quote(),
				"ALTER TABLE public.users DROP CONSTRAINT users_email_check",
				"ALTER TABLE public.users RENAME CONSTRAINT " + replacement.Quote() + " TO users_email_check",
			},
		},
		{
			name: "a check that was left NOT VALID", version: 15,
			observe: func(t *schema.Table) { t.Checks[0].NotValid = true },
			want:    []string{"ALTER TABLE public.users VALIDATE CONSTRAINT users_email_check"},
		},
		{
			name: "an identity is no longer desired", version: 15,
			observe: func(t *schema.Table) {
				t.Column("email").OwnedSequence = public(sequence)
				t.Column("email").Default = &schema.Expression{Text: "nextval('public." + sequence.Quote() + "'::regclass)"}
			},
			want: []string{
				"ALTER TABLE public.users ALTER COLUMN email DROP DEFAULT",
				"DROP SEQUENCE public." + sequence.Quote(),
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			desired, observed := usersTable(), usersTable()
			if c.desire != nil {
				c.desire(&desired)
			}
			c.observe(&observed)
			prior := usersTable()
			plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: c.version * 10000}}, desired, &prior, &observed)
			var got []string
			for _, o := range plan.Operations {
				got = append(got, o.Statements...)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// What neither configuration nor state names is left alone.
func TestPlanTableLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	desired, observed := usersTable(), usersTable()
	desired.Columns, desired.Checks, desired.PrimaryKey = desired.Columns[1:], nil, nil
	observed.Options = map[string]string{"fillfactor": "70"}
	observed.Uniques = []schema.Key{{Name: "other", Columns: []schema.Name{"plan"}}}
	observed.Exclusions = []schema.Exclusion{{Name: "else"}}
	plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 150000}}, desired, &desired, &observed)
	if len(plan.Operations) > 0 || len(plan.Findings) > 0 {
		t.Errorf("%s", render(plan))
	}
}

// A column leaves the primary key and becomes nullable: only after the key.
func TestPlanTableMovesThePrimaryKey(t *testing.T) {
	t.Parallel()
	observed := usersTable()
	observed.Columns[0].Identity = nil
	desired := usersTable()
	desired.Columns[0].Identity, desired.Columns[0].Nullable = nil, true
	desired.PrimaryKey = &schema.Key{Name: "users_pkey", Columns: []schema.Name{"plan"}}
	plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 150000}}, desired, &observed, &observed)
	var all []string
	for _, o := range plan.Operations {
		all = append(all, o.Statements...)
	}
	added := slices.IndexFunc(all, func(s string) bool { return len(s) > 0 && contains(s, "PRIMARY KEY USING INDEX") })
	dropped := slices.Index(all, "ALTER TABLE public.users ALTER COLUMN id DROP NOT NULL")
	if plan.Failed() || added < 0 || dropped < added {
		t.Errorf("key at %d, NOT NULL at %d:\n%s", added, dropped, render(plan))
	}
}

func TestPlanColumnKeepsNotNull(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*schema.Table){
		"inherited": func(t *schema.Table) { t.Column("plan").Inherited = true },
		"replica identity": func(t *schema.Table) {
			t.Indexes = append(t.Indexes, schema.Index{Name: public("i"), ReplicaIdentity: true, Keys: []schema.IndexKey{{Column: "plan"}}})
		},
	} {
		table := usersTable()
		change(&table)
		desired := *table.Column("plan")
		desired.Nullable = true
		if plan := planner.PlanColumn(planner.Change{Server: planner.Server{Version: 150000}}, table, desired, table.Column("plan")); !plan.Failed() {
			t.Errorf("%s:\n%s", name, render(plan))
		}
	}
}
