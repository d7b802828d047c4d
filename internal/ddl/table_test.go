// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var orders = schema.QualifiedName{Schema: "public", Name: "Orders"}

func text(s string) *schema.Expression { return &schema.Expression{Text: s} }

func TestCreateTable(t *testing.T) {
	t.Parallel()
	got := ddl.CreateTable(schema.Table{
		Name:     orders,
		Unlogged: true,
		Columns: []schema.Column{
			{Name: "id", Type: schema.Type{Text: "int8", Canonical: "bigint"}, Identity: &schema.Identity{
				Always: true, Sequence: schema.SequenceOptions{Start: new(int64(10)), Increment: new(int64(-2)), Cycle: true},
			}},
			{
				Name: "user", Type: schema.Type{Text: "text"}, Compression: "lz4",
				Collation: schema.QualifiedName{Schema: "pg_catalog", Name: "C"}, Default: text("'a' || 'b'"),
			},
			{Name: "at", Type: schema.Type{Text: "timestamptz"}, Nullable: true, Default: text("now()")},
			{
				Name: "total", Type: schema.Type{Text: "int"}, Nullable: true,
				Generated: &schema.Generated{Expression: *text("(a + b) * (c)")},
			},
		},
		PrimaryKey: &schema.Key{Name: "orders_pkey", Columns: []schema.Name{"id"}, Include: []schema.Name{"at"}},
		Uniques: []schema.Key{{
			Name: "k", Columns: []schema.Name{"user"}, NullsNotDistinct: true,
			Deferral: schema.Deferral{Deferrable: true, InitiallyDeferred: true},
		}},
		Checks: []schema.Check{{Name: "c", Expression: *text("(total > 0)"), NoInherit: true}},
		Exclusions: []schema.Exclusion{{Name: "x", Elements: []schema.ExclusionElement{
			{IndexKey: schema.IndexKey{Column: "user"}, Operator: "="},
			{IndexKey: schema.IndexKey{Expression: text("tstzrange(at, at)")}, Operator: "&&"},
		}, Where: text("total > 0")}},
		Options:    map[string]string{"toast.autovacuum_enabled": "false", "fillfactor": "70"},
		Tablespace: "Fast",
		PartitionBy: &schema.PartitionKey{Strategy: "range", Keys: []schema.IndexKey{
			{Column: "at"}, {Expression: text("lower(\"user\")")},
		}},
	})
	want := `CREATE UNLOGGED TABLE public."Orders" (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY -2 CYCLE),
    "user" text COMPRESSION lz4 COLLATE pg_catalog."C" DEFAULT ('a' || 'b') NOT NULL,
    at timestamptz DEFAULT now(),
    total int GENERATED ALWAYS AS ((a + b) * (c)) STORED,
    CONSTRAINT orders_pkey PRIMARY KEY (id) INCLUDE (at),
    CONSTRAINT k UNIQUE NULLS NOT DISTINCT ("user") DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT c CHECK (total > 0) NO INHERIT,
    CONSTRAINT x EXCLUDE USING gist ("user" WITH =, (tstzrange(at, at)) WITH &&) WHERE (total > 0)
)
PARTITION BY range (at, (lower("user")))
WITH (fillfactor = '70', toast.autovacuum_enabled = 'false')
TABLESPACE "Fast"`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	column := schema.Column{Name: "Id", Type: schema.Type{Text: "bigint"}, Identity: &schema.Identity{
		Sequence: schema.SequenceOptions{Increment: new(int64(5))},
	}}
	sequence := schema.QualifiedName{Schema: "public", Name: "Old's"}
	for want, got := range map[string]string{
		`ALTER TABLE public."Orders" ALTER COLUMN n SET DEFAULT (a IS NULL)`: ddl.SetDefault(orders, "n", text("a IS NULL")),
		`ALTER TABLE public."Orders" ALTER COLUMN n DROP DEFAULT`:            ddl.SetDefault(orders, "n", nil),
		`ALTER TABLE public."Orders" ALTER COLUMN n SET STATISTICS -1`:       ddl.SetStatistics(orders, "n", nil),
		`ALTER TABLE public."Orders" ALTER COLUMN n SET STORAGE DEFAULT`:     ddl.SetStorage(orders, "n", ""),
		`ALTER TABLE public."Orders" ALTER COLUMN n SET STORAGE "main; DROP"`: ddl.SetStorage(
			orders, "n", "main; DROP"),
		`COMMENT ON COLUMN public."Orders"."Id" IS 'it''s'`: ddl.CommentOnColumn(orders, "Id", "it's"),
		`COMMENT ON TABLE public."Orders" IS E'a\\b'`:       ddl.CommentOnTable(orders, `a\b`),
		`COMMENT ON CONSTRAINT c ON public."Orders" IS NULL`: ddl.CommentOnConstraint(
			orders, "c", ""),
		`CREATE SEQUENCE public."Old's" AS bigint INCREMENT BY 5 OWNED BY public."Orders"."Id"`: ddl.CreateOwnedSequence(
			sequence, orders, column),
		`SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('public."Orders"', 'Id'), nextval('public."Old''s"'::regclass))`: ddl.ContinueSequence(
			orders, "Id", sequence),
		`SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('public."Orders"', 'Id'), min("Id")) FROM public."Orders" HAVING min("Id") IS NOT NULL`: ddl.AdvanceSequence(
			orders, "Id", schema.SequenceOptions{Increment: new(int64(-1))}),
		`ALTER TABLE public."Orders" ALTER COLUMN "Id" SET GENERATED ALWAYS SET INCREMENT BY -1 SET NO MINVALUE SET MAXVALUE 9 SET START WITH 9 SET CACHE 1 SET NO CYCLE`: ddl.SetIdentity(
			orders, "Id",
			schema.Identity{Sequence: schema.SequenceOptions{Start: new(int64(3)), MinValue: new(int64(2)), Cache: new(int64(4)), Cycle: true}},
			schema.Identity{Always: true, Sequence: schema.SequenceOptions{Increment: new(int64(-1)), MaxValue: new(int64(9))}}),
		`ALTER TABLE public."Orders" REPLICA IDENTITY USING INDEX "I"`: ddl.SetReplicaIdentity(
			orders, schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: "I"}),
		`ALTER TABLE public."Orders" RESET (fillfactor, toast.autovacuum_enabled)`: ddl.ResetTableOptions(
			orders, []string{"fillfactor", "toast.autovacuum_enabled"}),
		`ALTER TABLE public."Orders" ADD CONSTRAINT c CHECK ((a) > (b)) NOT VALID`: ddl.AddConstraintNotValid(
			orders, ddl.CheckConstraint(schema.Check{Name: "c", Expression: *text("(a) > (b)")})),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
