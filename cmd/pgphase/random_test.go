// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// randomSeed has TestAdoptionOfRandomSchemas build another schema than usual.
const randomSeed = "PGPHASE_TEST_SEED"

// A schema that nobody has thought of comes under management without a change,
// and what somebody then changes by hand is planned back.
func TestAdoptionOfRandomSchemas(t *testing.T) {
	t.Parallel()
	seed := uint64(20261120)
	if text := os.Getenv(randomSeed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	random := &randomSchema{Rand: rand.New(rand.NewPCG(seed, 1))}
	definition := random.definition()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, definition)
	w := adopt(t, db)

	before := pgtest.PgDump(t, db)
	change := random.change()
	db.Exec(t, change)
	t.Logf("%s=%d: by hand: %s", randomSeed, seed, change)
	if pgtest.PgDump(t, db) == before {
		t.Skip("the change by hand changed nothing")
	}
	output := do(t, w, "apply", "-no-color", "-input=false", "-auto-approve")
	if strings.Contains(output, "No changes.") {
		t.Errorf("the change by hand is not seen:\n%s", output)
	}
	if diff := cmp.Diff(before, pgtest.PgDump(t, db)); diff != "" {
		t.Errorf("%s=%d: the change by hand is still there (-before +after):\n%s\n%s", randomSeed, seed, diff, output)
	}
}

// randomSchema makes up tables.
type randomSchema struct {
	*rand.Rand
	tables []*randomTable
}

type randomTable struct {
	name    schema.QualifiedName
	columns []randomColumn
	key     schema.Name
	indexes []schema.QualifiedName
}

type randomColumn struct {
	name  schema.Name
	class string // what the values can be used for: number, text, time or other
}

var (
	randomSchemas = []schema.Name{"public", "billing", "Odd one"}
	randomNames   = []string{"users", "Orders", "order line", "total.sum", "naïve", "select", `q"uote`, "$x", "2nd", "a-b", "userId", "_hidden", "漢字", "${x}", "%{y}"}
	randomTypes   = []struct{ definition, class string }{
		{"int", "number"},
		{"bigint DEFAULT 0", "number"},
		{"smallint DEFAULT -1", "number"},
		{"numeric(10,2) DEFAULT 1.50", "number"},
		{"double precision DEFAULT 1e3", "number"},
		{"int GENERATED ALWAYS AS (1 + 2) STORED", "number"},
		{"text", "text"},
		{"text DEFAULT 'it''s'", "text"},
		{"varchar(20) DEFAULT 'x'", "text"},
		{`text COLLATE "C" DEFAULT E'a\nb'`, "text"},
		{"char(5)", "text"},
		{"text DEFAULT lower('A' || current_user)", "text"},
		{"citext DEFAULT 'c'", "text"},
		{"timestamptz DEFAULT now()", "time"},
		{"timestamp(3) DEFAULT '2020-01-01'", "time"},
		{"date DEFAULT CURRENT_DATE + 1", "time"},
		{"jsonb DEFAULT '{}'", "other"},
		{"text[] DEFAULT '{a,b}'", "other"},
		{"uuid DEFAULT gen_random_uuid()", "other"},
		{"boolean DEFAULT false", "other"},
		{"mood DEFAULT 'so so'", "other"},
		{"mood[]", "other"},
		{"positive DEFAULT 3", "other"},
		{"int4range", "other"},
		{"interval DEFAULT '1 day'", "other"},
		{"bytea DEFAULT '\\x00'", "other"},
		{"inet", "other"},
		{"bit varying(8) DEFAULT B'101'", "other"},
		{"xml", "other"},
		{"time DEFAULT '10:00'", "other"},
	}
	randomChecks = map[string][]string{
		"number": {"%s > 0", "%s BETWEEN 1 AND 10 OR %[1]s IS NULL", "%s IN (1, 2, 3)", "abs(%s) + 1 <> 7", "CASE WHEN %s > 5 THEN true ELSE %[1]s < 3 END"},
		"text":   {"%s <> ''", "%s IN ('a', 'b')", "length(%s) < 100 AND %[1]s ~ '^[a-z]${x}'", "%s LIKE '%%a%%' AND (%[1]s NOT ILIKE '_b' OR %[1]s IS NULL)"},
		"time":   {"%s > '2000-01-01'", "%s IS NOT NULL AND extract(year FROM %[1]s) > 1990"},
		"other":  {"%s IS NOT NULL"},
	}
)

func pick[T any](r *randomSchema, from []T) T { return from[r.IntN(len(from))] }

func (r *randomSchema) chance(percent int) bool { return r.IntN(100) < percent }

// definition is the SQL of a whole schema.
func (r *randomSchema) definition() string {
	statements := []string{
		"CREATE EXTENSION citext", "CREATE EXTENSION pg_trgm", "CREATE TYPE mood AS ENUM ('ok', 'so so')", "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
		"CREATE SCHEMA billing", `CREATE SCHEMA "Odd one"`,
	}
	for i := range 12 {
		statements = append(statements, r.table(i))
	}
	for _, t := range r.tables {
		statements = append(statements, r.extras(t)...)
	}
	return strings.Join(statements, ";\n")
}

func (r *randomSchema) name(suffix string) schema.Name {
	return schema.Name(pick(r, randomNames) + suffix)
}

func (r *randomSchema) table(i int) string {
	t := &randomTable{name: schema.QualifiedName{Schema: pick(r, randomSchemas), Name: r.name(fmt.Sprintf("_%d", i))}}
	var parts []string
	for j := range 1 + r.IntN(8) {
		column := randomColumn{name: r.name(strconv.Itoa(j))}
		kind := pick(r, randomTypes)
		column.class = kind.class
		part := column.name.Quote() + " " + kind.definition
		if r.chance(30) {
			part += " NOT NULL"
		}
		if r.chance(15) {
			part += fmt.Sprintf(" CONSTRAINT %s CHECK (%s)", r.name("_check"+strconv.Itoa(j)), fmt.Sprintf(pick(r, randomChecks[kind.class]), column.name.Quote()))
		}
		t.columns = append(t.columns, column)
		parts = append(parts, part)
	}
	if r.chance(80) {
		t.key = r.name("_key")
		key := pick(r, []string{"bigint GENERATED ALWAYS AS IDENTITY", "int GENERATED BY DEFAULT AS IDENTITY (START 7 CACHE 5)", "serial", "text", "uuid DEFAULT gen_random_uuid()"})
		parts = append(parts, t.key.Quote()+" "+key+" PRIMARY KEY")
	}
	r.tables = append(r.tables, t)
	options := ""
	if r.chance(20) {
		options = " WITH (fillfactor = 70)"
	}
	return fmt.Sprintf("CREATE TABLE %s (\n  %s\n)%s", t.name, strings.Join(parts, ",\n  "), options)
}

// extras are indexes, constraints and comments of a table.
func (r *randomSchema) extras(t *randomTable) []string {
	var statements []string
	for i := range r.IntN(4) {
		column := pick(r, t.columns)
		if column.class == "other" {
			continue
		}
		index := schema.QualifiedName{Schema: t.name.Schema, Name: schema.Name(fmt.Sprintf("%s ix %d", t.name.Name, i))}
		key := pick(r, []string{"%s", "%s DESC", "%s NULLS FIRST", "(coalesce(%s, NULL))"})
		if column.class == "text" && r.chance(30) {
			key = pick(r, []string{"lower(%s::text)", "(%s::text) text_pattern_ops", `(%s::text) COLLATE "C"`})
		}
		statement := fmt.Sprintf("CREATE INDEX %s ON %s (%s)", index.Name, t.name, fmt.Sprintf(key, column.name.Quote()))
		if r.chance(30) {
			statement += fmt.Sprintf(" WHERE %s IS NOT NULL", pick(r, t.columns).name.Quote())
		}
		t.indexes = append(t.indexes, index)
		statements = append(statements, statement)
	}
	if other := pick(r, r.tables); other.key != "" && r.chance(60) {
		column := schema.Name("ref")
		statements = append(statements, fmt.Sprintf("DO $$ BEGIN EXECUTE format('ALTER TABLE %%s ADD %s %%s', %s::regclass, (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s)); END $$",
			column, literal(t.name.String()), literal(other.name.String()), literal(string(other.key))),
			fmt.Sprintf("ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s %s", t.name, column, other.name,
				pick(r, []string{"", "ON DELETE CASCADE", "ON UPDATE SET NULL DEFERRABLE", "MATCH FULL NOT VALID"})))
	}
	if r.chance(30) {
		statements = append(statements, fmt.Sprintf("COMMENT ON TABLE %s IS 'a\n${b} \"c\"'", t.name))
	}
	if r.chance(30) {
		statements = append(statements, fmt.Sprintf("COMMENT ON COLUMN %s.%s IS '%%{d} \\'", t.name, pick(r, t.columns).name.Quote()))
	}
	return statements
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// change is something that somebody could do by hand.
func (r *randomSchema) change() string {
	t := pick(r, r.tables)
	column := pick(r, t.columns).name
	changes := []string{
		fmt.Sprintf("COMMENT ON TABLE %s IS 'by hand'", t.name),
		fmt.Sprintf("COMMENT ON COLUMN %s.%s IS 'by hand'", t.name, column),
		fmt.Sprintf("ALTER TABLE %s SET (fillfactor = 55)", t.name),
		fmt.Sprintf("ALTER TABLE %s ALTER %s SET STATISTICS 77", t.name, column),
	}
	if len(t.indexes) > 0 {
		changes = append(changes, fmt.Sprintf("DROP INDEX %s", pick(r, t.indexes)))
	}
	return pick(r, changes)
}
