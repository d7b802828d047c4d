// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

const spellingDDL = `
	CREATE SCHEMA app;
	CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
	CREATE TYPE point2 AS (x int, y int);
	CREATE DOMAIN positive AS int CHECK (VALUE > 0);
	CREATE DOMAIN code AS varchar(5);
	CREATE SEQUENCE numbers;
	CREATE FUNCTION app.clean(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN trim($1); END';
	CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
	CREATE TABLE users (
		id bigint, email text, name varchar(40), nick character(8), age int, score numeric(10,2), born date,
		at timestamptz, local timestamp, mood mood, place point2, amount positive, code code, tags text[],
		doc jsonb, "Order" int, flag boolean, span interval, bits bit varying(8), ip inet, uid uuid,
		cased text COLLATE "C", "weird ""name" text
	)`

// spellings are expressions in two ways: the first is what the table has, the
// second what a configuration says.
var spellings = []struct{ stored, written string }{
	{"email LIKE '%@%'", "email ~~ '%@%'"},
	{"email LIKE '%@%'", "((users.email)) LIKE '%@%'::text"},
	{"EMAIL like '%@%'", "email LIKE '%@%' /* a comment */"},
	{"email IS NOT NULL", "\n\temail\n  is   not null\n"},
	{"name IN ('a', 'b')", "(name)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])"},
	{"email IN ('a', 'b')", "email = ANY (ARRAY['a', 'b'])"},
	{"nick IN ('a', 'b')", "nick = ANY (ARRAY['a'::bpchar, 'b'])"},
	{"age BETWEEN 1 AND 9", "age >= 1 AND age <= 9"},
	{"age <> 3", "age != 3"},
	{"NOT (age = 3 OR flag)", "not ((age = 3) or (flag))"},
	{"age + 1 > 2 * id", "((age + 1)) > (2 * (id))"},
	{"score > 1.50", "score > '1.50'"},
	{"score::int > 3", "CAST(score AS integer) > 3"},
	{"born > '2020-01-01'", "born > date '2020-01-01'"},
	{"born > '2020-01-01'", "born > '1 Jan 2020'::date"},
	{"at > '2020-01-01 00:00:00+00'", "at > timestamptz '2020-01-01T02:00:00+02:00'"},
	{"local > '2020-01-01'", "local > timestamp '2020-01-01 00:00'"},
	{"extract(year FROM at AT TIME ZONE 'UTC') > 2000", "EXTRACT ( YEAR from (at at time zone 'UTC') ) > 2000"},
	{"mood = 'sad'", "mood = 'sad'::mood"},
	{"mood IN ('sad', 'ok')", "mood = ANY (ARRAY['sad'::public.mood, 'ok'::public.mood])"},
	{"(place).x > 0", "((place)).x > 0"},
	{"amount > 3", "amount > 3::int"},
	{"code = 'abc'", "code = 'abc'::text"},
	{"'a' = ANY (tags)", "'a'::text = any(users.tags)"},
	{"doc ->> 'kind' = 'x'", "(doc ->> 'kind'::text) = 'x'"},
	{"doc ? 'k'", "doc ? 'k'::text"},
	{`"Order" > 0`, `"users"."Order" > 0`},
	{`"weird ""name" <> ''`, `U&"weird \0022name" <> ''`},
	{"flag", "(flag)"},
	{"flag IS TRUE", "flag is true"},
	{"span > '1 day'", "span > interval '1 day'"},
	{"span > '36 hours'", "span > interval 'P0DT36H'"},
	{"bits = B'101'", "bits = b'101'"},
	{"ip << '10.0.0.0/8'", "ip << inet '10.0.0.0/8'"},
	{"uid <> '00000000-0000-0000-0000-000000000000'", "uid <> uuid '{00000000000000000000000000000000}'"},
	{"cased < 'm'", "cased < 'm'::text"},
	{`email COLLATE "C" < 'm'`, `(email COLLATE pg_catalog."C") < 'm'`},
	{"app.clean(email) <> ''", `"app"."clean"(email) <> ''::text`},
	{"twice(age) > 2", "public.twice(age) > 2"},
	{"position('@' IN email) > 0", "position ('@'::text in email) > 0"},
	{"substring(email FROM 1 FOR 3) = 'abc'", "SUBSTRING(email from 1 for 3) = 'abc'"},
	{"trim(email) <> ''", "TRIM(BOTH FROM email) <> ''"},
	{"coalesce(email, name) IS NOT NULL", "COALESCE(email, (name)::text) is not null"},
	{"CASE WHEN flag THEN age > 1 ELSE true END", "case when flag then age > 1 else TRUE end"},
	{"email SIMILAR TO 'a%'", "email similar to 'a%'"},
	{"email ~ '^[a-z]+$'", "email OPERATOR(pg_catalog.~) '^[a-z]+$'"},
	{`email ~ E'^\\w+$'`, `email ~ '^\w+$'`},
	{"num_nonnulls(email, name) = 1", "num_nonnulls(users.email, users.name) = 1"},
	{"users IS NOT NULL", "users.* IS NOT NULL"},
	{"row(age, id) > row(1, 2)", "(age, id) > (1, 2)"},
	{"age IS DISTINCT FROM 3", "age is distinct from 3"},
	{"greatest(age, 1) > 0", "GREATEST(age, 1) > 0"},
	{"at < 'infinity'", "at < timestamptz 'infinity'"},
	{"email = $q$it's$q$", "email = 'it''s'"},
}

// differing are pairs that a reader may take for the same and PostgreSQL does
// not: it stores a cast of a constant otherwise than the constant.
var differing = []struct{ stored, written string }{
	{"name IN ('a', 'b')", "name = ANY (ARRAY['a', 'b']::text[])"},
	{"age = ANY (ARRAY[1, 2, 3])", "age = ANY ('{1,2,3}'::int[])"},
	{"tags @> ARRAY['x']", "tags @> '{x}'"},
	{"length(email) > 3", "char_length(email) > 3"},
	{"age = 1 AND flag", "flag AND age = 1"},
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	all := slices.Concat(spellings, differing)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, spellingDDL)
		conn := db.Connect(t)
		for i, s := range all {
			db.Exec(t, fmt.Sprintf("ALTER TABLE users ADD CONSTRAINT c%d CHECK (%s)", i, s.stored))
			db.Exec(t, fmt.Sprintf("CREATE INDEX w%d ON users (id) WHERE %s", i, s.stored))
			db.Exec(t, fmt.Sprintf("CREATE INDEX e%d ON users ((%s))", i, s.stored))
		}
		observed := readTable(t, conn, "public", "users")
		desired := schema.Table{Name: observed.Name, Columns: observed.Columns}
		for i, s := range all {
			desired.Checks = append(desired.Checks, schema.Check{
				Name: schema.Name(fmt.Sprintf("c%d", i)), Expression: schema.Expression{Text: s.written},
			})
		}
		canonical := canonicalize(t, conn, desired, &observed)
		for i, s := range all {
			check := schema.Name(fmt.Sprintf("c%d", i))
			compareSpelling(t, i, s.written, observed.Check(check).Expression, canonical.Check(check).Expression)
			written := &schema.Expression{Text: s.written}
			where := canonicalizeIndex(t, conn, observed, schema.Index{
				Name: schema.QualifiedName{Schema: "public", Name: schema.Name(fmt.Sprintf("w%d", i))}, Table: observed.Name,
				Keys: []schema.IndexKey{{Column: "id"}}, Where: written,
			})
			compareSpelling(t, i, s.written, *observed.Index(where.Name.Name).Where, *where.Where)
			key := canonicalizeIndex(t, conn, observed, schema.Index{
				Name: schema.QualifiedName{Schema: "public", Name: schema.Name(fmt.Sprintf("e%d", i))}, Table: observed.Name,
				Keys: []schema.IndexKey{{Expression: written}},
			})
			stored := observed.Index(key.Name.Name).Keys[0]
			if stored.Column != key.Keys[0].Column {
				t.Errorf("%s: key %v instead of %v", s.written, key.Keys[0], stored)
			} else if stored.Column == "" {
				compareSpelling(t, i, s.written, *stored.Expression, *key.Keys[0].Expression)
			}
		}
	})
}

func compareSpelling(t *testing.T, i int, written string, observed, canonical schema.Expression) {
	t.Helper()
	if observed.Equal(canonical) != (i < len(spellings)) {
		t.Errorf("%s\nobserved  %s\ncanonical %s", written, observed.Canonical, canonical.Canonical)
	}
}

func readTable(t *testing.T, conn *pgx.Conn, namespace, name schema.Name) schema.Table {
	t.Helper()
	qualified := schema.QualifiedName{Schema: namespace, Name: name}
	snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{Tables: []schema.QualifiedName{qualified}})
	if err != nil {
		t.Fatal(err)
	}
	table := snapshot.Table(qualified)
	if table == nil {
		t.Fatalf("there is no table %s", qualified)
	}
	return *table
}

func canonicalize(t *testing.T, conn *pgx.Conn, desired schema.Table, observed *schema.Table) schema.Table {
	t.Helper()
	canonical, refused, err := catalog.Canonicalize(t.Context(), conn, desired, observed)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range refused {
		t.Errorf("%v: %v", e.Path, e)
	}
	return canonical
}

func canonicalizeIndex(t *testing.T, conn *pgx.Conn, table schema.Table, desired schema.Index) schema.Index {
	t.Helper()
	canonical, refused, err := catalog.CanonicalizeIndex(t.Context(), conn, table, desired)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range refused {
		t.Errorf("%v: %v", e.Path, e)
	}
	return canonical
}
