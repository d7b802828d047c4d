// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Each entry is one thing in two spellings of people. What is other is another
// thing, which somebody makes of it by hand.

var typeSpellings = []struct{ first, second string }{
	{"int", "pg_catalog.int4"},
	{"INTEGER", "int4"},
	{"int8", "BigInt"},
	{"smallint", "int2"},
	{"varchar(9)", "character  varying ( 9 )"},
	{"varchar", "character varying"},
	{"char(3)", "pg_catalog.bpchar(3)"},
	{"character", "char(1)"},
	{"\\\"char\\\"", "pg_catalog.\\\"char\\\""},
	{"national character varying(5)", "varchar(5)"},
	{"timestamptz", "timestamp with time zone"},
	{"timestamptz(3)", "TIMESTAMP (3) WITH TIME ZONE"},
	{"timetz", "time with time zone"},
	{"decimal(10,2)", "numeric( 10 , 2 )"},
	{"dec(5)", "numeric(5,0)"},
	{"float", "double precision"},
	{"float4", "float(24)"},
	{"bool", "boolean"},
	{"text[]", "text array"},
	{"_text", "text[][]"},
	{"int[3]", "integer[]"},
	{"interval day to second(2)", "interval  DAY TO SECOND (2)"},
	{"bit varying(5)", "varbit(5)"},
	{"mood", "public.mood"},
	{"mood[]", "public.mood[]"},
	{"\\\"Odd Type\\\"", "public.\\\"Odd Type\\\""},
	{"other.email", "other . email"},
	{"citext", "public.citext"},
	{"int4range", "pg_catalog.int4range"},
	{"jsonb", "JSONB"},
}

var defaultSpellings = []struct{ typ, first, second, other string }{
	{"timestamptz", "now()", "NOW( )", "clock_timestamp()"},
	{"timestamptz", "current_timestamp", "CURRENT_TIMESTAMP", "now()"},
	{"text", "'free'", "'free'::text", "'paid'"},
	{"text", "E'a\\\\'b'", "'a''b'", "'a'"},
	{"varchar(9)", "'free'", "'free'::character varying", "'paid'"},
	{"int", "-1", "(-1)", "1"},
	{"bigint", "60 * 60", "( 60*60 )", "3600"},
	{"numeric(10,2)", "0", "(00)", "'0'"},
	{"boolean", "true", "'t'", "false"},
	{"interval", "interval '1 day'", "'1 day'::interval", "'2 days'"},
	{"text[]", "'{}'", "'{}'::text[]", "'{a}'"},
	{"mood", "'sad'", "'sad'::public.mood", "'happy'"},
	{"date", "current_date", "CURRENT_DATE /* today */", "current_date + 1"},
	{"bigint", "nextval('numbers')", "nextval('public.numbers'::regclass)", "1"},
	{"jsonb", "'{\\\"a\\\": 1}'", "'{\\\"a\\\": 1}'::jsonb", "'{}'"},
	{"text", "null", "NULL::text", "'x'"},
	{"text", "upper('a' || 'b')", "upper(('a'::text || 'b'::text))", "'AB'"},
}

var checkSpellings = []struct{ first, second, other string }{
	{"status in ('open', 'closed')", "status IN ('open'::text, ('closed'))", "status IN ('open')"},
	{"kind in ('a', 'b')", "kind IN ( 'a', 'b' )", "kind IN ('a')"},
	{"kind = any (array['a', 'b'])", "(kind)::text = ANY (ARRAY['a'::text, 'b'::text])", "kind = 'a'"},
	{"price between 1 and 9", "price >= 1 AND price <= 9", "price >= 1"},
	{"status != kind", "status <> kind", "status = kind"},
	{"status like 'o%'", "status ~~ 'o%'", "status LIKE 'c%'"},
	{"(price > 0) and (price < 10) or status is null", "price > 0 AND price < 10 OR status IS NULL", "price > 0"},
	{"not (status is null)", "NOT status IS NULL", "status IS NOT NULL AND true"},
	{"extract(year from day) > 2000", "EXTRACT( YEAR FROM day ) > 2000", "day IS NOT NULL"},
	{"substring(status from 1 for 2) <> ''", "SUBSTRING(status FROM 1 FOR 2) <> ''", "status <> ''"},
	{"trim(status) = status", "TRIM(BOTH FROM status) = status", "btrim(status) = status"},
	{"case when price > 1 then true else false end", "CASE WHEN price > 1 THEN true ELSE false END", "price > 1"},
	{"(price, status) is distinct from (1, 'a')", "ROW(price, status) IS DISTINCT FROM ROW(1, 'a')", "price > 3"},
	{"seen at time zone 'UTC' > '2020-01-01'", "(seen AT TIME ZONE 'UTC') > '2020-01-01'::timestamp", "price > 4"},
	{"coalesce(price, 0) >= 0", "COALESCE(price, 0::numeric) >= 0", "price > 5"},
	{"status ~ '^[a-z]+$' /* letters */", "status ~ '^[a-z]+$'", "price > 6"},
	{"status similar to 'a|b'", "status SIMILAR TO 'a|b'", "price > 7"},
}

var indexSpellings = []struct{ key, where, key2, where2, otherKey, otherWhere string }{
	{"lower( status )", "price > 0", "LOWER(status)", "(price > 0::numeric)", "upper(status)", ""},
	{"data ->> 'a'", "kind in ('a', 'b') and status is not null", "(data->>'a'::text)", "kind IN ('a','b') AND (status IS NOT NULL)", "data ->> 'b'", "kind IN ('a')"},
	{"date_trunc('day', seen at time zone 'UTC')", "day > '2020-01-01'", "date_trunc('day', (seen AT TIME ZONE 'UTC'))", "day > '2020-01-01'::date", "", "day > '2021-01-01'"},
}

func hclString(text string) string { return `"` + text + `"` }

// spellingConfig declares everything in one of the spellings.
func spellingConfig(first bool) string {
	pick := func(a, b string) string {
		if first {
			return hclString(a)
		}
		return hclString(b)
	}
	var b strings.Builder
	b.WriteString("resource \"pgphase_table\" \"words\" {\n  name = \"words\"\n  deletion_protection = false\n  columns = {\n")
	for i, s := range typeSpellings {
		fmt.Fprintf(&b, "    t%02d = { type = %s }\n", i, pick(s.first, s.second))
	}
	for i, s := range defaultSpellings {
		fmt.Fprintf(&b, "    d%02d = { type = %q, default = %s }\n", i, s.typ, pick(s.first, s.second))
	}
	fmt.Fprintf(&b, "    price = { type = \"numeric\" }\n    status = { type = \"text\", collation = %s }\n    kind = { type = \"varchar(5)\" }\n"+
		"    day = { type = \"date\" }\n    seen = { type = \"timestamptz\" }\n    data = { type = \"jsonb\" }\n    code = { type = \"citext\" }\n"+
		"    total = { type = \"numeric\", generated = { expression = %s } }\n  }\n  checks = {\n",
		pick(`\"C\"`, `pg_catalog.\"C\"`), pick("price*2", "(price * 2::numeric)"))
	for i, s := range checkSpellings {
		fmt.Fprintf(&b, "    c%02d = { expression = %s }\n", i, pick(s.first, s.second))
	}
	fmt.Fprintf(&b, "  }\n  exclusions = {\n    e = { method = \"btree\", elements = [{ expression = %s, operator = %s }], where = %s }\n  }\n}\n",
		pick("price+1", "(price + (1)::numeric)"), pick("=", "OPERATOR(pg_catalog.=)"), pick("status<>''", "(status <> ''::text)"))
	for i, s := range indexSpellings {
		fmt.Fprintf(&b, "resource \"pgphase_index\" \"i%d\" {\n  table = pgphase_table.words.id\n  name = \"i%d\"\n  keys = [{ expression = %s }, { column = \"kind\", operator_class = %s, collation = %s }]\n  where = %s\n}\n",
			i, i, pick(s.key, s.key2), pick("varchar_pattern_ops", "pg_catalog.varchar_pattern_ops"), pick(`\"C\"`, `pg_catalog.\"C\"`), pick(s.where, s.where2))
	}
	return b.String()
}

const spellingObjects = `
CREATE EXTENSION citext;
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE "Odd Type" AS (a int, b text);
CREATE DOMAIN other.email AS text;
CREATE SEQUENCE numbers;`

// The same thing in other words is no change: not after it was created, not
// when the configuration is written in other words, not when it is imported.
func TestAccSpelling(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, spellingObjects)
		c := newCLI(t, db)
		c.write(spellingConfig(true))
		c.mustApply()
		c.mustPlanNothing()
		dump := pgtest.PgDump(t, db)

		c.write(spellingConfig(false))
		c.mustPlanNothing()
		c.mustPlanNothing("-refresh=false")

		imports := "import {\n  to = pgphase_table.words\n  id = \"public.words\"\n}\n"
		for i := range indexSpellings {
			imports += fmt.Sprintf("import {\n  to = pgphase_index.i%d\n  id = \"public.i%d\"\n}\n", i, i)
		}
		for _, first := range []bool{false, true} {
			c.forget(t)
			// What is not in the database would be a change: the protection, and a
			// default of NULL.
			imported := strings.NewReplacer("deletion_protection = false", "", ", default = \"null\"", "", ", default = \"NULL::text\"", "")
			c.write(imported.Replace(spellingConfig(first)) + imports)
			if output := c.mustApply(); !strings.Contains(output, "4 imported, 0 added, 0 changed, 0 destroyed") {
				t.Errorf("import in other words (%v):\n%s", first, output)
			}
			c.mustPlanNothing()
		}
		c.write(spellingConfig(true))
		c.mustApply()
		c.mustPlanNothing()

		sql, changed := changedByHand()
		db.Exec(t, sql)
		if got := c.plannedChanges(); !slices.Equal(got, changed) {
			t.Errorf("changed by hand: %s\nplanned: %s", changed, got)
		}
		c.mustApply()
		c.mustPlanNothing()
		if now := pgtest.PgDump(t, db); now != dump {
			t.Errorf("the schema has changed from\n%s\nto\n%s", dump, now)
		}
	})
}

// changedByHand makes another thing of every expression, and returns where a
// plan has to show that.
func changedByHand() (sql string, changed []string) {
	var b strings.Builder
	for i, s := range defaultSpellings {
		fmt.Fprintf(&b, "ALTER TABLE words ALTER d%02d SET DEFAULT %s;\n", i, strings.ReplaceAll(s.other, "\\\"", "\""))
		changed = append(changed, fmt.Sprintf("pgphase_table.words columns.d%02d.default", i))
	}
	for i, s := range checkSpellings {
		fmt.Fprintf(&b, "ALTER TABLE words DROP CONSTRAINT c%02d, ADD CONSTRAINT c%02d CHECK (%s);\n", i, i, s.other)
		changed = append(changed, fmt.Sprintf("pgphase_table.words checks.c%02d.expression", i))
	}
	for i, s := range indexSpellings {
		key := s.key
		if s.otherKey != "" {
			key = s.otherKey
			changed = append(changed, fmt.Sprintf("pgphase_index.i%d keys.0.expression", i))
		}
		where := s.where
		if s.otherWhere != "" {
			where = s.otherWhere
			changed = append(changed, fmt.Sprintf("pgphase_index.i%d where", i))
		}
		fmt.Fprintf(&b, "DROP INDEX i%d; CREATE INDEX i%d ON words ((%s), kind COLLATE \"C\" varchar_pattern_ops) WHERE %s;\n", i, i, key, where)
	}
	slices.Sort(changed)
	return b.String(), changed
}
