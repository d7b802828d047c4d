// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// tableCase is one change of a table: its plan is golden, and it is
// interrupted after each of its operations.
type tableCase struct {
	name    string
	version int
	// before changes the users table before it is observed; after changes what
	// is desired, starting from what is observed.
	before, after func(*schema.Table)
	// refused plans have no sequel.
	refused bool
}

var (
	users   = schema.QualifiedName{Schema: "public", Name: "users"}
	bigint  = schema.Type{Text: "bigint", Canonical: "bigint", Facts: &schema.TypeFacts{Kind: "b", Length: 8, Align: "d"}}
	integer = schema.Type{Text: "int", Canonical: "integer", Facts: &schema.TypeFacts{Kind: "b", Length: 4, Align: "i"}}
	stamp   = schema.Type{Text: "timestamptz", Canonical: "timestamp with time zone", Facts: &schema.TypeFacts{Kind: "b", Length: 8, Align: "d"}}
	boolean = schema.Type{Text: "bool", Canonical: "boolean", Facts: &schema.TypeFacts{Kind: "b", Length: 1, Align: "c"}}
	text    = schema.Type{Text: "text", Canonical: "text", Facts: &schema.TypeFacts{Kind: "b", Length: -1, Align: "i"}}
	uuid    = schema.Type{Text: "uuid", Canonical: "uuid", Facts: &schema.TypeFacts{Kind: "b", Length: 16, Align: "c"}}
)

func expr(text string, v schema.Volatility) *schema.Expression {
	return &schema.Expression{Text: text, Volatility: v}
}

// usersTable is what the server has before each case.
func usersTable() schema.Table {
	return schema.Table{
		Name: users,
		Columns: []schema.Column{
			{Name: "id", Type: bigint, Identity: &schema.Identity{Always: true}, Position: 1},
			{Name: "email", Type: text, Nullable: true, Position: 2},
			{Name: "plan", Type: text, Default: expr("'free'", schema.Immutable), Position: 3},
		},
		PrimaryKey: &schema.Key{Name: "users_pkey", Columns: []schema.Name{"id"}},
		Checks:     []schema.Check{{Name: "users_email_check", Expression: *expr("email <> ''", schema.Immutable), Columns: []schema.Name{"email"}}},
		Indexes: []schema.Index{{
			Name: schema.QualifiedName{Schema: "public", Name: "users_pkey"}, Table: users, Method: "btree", Unique: true,
			Keys: []schema.IndexKey{{Column: "id"}}, Constraint: "users_pkey",
		}},
	}
}

func partitioned(t *schema.Table) {
	t.PartitionBy = &schema.PartitionKey{Strategy: "hash", Keys: []schema.IndexKey{{Column: "id"}}}
	t.Columns[0].Identity = nil
	t.Partitions = []schema.Partition{
		{Name: schema.QualifiedName{Schema: "public", Name: "users_0"}, Bound: "FOR VALUES WITH (modulus 2, remainder 0)"},
		{
			Name: schema.QualifiedName{Schema: "public", Name: "users_1"}, Bound: "FOR VALUES WITH (modulus 2, remainder 1)", Partitioned: true,
			Partitions: []schema.Partition{{Name: schema.QualifiedName{Schema: "public", Name: "users_1_all"}, Bound: "FOR VALUES WITH (modulus 1, remainder 0)"}},
		},
	}
}

func add(column schema.Column) func(*schema.Table) {
	return func(t *schema.Table) { t.Columns = append(t.Columns, column) }
}

func all(changes ...func(*schema.Table)) func(*schema.Table) {
	return func(t *schema.Table) {
		for _, change := range changes {
			change(t)
		}
	}
}

func published(t *schema.Table) { t.Publications = []schema.Name{"everything"} }

func triggered(t *schema.Table) {
	t.Triggers = []schema.Trigger{
		{Name: "touch", Function: schema.QualifiedName{Schema: "public", Name: "touch"}, Events: []string{"INSERT", "UPDATE"}},
		{Name: "quiet", Function: schema.QualifiedName{Schema: "public", Name: "touch"}, Events: []string{"UPDATE"}, Disabled: true},
	}
}

func required(column schema.Name, fill *schema.Expression) func(*schema.Table) {
	return func(t *schema.Table) {
		t.Column(column).Nullable = false
		t.Column(column).Backfill = fill
	}
}

var (
	serial = func(t *schema.Table) {
		t.Columns[0].Identity = nil
		t.Columns[0].OwnedSequence = schema.QualifiedName{Schema: "public", Name: "users_id_seq"}
		t.Columns[0].Default = expr("nextval('public.users_id_seq'::regclass)", schema.Volatile)
	}
	identity = func(t *schema.Table) {
		t.Columns[0].Default, t.Columns[0].OwnedSequence = nil, schema.QualifiedName{}
		t.Columns[0].Identity = &schema.Identity{}
	}
	virtualColumn = schema.Column{
		Name: "domain", Type: text, Nullable: true,
		Generated: &schema.Generated{Expression: *expr("split_part(email, '@', 2)", schema.Immutable), Virtual: true},
	}
)

var tableCases = []tableCase{
	{name: "add/nullable", version: 15, after: add(schema.Column{
		Name: "note", Type: text, Nullable: true, Comment: "what's up",
		Storage: "external", Compression: "pglz", StatisticsTarget: new(500), Collation: schema.QualifiedName{Schema: "pg_catalog", Name: "C"},
	})},
	{name: "add/default", version: 14, after: add(schema.Column{Name: "active", Type: boolean, Default: expr("true", "")})},
	{name: "add/stable-default", version: 14, after: add(schema.Column{Name: "seen", Type: stamp, Nullable: true, Default: expr("now()", schema.Stable)})},
	{name: "add/volatile-default", version: 17, after: add(schema.Column{Name: "key", Type: uuid, Default: expr("gen_random_uuid()", schema.Volatile), Comment: "public"})},
	{name: "add/volatile-default-18", version: 18, after: add(schema.Column{Name: "key", Type: uuid, Default: expr("gen_random_uuid()", schema.Volatile)})},
	{name: "add/unknown-default-nullable", version: 16, after: add(schema.Column{Name: "key", Type: uuid, Nullable: true, Default: expr("make_key()", "")})},
	{name: "add/required", version: 16, after: add(schema.Column{Name: "phone", Type: text})},
	{name: "add/backfill", version: 16, before: triggered, after: add(schema.Column{Name: "phone", Type: text, Backfill: expr("coalesce(email, '')", schema.Immutable)})},
	{name: "add/backfill-18", version: 18, after: add(schema.Column{Name: "phone", Type: text, Backfill: expr("''", "")})},
	{name: "add/backfill-and-default", version: 15, after: add(schema.Column{Name: "tier", Type: integer, Default: expr("1", ""), Backfill: expr("0", "")})},
	{name: "add/backfill-nullable", version: 18, after: add(schema.Column{Name: "tier", Type: integer, Nullable: true, Backfill: expr("0", "")})},
	{name: "add/backfill-partitioned", version: 17, before: partitioned, after: add(schema.Column{Name: "phone", Type: text, Backfill: expr("''", "")})},
	{name: "add/identity", version: 16, after: add(schema.Column{
		Name: "number", Type: bigint,
		Identity: &schema.Identity{Always: true, Sequence: schema.SequenceOptions{Start: new(int64(1000))}}, Comment: "shown",
	})},
	{name: "add/identity-18", version: 18, after: add(schema.Column{Name: "number", Type: integer, Identity: &schema.Identity{}})},
	{
		name: "add/identity-partitioned-16", version: 16, refused: true, before: partitioned,
		after: add(schema.Column{Name: "number", Type: bigint, Identity: &schema.Identity{}}),
	},
	{name: "add/published", version: 15, before: published, after: add(schema.Column{Name: "note", Type: text, Nullable: true})},
	{name: "add/stored", version: 18, refused: true, after: add(schema.Column{
		Name: "domain", Type: text, Nullable: true,
		Generated: &schema.Generated{Expression: *expr("split_part(email, '@', 2)", schema.Immutable)},
	})},
	{name: "add/virtual", version: 18, after: add(virtualColumn)},
	{name: "add/virtual-required", version: 18, after: all(add(virtualColumn), required("domain", nil))},
	{name: "add/virtual-17", version: 17, refused: true, after: add(virtualColumn)},
	{name: "add/constrained-domain", version: 15, refused: true, after: add(schema.Column{
		Name: "mail", Nullable: true,
		Type: schema.Type{Text: "public.email", Canonical: "public.email", Facts: &schema.TypeFacts{Kind: "d", Length: -1, Align: "i", Constrained: true}},
	})},
	{name: "add/with-check", version: 15, after: all(add(schema.Column{Name: "age", Type: integer, Nullable: true}), func(t *schema.Table) {
		t.Checks = append(t.Checks, schema.Check{Name: "users_age_check", Expression: *expr("age > 0", schema.Immutable)})
	})},

	{name: "not-null/17", version: 17, after: required("email", nil)},
	{name: "not-null/18", version: 18, after: required("email", nil)},
	{name: "not-null/backfill", version: 17, before: triggered, after: required("email", expr("''", ""))},
	{name: "not-null/backfill-18", version: 18, after: required("email", expr("lower(plan)", schema.Immutable))},
	{name: "not-null/partitioned", version: 16, before: partitioned, after: required("email", nil)},
	{name: "not-null/proven-by-check", version: 15, before: func(t *schema.Table) {
		t.Checks = append(t.Checks, schema.Check{Name: "there", Expression: schema.Expression{Text: "(email IS NOT NULL)"}, Columns: []schema.Name{"email"}})
	}, after: all(required("email", nil), func(t *schema.Table) { t.Checks = t.Checks[:1] })},
	{name: "not-null/dropped", version: 15, after: func(t *schema.Table) { t.Column("plan").Nullable = true }},
	{name: "not-null/with-default-and-type", version: 15, after: func(t *schema.Table) {
		t.Column("email").Nullable = false
		t.Column("email").Default = expr("''", "")
		t.Column("email").Comment = "mail"
	}},

	{name: "default/changed", version: 15, after: func(t *schema.Table) { t.Column("plan").Default = expr("'none'", "") }},
	{name: "default/dropped", version: 15, after: func(t *schema.Table) { t.Column("plan").Default = nil }},
	{name: "identity/kind-and-options", version: 15, after: func(t *schema.Table) {
		t.Column("id").Identity = &schema.Identity{Sequence: schema.SequenceOptions{Cache: new(int64(20)), Cycle: true}}
	}},
	{name: "identity/dropped", version: 15, after: func(t *schema.Table) { t.Column("id").Identity = nil }},
	{name: "identity/of-serial", version: 15, before: serial, after: identity},
	{name: "identity/of-plain", version: 15, before: func(t *schema.Table) { t.Column("id").Identity = nil }, after: identity},
	{name: "identity/without-index", version: 15, refused: true, before: func(t *schema.Table) { t.Column("email").Type, t.Checks = bigint, nil }, after: func(t *schema.Table) {
		t.Column("email").Identity, t.Column("email").Nullable = &schema.Identity{}, false
	}},
	{name: "generated/frozen", version: 17, before: func(t *schema.Table) {
		t.Column("email").Generated = &schema.Generated{Expression: *expr("lower(plan)", schema.Immutable)}
	}, after: func(t *schema.Table) { t.Column("email").Generated = nil }},
	{name: "generated/stored-expression", version: 17, refused: true, before: func(t *schema.Table) {
		t.Column("email").Generated = &schema.Generated{Expression: *expr("lower(plan)", schema.Immutable)}
	}, after: func(t *schema.Table) {
		t.Column("email").Generated = &schema.Generated{Expression: *expr("upper(plan)", schema.Immutable)}
	}},
	{name: "generated/virtual-expression", version: 18, before: func(t *schema.Table) {
		t.Checks = nil
		t.Column("email").Nullable = false
		t.Column("email").Generated = &schema.Generated{Expression: *expr("lower(plan)", schema.Immutable), Virtual: true}
	}, after: func(t *schema.Table) {
		t.Column("email").Generated = &schema.Generated{Expression: *expr("upper(plan)", schema.Immutable), Virtual: true}
	}},
	{name: "storage", version: 16, before: func(t *schema.Table) { t.Column("plan").Storage = "main" }, after: func(t *schema.Table) {
		t.Column("plan").Storage = ""
		t.Column("email").Compression, t.Column("email").Storage = "pglz", "external"
		t.Column("email").StatisticsTarget = new(1000)
	}},

	{name: "check/added", version: 15, after: func(t *schema.Table) {
		t.Checks = append(t.Checks, schema.Check{Name: "users_plan_check", Expression: *expr("plan IN ('free', 'paid')", schema.Immutable), Comment: "plans"})
	}},
	{name: "check/added-partitioned", version: 15, before: partitioned, after: func(t *schema.Table) {
		t.Checks = append(t.Checks, schema.Check{Name: "users_plan_check", Expression: *expr("plan <> ''", schema.Immutable)})
	}},
	{name: "check/redefined", version: 15, after: func(t *schema.Table) {
		t.Checks[0].Expression, t.Checks[0].Comment = *expr("email LIKE '%@%'", schema.Immutable), "looks like mail"
	}},
	{name: "check/enforced", version: 18, before: func(t *schema.Table) { t.Checks[0].NotEnforced = true }},
	{name: "check/dropped", version: 15, after: func(t *schema.Table) { t.Checks = nil }},
	{name: "exclusion/added", version: 15, refused: true, after: func(t *schema.Table) {
		t.Exclusions = []schema.Exclusion{{Name: "users_email_excl", Method: "btree", Elements: []schema.ExclusionElement{
			{IndexKey: schema.IndexKey{Column: "email"}, Operator: "="},
		}}}
	}},

	{
		name: "options", version: 15, before: func(t *schema.Table) { t.Options = map[string]string{"fillfactor": "90", "parallel_workers": "2"} },
		after: func(t *schema.Table) {
			t.Options = map[string]string{"fillfactor": "70", "toast.autovacuum_enabled": "false"}
			t.Comment = "people"
		},
	},
	{name: "replica-identity", version: 15, after: func(t *schema.Table) { t.ReplicaIdentity.Mode = schema.ReplicaIdentityFull }},
	{name: "unlogged", version: 15, refused: true, after: func(t *schema.Table) { t.Unlogged = true }},
	{name: "tablespace", version: 15, refused: true, after: func(t *schema.Table) { t.Tablespace = "fast" }},
	{name: "partition-by", version: 15, refused: true, after: partitioned},
	{name: "renamed", version: 15, refused: true, after: func(t *schema.Table) { t.Name.Name = "people" }},
	{name: "column-removed", version: 15, refused: true, after: func(t *schema.Table) {
		t.Columns, t.Checks = slices.Delete(t.Columns, 1, 2), nil
	}},
}

// tables returns what is observed and what is desired.
func (c tableCase) tables() (observed, desired schema.Table) {
	observed = usersTable()
	if c.before != nil {
		c.before(&observed)
	}
	desired = usersTable()
	if c.before != nil {
		c.before(&desired)
	}
	// What only a server knows is not desired.
	desired.Indexes, desired.Partitions, desired.Publications, desired.Triggers = nil, nil, nil, nil
	for i := range desired.Columns {
		desired.Columns[i].Position, desired.Columns[i].OwnedSequence = 0, schema.QualifiedName{}
	}
	for i := range desired.Checks {
		desired.Checks[i].Columns, desired.Checks[i].NotEnforced = nil, false
	}
	if c.after != nil {
		c.after(&desired)
	}
	return observed, desired
}

func (c tableCase) change() planner.Change {
	return planner.Change{Server: planner.Server{Version: c.version * 10000}}
}

// prior is what the state names: what was there.
func (c tableCase) prior() *schema.Table {
	observed, _ := c.tables()
	return &observed
}
