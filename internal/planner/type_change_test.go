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

// typeCase changes the column "value" of the users table.
type typeCase struct {
	name string
	from string
	to   string
	// collation is the wanted one.
	collation schema.QualifiedName
	version   int
	elsewhere bool // the session's time zone is not UTC
	have      func(*schema.Table)
	refused   bool
	phase     schema.Phase
	// conversion is what is declared and known of the values.
	conversion *schema.Conversion
}

func onValue(changes ...func(*schema.Index)) func(*schema.Table) {
	return withIndex(append([]func(*schema.Index){func(i *schema.Index) {
		i.Name.Name, i.Columns, i.Keys = "users_value_idx", []schema.Name{"value"}, []schema.IndexKey{{Column: "value"}}
		i.Definition = "CREATE INDEX users_value_idx ON public.users USING btree (value)"
	}}, changes...)...)
}

func lowerValue(i *schema.Index) {
	i.Keys = []schema.IndexKey{{Expression: expr("lower((value)::text)", schema.Immutable)}}
	i.Definition = "CREATE INDEX users_value_idx ON public.users USING btree (lower((value)::text))"
}

func whereValue(i *schema.Index) {
	i.Keys, i.Where = []schema.IndexKey{{Column: "id"}}, expr("((value)::text <> ''::text)", schema.Immutable)
	i.Name.Name = "users_partial_idx"
	i.Definition = "CREATE INDEX users_partial_idx ON public.users USING btree (id) WHERE ((value)::text <> ''::text)"
}

func valueCheck(t *schema.Table) {
	t.Checks = append(t.Checks, schema.Check{
		Name: "users_value_check", Expression: *expr("((value)::text <> ''::text)", schema.Immutable),
		Columns: []schema.Name{"value"}, Comment: "not empty",
	})
}

func valueForeignKeys(t *schema.Table) {
	t.ForeignKeys = []schema.ForeignKey{
		{Table: users, Name: "users_value_fkey", Columns: []schema.Name{"value"}, References: inPublic("words"), ReferencedColumns: []schema.Name{"word"}},
		{Table: users, Name: "users_plan_fkey", Columns: []schema.Name{"plan"}, References: inPublic("plans"), ReferencedColumns: []schema.Name{"name"}},
	}
	t.ReferencedBy = []schema.ForeignKey{
		{Table: inPublic("uses"), Name: "uses_value_fkey", Columns: []schema.Name{"value"}, References: users, ReferencedColumns: []schema.Name{"value"}},
	}
}

func dependsOnValue(t *schema.Table) {
	t.Dependents = []schema.Dependent{
		{Kind: "view", Name: "public.values", Columns: []schema.Name{"value"}, BlocksDrop: true, BlocksRetype: true},
		{Kind: "index", Name: "public.users_value_idx", Columns: []schema.Name{"value"}},
		{Kind: "policy", Name: "visible", Columns: []schema.Name{"plan"}, BlocksRetype: true},
	}
}

// setAside is the marker of an index that an interrupted run has dropped.
func setAside(t *schema.Table) {
	t.Checks = append(t.Checks, schema.Check{
		Name: schema.DerivedName("rebuild", "public", "users", "value", "users_value_idx"), NotValid: true,
		Expression: *expr("true", schema.Immutable),
		Comment: `pgphase: this index was dropped for a change of type and is to be built again: ` +
			`{"column":"value","index":{"schema":"public","name":"users_value_idx"},"sql":"CREATE INDEX CONCURRENTLY users_value_idx ON public.users USING btree (lower((value)::text))","computed":true}`,
	})
}

const (
	short = "character varying(10)"
	wide  = "character varying(20)"
	naive = "timestamp without time zone"
	aware = "timestamp with time zone"
)

var typeCases = []typeCase{
	{name: "widen", from: short, to: wide, have: onValue()},
	{name: "keeps-storage-and-collation", from: short, to: "text", collation: schema.QualifiedName{Schema: "pg_catalog", Name: "C"}, have: func(t *schema.Table) {
		c := t.Column("value")
		c.Collation, c.Storage, c.Compression = schema.QualifiedName{Schema: "pg_catalog", Name: "C"}, "external", "lz4"
	}},
	{name: "computed-indexes", from: short, to: wide, have: all(onValue(lowerValue, commented), onValue(whereValue))},
	{name: "computed-indexes-dropped", from: short, to: wide, have: all(setAside, onValue(whereValue))},
	{name: "computed-indexes-changed", from: wide, to: wide, have: setAside},
	{name: "computed-indexes-half-built", from: wide, to: wide, have: all(setAside, onValue(lowerValue, invalid))},
	{name: "computed-indexes-built", from: wide, to: wide, have: all(setAside, onValue(lowerValue))},
	{name: "computed-unique-index", from: short, to: wide, refused: true, have: onValue(lowerValue, unique)},
	{name: "in-tablespace", from: short, to: wide, have: onValue(lowerValue, onFast)},
	{name: "checks", from: short, to: wide, have: valueCheck},
	{name: "checks-not-valid", from: short, to: wide, have: all(valueCheck, func(t *schema.Table) { t.Checks[1].NotValid = true })},
	{name: "foreign-keys", from: short, to: wide, have: valueForeignKeys},
	{name: "foreign-keys-of-other-operators", from: "public.citext", to: "text", refused: true, have: valueForeignKeys},
	{name: "dependents", from: short, to: wide, refused: true, have: dependsOnValue},
	{name: "timestamptz", from: naive, to: aware, have: onValue()},
	{name: "timestamptz-elsewhere", from: naive, to: aware, elsewhere: true, refused: true, have: onValue()},
	{name: "timestamptz-unique", from: naive, to: aware, refused: true, have: onValue(unique)},
	{name: "timestamptz-computed", from: naive, to: aware, refused: true, have: onValue(lowerValue)},
	{name: "collation", from: "text", to: "text", collation: schema.QualifiedName{Schema: "pg_catalog", Name: "C"}, have: onValue()},
	{name: "collation-of-its-own", from: "text", to: "text", collation: schema.QualifiedName{Schema: "pg_catalog", Name: "C"}, have: onValue(func(i *schema.Index) {
		i.Keys[0].Collation = schema.QualifiedName{Schema: "pg_catalog", Name: "POSIX"}
	})},
	{name: "partitioned", from: short, to: wide, have: partitioned},
	{name: "partitioned-indexed", from: short, to: wide, refused: true, have: all(partitioned, onValue())},
	{name: "partitioned-indexed-by-partition", from: short, to: wide, have: all(partitioned, func(t *schema.Table) {
		t.Partitions[0].Indexes = []schema.Index{emailIndex(named("own"), func(i *schema.Index) {
			i.Columns, i.Keys = []schema.Name{"value"}, []schema.IndexKey{{Column: "value"}}
		})}
	})},
	{name: "partitioned-computed-by-partition", from: short, to: wide, refused: true, have: all(partitioned, func(t *schema.Table) {
		t.Partitions[1].Partitions[0].Indexes = []schema.Index{emailIndex(named("own"), lowerValue, func(i *schema.Index) { i.Columns = []schema.Name{"value"} })}
	})},
	{name: "partition-key", from: short, to: wide, refused: true, have: all(partitioned, func(t *schema.Table) {
		t.PartitionBy.Keys = []schema.IndexKey{{Column: "value"}}
	})},
	{name: "of-a-child", from: short, to: wide, refused: true, have: func(t *schema.Table) {
		t.Inherits = []schema.QualifiedName{inPublic("everybody")}
		t.Column("value").Inherited = true
	}},
	{name: "inherited-by-others", from: short, to: wide, refused: true, have: func(t *schema.Table) { t.Children = []schema.QualifiedName{inPublic("child")} }},

	{name: "rewrite/widen-integer", from: "integer", to: "bigint", refused: true},
	{name: "rewrite/narrow-varchar", from: wide, to: short, refused: true},
	{name: "rewrite/narrow-integer", from: "numeric", to: "integer", refused: true},
	{name: "rewrite/narrow-numeric", from: "numeric(10,2)", to: "numeric(8,1)", refused: true},
	{name: "rewrite/narrow-timestamp", from: "timestamp(6) with time zone", to: "timestamp(3) with time zone", refused: true},
	{name: "rewrite/parse", from: "text", to: "uuid", version: 16, refused: true},
	{name: "rewrite/parse-15", from: "text", to: "uuid", version: 15, refused: true},
	{name: "rewrite/array", from: "text[]", to: "character varying[]", refused: true},
}

func (c typeCase) plan() planner.Plan {
	have := usersTable()
	have.Columns = append(have.Columns, schema.Column{Name: "value", Type: typeOf(c.from), Nullable: true, Position: 4})
	if c.have != nil {
		c.have(&have)
	}
	want := usersTable()
	want.Columns, want.Checks, want.PartitionBy = slices.Clone(have.Columns), slices.Clone(have.Checks), have.PartitionBy
	column := want.Column("value")
	column.Type, column.Collation, column.Conversion = typeOf(c.to), c.collation, c.conversion
	// Markers are nobody's.
	want.Checks = slices.DeleteFunc(want.Checks, func(k schema.Check) bool { return k.Comment != "" && k.NotValid })
	version := 15
	if c.version != 0 {
		version = c.version
	}
	prior := usersTable()
	return planner.PlanTable(planner.Change{Server: planner.Server{Version: version * 10000, UTC: !c.elsewhere}, Phase: c.phase}, want, &prior, &have)
}

func TestPlanTypeChange(t *testing.T) {
	t.Parallel()
	for _, c := range typeCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := c.plan()
			golden(t, "type/"+c.name, plan)
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
