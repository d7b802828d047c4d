// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func public(name schema.Name) schema.QualifiedName {
	return schema.QualifiedName{Schema: "public", Name: name}
}

func canonical(text string) *schema.Expression {
	return &schema.Expression{Text: text, Canonical: text}
}

func typed(text string) schema.Type { return schema.Type{Text: text, Canonical: text} }

// everything has each attribute of each resource once.
func everything() []*schema.Table {
	orders := &schema.Table{
		Name: schema.QualifiedName{Schema: "Shop", Name: "Order lines"}, Comment: "What is in an order.\nNot what was paid.",
		Columns: []schema.Column{
			{Name: "id", Type: typed("bigint"), Identity: &schema.Identity{Always: true, Sequence: schema.SequenceOptions{
				Start: new(int64(100)), Increment: new(int64(5)), MaxValue: new(int64(9223372036854775806)), Cycle: true,
			}}},
			{Name: "user id", Type: typed("integer"), Nullable: true},
			{Name: "state", Type: typed("public.order_state"), Default: canonical("'new'::public.order_state")},
			{Name: "at", Type: typed("timestamp(3) with time zone"), Default: canonical("now()"), StatisticsTarget: new(500)},
			{Name: "note", Type: typed("character varying(40)"), Nullable: true, Collation: schema.QualifiedName{Schema: "pg_catalog", Name: "C"}, Compression: "lz4", Storage: "external", Comment: `a "quoted" ${comment}`},
			{Name: "gone", Type: typed("text"), Nullable: true, Default: canonical("NULL")},
			{Name: "total", Type: typed("numeric(10,2)"), Nullable: true, Generated: &schema.Generated{Expression: *canonical("(price * (amount)::numeric)")}},
			{Name: "seen", Type: typed("text"), Nullable: true, Generated: &schema.Generated{Expression: *canonical("lower(note)"), Virtual: true}},
			{Name: "null", Type: typed("boolean"), Nullable: true, Default: canonical("true")},
		},
		PrimaryKey: &schema.Key{Name: "order_lines_pk", Columns: []schema.Name{"id"}, Include: []schema.Name{"at"}, Options: map[string]string{"fillfactor": "90"}},
		Uniques: []schema.Key{
			{Name: "z_key", Columns: []schema.Name{"user id", "at"}, NullsNotDistinct: true, Deferral: schema.Deferral{Deferrable: true, InitiallyDeferred: true}, Tablespace: "fast", Comment: "once"},
			{Name: "a_key", Columns: []schema.Name{"note"}},
		},
		Checks: []schema.Check{
			{Name: "short", Expression: *canonical("(total > (0)::numeric)"), NoInherit: true},
			{Name: "long", Expression: *canonical(`((state = 'new'::public.order_state) OR ((state = 'sent'::public.order_state) AND (at IS NOT NULL)) OR (note ~~ '%{x}'::text))`), NotValid: true},
			{Name: "cases", Expression: *canonical("\nCASE\n    WHEN (total IS NULL) THEN true\n    ELSE (total > (0)::numeric)\nEND"), Comment: "a case"},
		},
		Exclusions: []schema.Exclusion{{
			Name: "no_overlap", Method: "gist", Where: canonical("(note IS NOT NULL)"),
			Elements: []schema.ExclusionElement{
				{IndexKey: schema.IndexKey{Column: "user id"}, Operator: "="},
				{IndexKey: schema.IndexKey{Expression: canonical("tstzrange(at, at)")}, Operator: "&&"},
			},
		}},
		Options: map[string]string{"fillfactor": "80", "autovacuum_vacuum_scale_factor": "0.05", "toast.autovacuum_enabled": "false", "autovacuum_analyze_scale_factor": "0.10"},
		ForeignKeys: []schema.ForeignKey{
			{
				Table: schema.QualifiedName{Schema: "Shop", Name: "Order lines"}, Name: "fk", Columns: []schema.Name{"user id"}, References: public("users"), ReferencedColumns: []schema.Name{"id"},
				MatchFull: true, OnDelete: schema.SetNull, OnDeleteColumns: []schema.Name{"user id"}, OnUpdate: schema.Cascade,
				Deferral: schema.Deferral{Deferrable: true}, NotValid: true, Comment: "whose",
			},
			{Name: "elsewhere", Columns: []schema.Name{"id"}, References: public("not generated"), ReferencedColumns: []schema.Name{"id"}},
		},
		Triggers: []schema.Trigger{{Name: "touch"}},
	}
	orders.Indexes = []schema.Index{
		{Name: schema.QualifiedName{Schema: "Shop", Name: "order_lines_pk"}, Constraint: "order_lines_pk", Method: "btree"},
		{
			Name: schema.QualifiedName{Schema: "Shop", Name: "by note"}, Method: "gin", Unique: true, NullsNotDistinct: true, Include: []schema.Name{"at"},
			Where: canonical("(gone IS NULL)"), Options: map[string]string{"fastupdate": "false"}, Tablespace: "fast", Comment: "for the search",
			Keys: []schema.IndexKey{
				{Expression: canonical("lower(note)"), Collation: schema.QualifiedName{Schema: "public", Name: "German"}, OperatorClass: schema.QualifiedName{Schema: "public", Name: "gist_trgm_ops"}, OperatorClassOptions: map[string]string{"siglen": "32"}},
				{Column: "at", Descending: true, NullsFirst: new(false)},
				{Column: "id", NullsFirst: new(true)},
			},
		},
		{Name: schema.QualifiedName{Schema: "Shop", Name: "half built"}, Invalid: true},
	}
	users := &schema.Table{
		Name: public("users"), Unlogged: true, Tablespace: "fast", RowSecurity: true,
		ReplicaIdentity: schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: "users_id"},
		Columns:         []schema.Column{{Name: "id", Type: typed("integer"), Default: canonical("nextval('public.users_id_seq'::regclass)")}},
		PrimaryKey:      &schema.Key{Name: "users_pkey", Columns: []schema.Name{"id"}},
		Indexes:         []schema.Index{{Name: public("users_id"), Method: "btree", Unique: true, Keys: []schema.IndexKey{{Column: "id"}}}},
		ForeignKeys:     []schema.ForeignKey{{Name: "fk", Columns: []schema.Name{"id"}, References: public("users"), ReferencedColumns: []schema.Name{"id"}}},
	}
	events := &schema.Table{
		Name:        public("events"),
		Columns:     []schema.Column{{Name: "at", Type: typed("date")}},
		PartitionBy: &schema.PartitionKey{Strategy: "range", Keys: []schema.IndexKey{{Column: "at"}, {Expression: canonical("lower(kind)"), Collation: schema.QualifiedName{Schema: "pg_catalog", Name: "C"}}}},
		Partitions:  []schema.Partition{{Name: public("events_1"), Partitions: []schema.Partition{{Name: public("events_1_1")}}}},
	}
	return []*schema.Table{
		users, orders, events,
		{
			Name: public("events_1"), PartitionOf: public("events"), PartitionBound: "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
			Columns:     []schema.Column{{Name: "at", Type: typed("date"), Comment: "its own"}},
			PartitionBy: &schema.PartitionKey{Strategy: "list", Keys: []schema.IndexKey{{Column: "at"}}},
			PrimaryKey:  &schema.Key{Name: "events_1_pkey", Columns: []schema.Name{"at"}, Inherited: true},
			Uniques:     []schema.Key{{Name: "events_1_key", Columns: []schema.Name{"at"}, Inherited: true}},
			Checks:      []schema.Check{{Name: "whole", Expression: *canonical("(true)"), Inherited: true}, {Name: "own", Expression: *canonical("(at IS NOT NULL)")}},
			Exclusions:  []schema.Exclusion{{Name: "events_1_excl", Inherited: true}},
			Indexes:     []schema.Index{{Name: public("events_1_at"), Method: "btree", Parent: public("events_at"), Keys: []schema.IndexKey{{Column: "at"}}}, {Name: public("own"), Method: "btree", Keys: []schema.IndexKey{{Column: "at"}}}},
			ForeignKeys: []schema.ForeignKey{{Name: "inherited", Inherited: true}},
		},
		{Name: public("a_default"), PartitionOf: public("events_1"), PartitionBound: "DEFAULT"},
		{Name: public("going"), PartitionOf: public("events"), PartitionBound: "DEFAULT", DetachPending: true},
		{Name: public("_prisma_migrations")},
		{Name: public("cafe\u0301")},
		{
			Name: schema.QualifiedName{Schema: "other", Name: "users"}, Inherits: []schema.QualifiedName{public("users")}, AccessMethod: "columnar",
			Columns: []schema.Column{{Name: "id", Type: typed("integer"), NotNull: &schema.NotNullConstraint{Name: "n"}}},
			Checks:  []schema.Check{{Name: "c", NotEnforced: true}},
			Uniques: []schema.Key{{Name: "w", WithoutOverlaps: true}},
		},
		{Name: public("open"), Transitions: []schema.OpenTransition{{}}},
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	c := New(everything(), Options{})
	golden(t, "everything.tf", string(c.Text()))
	var report strings.Builder
	for _, o := range c.Omissions {
		fmt.Fprintf(&report, "%s: %s\n  %s\n", o.What, o.Reason, strings.Join(o.Objects, "\n  "))
	}
	golden(t, "everything.txt", report.String())
	if formatted := hclwrite.Format(c.Text()); string(formatted) != string(c.Text()) {
		t.Error("terraform fmt would change it")
	}
}

// The order of the tables, and of what they have, is no part of the result.
func TestConfigurationIsStable(t *testing.T) {
	t.Parallel()
	tables := everything()
	slices.Reverse(tables)
	for _, table := range tables {
		slices.Reverse(table.Indexes)
		slices.Reverse(table.ForeignKeys)
		slices.Reverse(table.Checks)
		slices.Reverse(table.Uniques)
	}
	if diff := cmp.Diff(string(New(everything(), Options{}).Text()), string(New(tables, Options{}).Text())); diff != "" {
		t.Error(diff)
	}
}

// A foreign key to columns that only an index makes unique waits for that index.
func TestForeignKeyToIndex(t *testing.T) {
	t.Parallel()
	columns := []schema.IndexKey{{Column: "b"}, {Column: "a"}}
	tables := func(change func(*schema.Table)) []*schema.Table {
		codes := &schema.Table{Name: public("codes"), Indexes: []schema.Index{
			{Name: public("half"), Method: "btree", Unique: true, Keys: columns[:1]},
			{Name: public("partial"), Method: "btree", Unique: true, Keys: columns, Where: canonical("(a > 0)")},
			{Name: public("plain"), Method: "btree", Keys: columns},
			{Name: public("proof"), Method: "btree", Unique: true, Keys: columns},
		}}
		change(codes)
		return []*schema.Table{codes, {Name: public("uses"), ForeignKeys: []schema.ForeignKey{
			{Name: "fk", Columns: []schema.Name{"x", "y"}, References: public("codes"), ReferencedColumns: []schema.Name{"a", "b"}},
		}}}
	}
	const waits = "depends_on = [pgphase_index.proof]"
	if text := string(New(tables(func(*schema.Table) {}), Options{}).Text()); !strings.Contains(text, waits) {
		t.Errorf("%s is missing in\n%s", waits, text)
	}
	for name, change := range map[string]func(*schema.Table){
		"primary key": func(t *schema.Table) { t.PrimaryKey = &schema.Key{Columns: []schema.Name{"a", "b"}} },
		"unique":      func(t *schema.Table) { t.Uniques = []schema.Key{{Columns: []schema.Name{"b", "a"}}} },
		"no index":    func(t *schema.Table) { t.Indexes = t.Indexes[:3] },
	} {
		if text := string(New(tables(change), Options{}).Text()); strings.Contains(text, "depends_on") {
			t.Errorf("%s: there is nothing to wait for\n%s", name, text)
		}
	}
}

// A partition that is asked for alone names the table that it belongs to.
func TestPartitionAlone(t *testing.T) {
	t.Parallel()
	c := New([]*schema.Table{{Name: public("events_1"), PartitionOf: public("events"), PartitionBound: "DEFAULT"}}, Options{})
	if len(c.Tables) != 1 || len(c.Omissions) != 0 || !strings.Contains(string(c.Text()), `partition_of = { table = "public.events", bound = "DEFAULT" }`) {
		t.Errorf("%s %v", c.Text(), c.Omissions)
	}
}

// Tables refer to the schemas, enums and sequences that are declared, and name
// the others.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	app := func(name schema.Name) schema.QualifiedName { return schema.QualifiedName{Schema: "My app", Name: name} }
	neighbours := Neighbours{
		Schemas: []schema.Namespace{{Name: "My app", Comment: "it's ${ours}"}, {Name: "other"}, {Name: "cafe\u0301"}},
		Enums: []schema.Enum{
			{Name: app("Mood"), Values: []string{"sad", "o'k", "%{x}"}, Comment: "how people feel"},
			{Name: public("mood"), Values: []string{}},
			{Name: public("bad"), Values: []string{"cafe\u0301"}},
		},
		Sequences: []schema.Sequence{
			{Name: public("numbers"), Type: "bigint"},
			{Name: app("It's \"odd\""), Type: "smallint", Comment: "odd", Options: schema.SequenceOptions{Start: new(int64(5)), Increment: new(int64(-1)), Cycle: true}},
			{Name: public("it's"), Type: "bigint"},
		},
	}
	table := &schema.Table{Name: app("people"), Columns: []schema.Column{
		{Name: "mood", Type: typed(`"My app"."Mood"`), Default: canonical(`'sad'::"My app"."Mood"`)},
		{Name: "moods", Type: typed(`"My app"."Mood"[]`)},
		{Name: "elsewhere", Type: typed("gone.mood")},
		{Name: "bad", Type: typed("public.bad")},
		{Name: "number", Type: typed("bigint"), Default: canonical("nextval('public.numbers'::regclass)")},
		{Name: "label", Type: typed("text"), Default: canonical("('${n}'::text || nextval('public.numbers'::regclass))")},
		{Name: "odd", Type: typed("bigint"), Default: canonical(`nextval('public."it''s"'::regclass)`)},
		{Name: "other", Type: typed("bigint"), Default: canonical("nextval('public.others'::regclass)")},
	}}
	c := New([]*schema.Table{table}, Options{Neighbours: neighbours})
	golden(t, "neighbours.tf", string(c.Text()))
	if formatted := hclwrite.Format(c.Text()); string(formatted) != string(c.Text()) {
		t.Error("terraform fmt would change it")
	}
	if len(c.Omissions) != 1 || len(c.Omissions[0].Objects) != 2 {
		t.Errorf("the names in another form are not reported: %v", c.Omissions)
	}
	if c.Resources() != 8 || len(c.Groups) != 3 {
		t.Errorf("%d resources, %d groups", c.Resources(), len(c.Groups))
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	if c := New(nil, Options{}); len(c.Text()) > 0 || c.Resources() != 0 {
		t.Errorf("%d resources: %s", c.Resources(), c.Text())
	}
}
