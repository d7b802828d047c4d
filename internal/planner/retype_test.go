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

// keyed is the users table with an integer key, and what is desired of it.
func keyed(changes ...func(*schema.Table)) (observed, desired schema.Table) {
	observed, desired = usersTable(), usersTable()
	observed.Columns[0].Type = integer
	for _, change := range changes {
		change(&observed)
	}
	desired.Checks, desired.Uniques, desired.Indexes = observed.Checks, observed.Uniques, nil
	return observed, desired
}

// TestRetypePlan keeps a plan from the beginning to the end, with all that can
// be tied to a key.
func TestRetypePlan(t *testing.T) {
	t.Parallel()
	orders := schema.QualifiedName{Schema: "public", Name: "orders"}
	target := 200
	observed, desired := keyed(func(u *schema.Table) {
		u.Columns[0].Comment, u.Columns[0].StatisticsTarget = "the key", &target
		u.Columns[0].NotNull = &schema.NotNullConstraint{Name: "users_id_not_null", Valid: true}
		u.ReferencedBy = []schema.ForeignKey{{
			Table: orders, Name: "orders_user_fkey", Columns: []schema.Name{"user_id"}, References: users, ReferencedColumns: []schema.Name{"id"},
			OnDelete: schema.Cascade, Comment: "who pays",
		}}
		u.Indexes = append(u.Indexes,
			schema.Index{
				Name: public("users_half_idx"), Table: users, Method: "btree", Comment: "half", Clustered: true, Columns: []schema.Name{"id", "email"},
				Keys:    []schema.IndexKey{{Expression: &schema.Expression{Text: "(id / 2)"}}, {Column: "email", Descending: true}},
				Include: []schema.Name{"id"}, Where: &schema.Expression{Text: "(id > 10)"}, Options: map[string]string{"fillfactor": "70"},
			},
			schema.Index{
				Name: public("users_id_email_key"), Table: users, Method: "btree", Unique: true, ReplicaIdentity: true,
				Keys: []schema.IndexKey{{Column: "id"}, {Column: "plan"}},
			})
		u.ReplicaIdentity = schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: "users_id_email_key"}
		u.Grants = []schema.Grant{{Grantee: "reader", Privilege: "SELECT", Column: "id", Grantable: true}, {Privilege: "SELECT"}}
	})
	desired.Columns[0].Comment, desired.Columns[0].StatisticsTarget, desired.ReplicaIdentity = "the key", &target, observed.ReplicaIdentity
	change := planner.Change{Server: planner.Server{Version: 180000}, SingleStep: true, LedgerMissing: true}
	plan := planner.PlanTable(change, desired, &observed, &observed)
	golden(t, "retype/key-with-everything", shortened(plan))

	// A pgphase_column has the same operations.
	single := planner.PlanColumn(change, observed, desired.Columns[0], &observed.Columns[0])
	operations := sqlWithoutRepeats(single.Operations)
	for i := range operations {
		operations[i] = strings.ReplaceAll(operations[i], `,"separate":true`, "")
	}
	if diff := cmp.Diff(sqlWithoutRepeats(plan.Operations), operations); diff != "" {
		t.Errorf("-table +column\n%s", diff)
	}
}

// TestRetypeRefused lists what cannot be carried over: refused at expand, not at
// contract.
func TestRetypeRefused(t *testing.T) {
	t.Parallel()
	index := func(change func(*schema.Index)) func(*schema.Table) {
		return func(u *schema.Table) {
			i := schema.Index{Name: public("users_other"), Table: users, Method: "btree", Keys: []schema.IndexKey{{Column: "id"}}}
			change(&i)
			u.Indexes = append(u.Indexes, i)
		}
	}
	dependent := func(kind schema.DependentKind, name string, columns ...schema.Name) func(*schema.Table) {
		return func(u *schema.Table) {
			u.Dependents = append(u.Dependents, schema.Dependent{Kind: kind, Name: name, Columns: columns, BlocksRetype: len(columns) == 0})
		}
	}
	for _, c := range []struct {
		name, want string
		change     func(*schema.Table)
		newType    schema.Type
	}{
		{name: "view", want: "view public.v", change: dependent("view", "public.v", "id", "plan")},
		{name: "policy", want: "policy p ON public.users", change: dependent("policy", "p ON public.users", "id")},
		{name: "publication", want: "publication some", change: dependent("publication", "some", "id")},
		{name: "statistics", want: "extended statistics public.s", change: dependent("extended statistics", "public.s", "id", "plan")},
		{name: "row-type", want: "column public.log.u", change: dependent("column", "public.log.u")},
		{name: "invalid", want: "INVALID", change: index(func(i *schema.Index) { i.Invalid = true })},
		{name: "operator-class", want: "operator class", change: index(func(i *schema.Index) {
			i.Keys[0].OperatorClass = schema.QualifiedName{Name: "int4_minmax_multi_ops"}
		})},
		{name: "doubtful", want: "does not tell", change: index(func(i *schema.Index) {
			i.Keys[0] = schema.IndexKey{Expression: &schema.Expression{Text: "EXTRACT(id FROM plan)"}}
			i.Columns = []schema.Name{"id"}
		})},
		{name: "exclusion", want: "exclusion constraint e", change: func(u *schema.Table) {
			u.Exclusions = []schema.Exclusion{{Name: "e", Method: "gist", Elements: []schema.ExclusionElement{{IndexKey: schema.IndexKey{Column: "id"}, Operator: "="}}}}
		}},
		{
			name: "foreign-key-numeric", want: "foreign key f of public.orders", newType: schema.Type{Text: "numeric", Canonical: "numeric"},
			change: func(u *schema.Table) {
				u.ReferencedBy = []schema.ForeignKey{{Table: public("orders"), Name: "f", Columns: []schema.Name{"u"}, References: users, ReferencedColumns: []schema.Name{"id"}}}
			},
		},
		{name: "partitioned", want: "The table is partitioned", change: partitioned},
		{name: "inheritance", want: "inheritance", change: func(u *schema.Table) { u.Children = []schema.QualifiedName{public("child")} }},
		{name: "partition", want: "partition", change: func(u *schema.Table) { u.PartitionOf = public("parent") }},
		{name: "leftover", want: "already", change: func(u *schema.Table) {
			u.Columns = append(u.Columns, schema.Column{Name: schema.DerivedName("shadow", "public", "users", "id"), Type: bigint, Nullable: true})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			observed, desired := keyed(c.change)
			desired.Exclusions = observed.Exclusions
			if c.newType.Text != "" {
				desired.Columns[0].Type = c.newType
				desired.Columns[0].Identity, observed.Columns[0].Identity = nil, nil
			}
			plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}, Phase: schema.Expand}, desired, &observed, &observed)
			said := slices.ContainsFunc(plan.Findings, func(f planner.Finding) bool {
				return strings.Contains(f.Summary+f.Detail, c.want)
			})
			if !plan.Failed() || !said || len(plan.Operations) > 0 {
				t.Errorf("want a refusal that says %q:\n%s", c.want, render(plan))
			}
		})
	}
}

// TestRetypeDeclared shows an open retype as the configuration has it, or each
// refresh would report drift.
func TestRetypeDeclared(t *testing.T) {
	t.Parallel()
	observed, desired := keyed(checked("users_id_check", "((id % 10) <> 9)"), func(u *schema.Table) {
		u.Columns[0].Identity, u.Columns[0].Default = nil, expr("'-1'::integer", schema.Immutable)
	})
	desired.Columns[0].Identity, desired.Columns[0].Default = nil, expr("-1", schema.Immutable)
	desired.Columns[0].Default.Canonical = "'-1'::bigint"
	desired.Checks = slices.Clone(desired.Checks)
	declared := expr("id % 10 <> 9", schema.Immutable)
	declared.Canonical = "((id % (10)::bigint) <> 9)"
	i := slices.IndexFunc(desired.Checks, func(c schema.Check) bool { return c.Name == "users_id_check" })
	desired.Checks[i].Expression = *declared
	change := planner.Change{Server: planner.Server{Version: 170000}}
	for _, phase := range []schema.Phase{schema.Expand, schema.Migrate} {
		change.Phase = phase
		plan := planner.PlanTable(change, desired, &observed, &observed)
		if slices.ContainsFunc(plan.Operations, func(o planner.Operation) bool { return strings.Contains(o.SQL(), "_new_") }) {
			t.Errorf("%s builds the check anew for its casts:\n%s", phase, render(plan))
		}
		sets := 0
		for _, o := range plan.Operations {
			sets += strings.Count(o.SQL(), "SET DEFAULT '-1'::bigint;")
		}
		if want := map[schema.Phase]int{schema.Expand: 0, schema.Migrate: 1}[phase]; sets != want {
			t.Errorf("%s sets the default %d times, want %d", phase, sets, want)
		}
		table := planner.Declared(desired, applied(t, observed, desired, plan.Operations))
		if got := table.Column("id").Type; !got.Equal(bigint) {
			t.Errorf("%s: %s, want bigint", phase, got.SQL())
		}
		if got := table.Column("id").Default; got == nil || got.Text != "-1" && got.Text != "'-1'::bigint" {
			t.Errorf("%s: the default is %v, want %v", phase, got, *desired.Columns[0].Default)
		}
		if got := table.Check("users_id_check").Expression.Text; phase == schema.Expand && got != declared.Text {
			t.Errorf("%s: the check is %s, want %s", phase, got, declared.Text)
		}
	}
}

// TestRetypeOpen refuses, of a retype that has begun, what would leave the table
// between two types, and lists what is retained.
func TestRetypeOpen(t *testing.T) {
	t.Parallel()
	observed, desired := keyed()
	change := planner.Change{Server: planner.Server{Version: 170000}, Phase: schema.Migrate}
	plan := planner.PlanTable(change, desired, &observed, &observed)
	table := applied(t, observed, desired, plan.Operations)
	retained := []string{"column public.users." + string(schema.DerivedName("retired", "public", "users", "id"))}
	if diff := cmp.Diff(retained, planner.Retained(table)); diff != "" {
		t.Error(diff)
	}
	refused := func(what, want string, desired schema.Table) {
		t.Helper()
		if plan := planner.PlanTable(change, desired, &observed, &table); !plan.Failed() || !strings.Contains(render(plan), want) {
			t.Errorf("%s: want a refusal that says %q:\n%s", what, want, render(plan))
		}
	}
	third := desired
	third.Columns = slices.Clone(desired.Columns)
	third.Columns[0].Type = schema.Type{Text: "smallint", Canonical: "smallint"}
	refused("a third type", "takes it back", third)
	without := desired
	without.Columns, without.PrimaryKey = desired.Columns[1:], nil
	refused("no column", "End that first", without)

	// A view that came after the swap would read the column that loses its name.
	table.Dependents = []schema.Dependent{{Kind: "view", Name: "public.v", Columns: []schema.Name{"id"}, BlocksDrop: true, BlocksRetype: true}}
	back := planner.Change{Server: change.Server, Phase: schema.Expand}
	if plan := planner.PlanTable(back, desired, &observed, &table); !plan.Failed() {
		t.Errorf("a view is lost on the way back:\n%s", render(plan))
	}
	if plan := planner.PlanTable(change, desired, &observed, &table); plan.Failed() || len(plan.Operations) > 0 {
		t.Errorf("a view on the new column stands in nobody's way:\n%s", render(plan))
	}
}

// TestRetypeTies names the tables that an apply has to be alone on, and does not
// trust what an interrupted one has left on columns of before.
func TestRetypeTies(t *testing.T) {
	t.Parallel()
	reference := schema.ForeignKey{
		Table: public("orders"), Name: "f", Columns: []schema.Name{"user_id"}, References: users, ReferencedColumns: []schema.Name{"id"},
	}
	observed, desired := keyed(func(u *schema.Table) { u.ReferencedBy = []schema.ForeignKey{reference} })
	change := planner.Change{Server: planner.Server{Version: 170000}}
	plans := map[schema.Phase]planner.Plan{}
	for phase, want := range map[schema.Phase][]schema.QualifiedName{schema.Expand: nil, schema.Migrate: {public("orders")}} {
		change.Phase = phase
		plans[phase] = planner.PlanTable(change, desired, &observed, &observed)
		if diff := cmp.Diff(want, plans[phase].Ties); diff != "" {
			t.Errorf("%s: %s", phase, diff)
		}
	}

	var added schema.Name
	for _, o := range plans[schema.Migrate].Operations {
		if _, rest, found := strings.Cut(o.SQL(), "ALTER TABLE public.orders ADD CONSTRAINT "); found {
			added = schema.Name(strings.Fields(rest)[0])
		}
	}
	left := reference
	left.Name, left.Columns, left.ReferencedColumns = added, []schema.Name{"retired"}, []schema.Name{schema.DerivedName("shadow", "public", "users", "id")}
	table := applied(t, observed, desired, plans[schema.Expand].Operations)
	table.ReferencedBy = append(slices.Clone(table.ReferencedBy), left)
	change.Phase = schema.Migrate
	text := render(planner.PlanTable(change, desired, &observed, &table))
	drop, add := strings.Index(text, "DROP CONSTRAINT "+string(added)), strings.Index(text, "ADD CONSTRAINT "+string(added))
	if added == "" || drop < 0 || add < drop {
		t.Errorf("%s is not made anew:\n%s", added, text)
	}
}

// TestRetypeConversionRefused lists what is wrong with `up` and `down`, and what
// cannot be begun with them.
func TestRetypeConversionRefused(t *testing.T) {
	t.Parallel()
	up := func(text string, v schema.Volatility) *schema.Conversion {
		return &schema.Conversion{Up: expr(text, v), Facts: &schema.ConversionFacts{}}
	}
	code := schema.Column{Name: "code", Type: text, Nullable: true, Position: 4}
	for _, c := range []struct {
		name, want string
		before     func(*schema.Table)
		after      func(*schema.Column)
	}{
		{name: "semicolon", want: "a semicolon", after: func(c *schema.Column) { c.Conversion = up("1; 2", schema.Immutable) }},
		{name: "replaces", want: "Write `up` within `replaces`", after: func(c *schema.Column) { c.Replaces = replaced(nil, nil, "old") }},
		{name: "volatile", want: "volatile", after: func(c *schema.Column) { c.Conversion = up("random()::integer", schema.Volatile) }},
		{name: "unassigned", want: "does not convert text to integer by itself", after: func(c *schema.Column) { c.Conversion = &schema.Conversion{Facts: &schema.ConversionFacts{}} }},
		{
			name: "session", want: "follows settings of the session",
			after: func(c *schema.Column) {
				c.Conversion = &schema.Conversion{Facts: &schema.ConversionFacts{Assigns: true}}
			},
		},
		{
			name: "uncarried", want: "index public.users_lower: function lower(integer) does not exist",
			after: func(c *schema.Column) {
				c.Conversion.Facts.Uncarried = []string{"index public.users_lower: function lower(integer) does not exist"}
			},
		},
		{
			name: "check-to-come", want: "changes together with its type",
			before: checked("users_code_check", "(code <> ''::text)"), after: func(*schema.Column) {},
		},
		{
			name: "foreign-key", want: "comparable types", after: func(*schema.Column) {},
			before: func(u *schema.Table) {
				u.ForeignKeys = []schema.ForeignKey{{Table: users, Name: "f", Columns: []schema.Name{"code"}, References: public("codes"), ReferencedColumns: []schema.Name{"code"}}}
			},
		},
		{
			name: "foreign-key-of-other-values", want: "`up` gives one side other values",
			after: func(c *schema.Column) { c.Type = typeOf(short) },
			before: func(u *schema.Table) {
				u.ForeignKeys = []schema.ForeignKey{{Table: users, Name: "f", Columns: []schema.Name{"code"}, References: public("codes"), ReferencedColumns: []schema.Name{"code"}}}
			},
		},
		{
			name: "identity", want: "Remove `identity` first", after: func(c *schema.Column) { c.Type = text },
			before: func(u *schema.Table) {
				c := u.Column("code")
				c.Type, c.Nullable, c.Identity = integer, false, &schema.Identity{}
			},
		},
		{name: "domain", want: "is a domain with a constraint", after: func(c *schema.Column) { c.Type = typeOf("public.not_null_domain") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			observed := usersTable()
			add(code)(&observed)
			if c.before != nil {
				observed.Columns = slices.Clone(observed.Columns)
				c.before(&observed)
			}
			desired := observed
			desired.Columns, desired.Checks, desired.Indexes = slices.Clone(observed.Columns), slices.Clone(observed.Checks), nil
			column := desired.Column("code")
			column.Type, column.Conversion = integer, up("(code)::integer", schema.Immutable)
			column.Identity = nil
			c.after(column)
			if c.name == "check-to-come" {
				checked("users_code_check", "(code > 7)")(&desired)
			}
			plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 170000}, Phase: schema.Expand}, desired, &observed, &observed)
			if !plan.Failed() || !strings.Contains(render(plan), c.want) || len(plan.Operations) > 0 {
				t.Errorf("want a refusal that says %q:\n%s", c.want, render(plan))
			}
		})
	}
}

// TestRetypeRedefined refuses another conversion than that by which values have
// been converted, and goes on with the same one.
func TestRetypeRedefined(t *testing.T) {
	t.Parallel()
	i := slices.IndexFunc(transitionCases, func(c transitionCase) bool { return c.name == "retype-converted" })
	observed, desired := transitionCases[i].tables()
	change := planner.Change{Server: planner.Server{Version: 160000}, Phase: schema.Expand}
	table := applied(t, observed, desired, planner.PlanTable(change, desired, &observed, &observed).Operations)
	for name, conversion := range map[string]*schema.Conversion{
		"another up":   {Up: expr("(length(code))", schema.Immutable), Down: expr("((code)::text)", schema.Immutable)},
		"another down": {Up: expr("((code)::integer)", schema.Immutable), Down: expr("NULL::text", schema.Immutable)},
		"no up":        {Down: expr("((code)::text)", schema.Immutable)},
		"nothing":      nil,
	} {
		other := desired
		other.Columns = slices.Clone(desired.Columns)
		other.Column("code").Conversion = conversion
		if plan := planner.PlanTable(change, other, &observed, &table); !plan.Failed() || !strings.Contains(render(plan), "begun with") {
			t.Errorf("%s:\n%s", name, render(plan))
		}
	}
	if plan := planner.PlanTable(change, desired, &observed, &table); plan.Failed() || len(plan.Operations) > 0 {
		t.Errorf("the same conversion:\n%s", render(plan))
	}
}
