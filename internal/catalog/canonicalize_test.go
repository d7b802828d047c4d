// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// assertStable takes an observed table for a desired one: the server must
// print each of its expressions exactly as it did before.
func assertStable(t *testing.T, conn *pgx.Conn, observed schema.Table) {
	t.Helper()
	canonical, refused, err := catalog.Canonicalize(t.Context(), conn, observed, &observed)
	if err != nil {
		t.Fatalf("%s: %v", observed.Name, err)
	}
	for _, e := range refused {
		t.Errorf("%s: %v: %v", observed.Name, e.Path, e)
	}
	ignoreVolatility := cmp.Transformer("text", func(e schema.Expression) [2]string {
		return [2]string{e.Text, e.Canonical}
	})
	if diff := cmp.Diff(observed, canonical, ignoreVolatility); diff != "" {
		t.Errorf("%s does not canonicalize to itself (-observed +canonical):\n%s", observed.Name, diff)
	}
	for _, index := range observed.Indexes {
		if !needsServer(index) {
			continue
		}
		canonical, refused, err := catalog.CanonicalizeIndex(t.Context(), conn, observed, index)
		if err != nil {
			t.Fatalf("%s: %v", index.Name, err)
		}
		for _, e := range refused {
			t.Errorf("%s: %v: %v", index.Name, e.Path, e)
		}
		if diff := cmp.Diff(index, canonical, ignoreVolatility); diff != "" {
			t.Errorf("%s does not canonicalize to itself (-observed +canonical):\n%s", index.Name, diff)
		}
	}
}

// needsServer reports whether anything of an index is for the server to print.
func needsServer(index schema.Index) bool {
	return index.Where != nil || slices.ContainsFunc(index.Keys, func(key schema.IndexKey) bool {
		return key.Expression != nil || !key.Collation.IsZero() || !key.OperatorClass.IsZero()
	})
}

// Defaults of every kind: what is stored, and what it does to a table that
// gets it with a new column.
func TestDefaults(t *testing.T) {
	t.Parallel()
	defaults := []struct {
		typ, written string
		rewrites     bool
	}{
		{"text", "'free'", false},
		{"varchar(10)", "'free'::text", false},
		{"character(5)", "'x'", false},
		{"numeric(10,2)", "1", false},
		{"bigint", "1 + 1", false},
		{"integer", "-1", false},
		{"boolean", "'t'", false},
		{"timestamptz", "now()", false},
		{"timestamptz", "CURRENT_TIMESTAMP", false},
		{"timestamptz", "statement_timestamp()", false},
		{"timestamptz", "clock_timestamp()", true},
		{"timestamptz", "'2020-01-01 00:00:00+02'", false},
		{"date", "current_date", false},
		{"text", "CURRENT_USER", false},
		{"text", "timeofday()", true},
		{"uuid", "gen_random_uuid()", true},
		{"double precision", "random()", true},
		{"bigint", "nextval('numbers')", true},
		{"jsonb", "'{}'", false},
		{"text[]", "'{}'::text[]", false},
		{"text[]", "ARRAY['a', 'b']", false},
		{"mood", "'ok'", false},
		{"code", "'abc'", false},
		{"positive", "3", false},
		{"positive", "twice(2)", false},
		{"text", "app.clean(' x ')", false},
		{"integer", "unmarked()", false}, // inlined to a constant
		{"integer", "unmarked_plpgsql()", true},
		{"interval", "'1 day'", false},
		{"bytea", "'\\x00'", false},
		{"text", "NULL", false},
		{"integer", "1/0", false},
	}
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, spellingDDL+`;
			CREATE FUNCTION unmarked() RETURNS int LANGUAGE sql AS 'SELECT 42';
			CREATE FUNCTION unmarked_plpgsql() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 42; END'`)
		conn := db.Connect(t)
		db.Exec(t, "CREATE TABLE d (id int)")
		desired := schema.Table{Name: schema.QualifiedName{Schema: "public", Name: "d"}}
		for i, d := range defaults {
			db.Exec(t, fmt.Sprintf("ALTER TABLE d ADD COLUMN c%d %s; ALTER TABLE d ALTER c%d SET DEFAULT %s", i, d.typ, i, d.written))
			desired.Columns = append(desired.Columns, schema.Column{
				Name: schema.Name(fmt.Sprintf("c%d", i)), Type: resolve(t, conn, d.typ), Nullable: true,
				Default: &schema.Expression{Text: d.written},
			})
		}
		observed := readTable(t, conn, "public", "d")
		canonical := canonicalize(t, conn, desired, nil)
		for i, d := range defaults {
			name := schema.Name(fmt.Sprintf("c%d", i))
			stored, got := observed.Column(name).Default, canonical.Column(name).Default
			if stored == nil {
				if got.Canonical != "NULL" {
					t.Errorf("%s: canonical %q, though PostgreSQL stores no default", d.written, got.Canonical)
				}
			} else if !stored.Equal(*got) {
				t.Errorf("%s: observed %q, canonical %q", d.written, stored.Canonical, got.Canonical)
			}
			if rewrites := got.Volatility == schema.Volatile; rewrites != d.rewrites || got.Volatility == "" {
				t.Errorf("%s: volatility %q", d.written, got.Volatility)
			}
		}
	})
}

func resolve(t *testing.T, conn *pgx.Conn, text string) schema.Type {
	t.Helper()
	resolved, refused, err := catalog.ResolveTypes(t.Context(), conn, []string{text})
	if err != nil || len(refused) > 0 {
		t.Fatal(text, refused, err)
	}
	return resolved[text]
}

// Generated columns, exclusions, keys and partition keys.
func TestCanonicalizeOtherExpressions(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `
			CREATE EXTENSION btree_gist;
			CREATE TABLE rooms (
				id bigint, name varchar(20), span tstzrange, a int, b int, cased text COLLATE "C",
				total int GENERATED ALWAYS AS (a + b * 2) STORED,
				CONSTRAINT rooms_excl EXCLUDE USING gist (lower(name) WITH =, span WITH &&) WHERE (a > 0)
			);
			CREATE INDEX rooms_idx ON rooms (lower(name) text_pattern_ops DESC, cased, name COLLATE "C" NULLS FIRST, (a + b)) INCLUDE (id);
			CREATE TABLE events (at timestamptz, kind varchar(9)) PARTITION BY RANGE (date_trunc('day', at AT TIME ZONE 'UTC'), (length(kind) + 1), kind COLLATE "C")`)
		conn := db.Connect(t)
		rooms, events := readTable(t, conn, "public", "rooms"), readTable(t, conn, "public", "events")
		assertStable(t, conn, rooms)
		assertStable(t, conn, events)

		written := schema.Table{Name: rooms.Name, Columns: slices.Clone(rooms.Columns)}
		total := written.Column("total")
		total.Generated = &schema.Generated{Expression: schema.Expression{Text: "rooms.a + (2 * b)"}}
		canonical := canonicalize(t, conn, written, &rooms)
		if canonical.Column("total").Generated.Expression.Equal(rooms.Column("total").Generated.Expression) {
			t.Error("a + b * 2 and a + 2 * b are taken for the same")
		}
		total.Generated.Expression.Text = "(rooms.a) + (b*2)"
		written.Exclusions = []schema.Exclusion{{
			Name: "rooms_excl", Where: &schema.Expression{Text: "(rooms.a) > 0"},
			Elements: []schema.ExclusionElement{
				{IndexKey: schema.IndexKey{Expression: &schema.Expression{Text: "lower((name)::text)"}}, Operator: "OPERATOR(pg_catalog.=)"},
				{IndexKey: schema.IndexKey{Column: "span", OperatorClass: schema.QualifiedName{Name: "range_ops"}}, Operator: "&&"},
			},
		}}
		canonical = canonicalize(t, conn, written, &rooms)
		onlyCanonical := cmp.Transformer("canonical", func(e schema.Expression) string { return e.Canonical })
		if diff := cmp.Diff(rooms.Exclusions, canonical.Exclusions, onlyCanonical); diff != "" {
			t.Errorf("exclusions (-observed +canonical):\n%s", diff)
		}
		if !canonical.Column("total").Generated.Expression.Equal(rooms.Column("total").Generated.Expression) {
			t.Errorf("generated: %v", canonical.Column("total").Generated)
		}

		index := canonicalizeIndex(t, conn, rooms, schema.Index{
			Name: schema.QualifiedName{Schema: "public", Name: "rooms_idx"}, Table: rooms.Name,
			Keys: []schema.IndexKey{
				{Expression: &schema.Expression{Text: "LOWER(name)"}, OperatorClass: schema.QualifiedName{Name: "text_pattern_ops"}, Descending: true, NullsFirst: new(true)},
				{Column: "cased", Collation: schema.QualifiedName{Name: "C"}, OperatorClass: schema.QualifiedName{Schema: "pg_catalog", Name: "text_ops"}},
				{Column: "name", Collation: schema.QualifiedName{Name: "C"}, NullsFirst: new(true)},
				{Expression: &schema.Expression{Text: "a+b"}, NullsFirst: new(false)},
			},
			Include: []schema.Name{"id"},
		})
		want := *rooms.Index("rooms_idx")
		index.Definition = want.Definition
		if diff := cmp.Diff(want, index, onlyCanonical); diff != "" {
			t.Errorf("index (-observed +canonical):\n%s", diff)
		}

		partitioned := schema.Table{Name: events.Name, Columns: events.Columns, PartitionBy: &schema.PartitionKey{
			Strategy: "range", Keys: []schema.IndexKey{
				{Expression: &schema.Expression{Text: "DATE_TRUNC('day'::text, at at time zone 'UTC'::text)"}},
				{Expression: &schema.Expression{Text: "1 + length(kind)"}},
				{Column: "kind", Collation: schema.QualifiedName{Name: "C"}},
			},
		}}
		got := canonicalize(t, conn, partitioned, nil).PartitionBy.Keys
		if diff := cmp.Diff(events.PartitionBy.Keys[0], got[0], onlyCanonical); diff != "" {
			t.Errorf("partition key (-observed +canonical):\n%s", diff)
		}
		if diff := cmp.Diff(events.PartitionBy.Keys[2], got[2], onlyCanonical); diff != "" {
			t.Errorf("partition key (-observed +canonical):\n%s", diff)
		}
	})
}
