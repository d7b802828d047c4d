// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func TestResolveTypes(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"int": "integer", "int4": "integer", " INTEGER ": "integer", "bigint": "bigint", "float": "double precision",
		"float(3)": "real", "decimal(10,2)": "numeric(10,2)", "numeric": "numeric", "numeric( 10 , -2 )": "",
		"varchar": "character varying", "varchar(9)": "character varying(9)", "character varying ( 9 )": "character varying(9)",
		"char": "character(1)", "char(9)": "character(9)", "bpchar": "bpchar", `"char"`: `"char"`, "text": "text",
		"bit": "bit(1)", "bit(3)": "bit(3)", "varbit(3)": "bit varying(3)", "bool": "boolean",
		"timestamp": "timestamp without time zone", "timestamptz(3)": "timestamp(3) with time zone",
		"timestamp (3) with time zone": "timestamp(3) with time zone", "time with time zone": "time with time zone",
		"interval": "interval", "interval day to second(3)": "interval day to second(3)", "interval(3)": "interval(3)",
		"text[]": "text[]", "int[3][3]": "integer[]", "int ARRAY": "integer[]", "varchar(9)[]": "character varying(9)[]",
		"citext": "public.citext", "public.citext": "public.citext", "mood": "public.mood", "app.mood": "app.mood",
		"positive": "public.positive", "code": "public.code", "code[]": "public.code[]", "users": "public.users",
		`app."Weird ""type"`: `app."Weird ""type"`, "pg_catalog.int8": "bigint", "int4range": "int4range", "jsonb": "jsonb",
		"regclass": "regclass", "oid": "oid", "name": "name", "xml": "xml", "tsvector": "tsvector",
		// refused
		"": "", "serial": "", "BIGSERIAL": "", "unknown_type": "", "anyelement": "", "record": "", "void": "", "unknown": "",
		"int, int": "", "int + 1": "", "int) FROM pg_class --": "", "int; DROP TABLE users": "", "int NOT NULL": "",
		"setof int": "", "varchar(0)": "", "trigger": "", "users%rowtype": "", "users.id%type": "", "cstring": "",
		"int)+CAST(1 AS int": "", "numeric(2,3,4)": "", "'int'": "", "int -- x": "", "int/* x */": "integer",
	}
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `
			CREATE EXTENSION citext; CREATE SCHEMA app; CREATE TYPE mood AS ENUM ('a'); CREATE TYPE app.mood AS ENUM ('b');
			CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN code AS varchar(5); CREATE TABLE users (id int);
			CREATE DOMAIN nested AS positive; CREATE DOMAIN app."Weird ""type" AS text`)
		conn := db.Connect(t)
		var texts []string
		for text := range want {
			texts = append(texts, text)
		}
		resolved, refused, err := catalog.ResolveTypes(t.Context(), conn, texts)
		if err != nil {
			t.Fatal(err)
		}
		for text, canonical := range want {
			if text == "numeric( 10 , -2 )" && server.Major >= 15 {
				canonical = "numeric(10,-2)" // a negative scale came with 15
			}
			if got := resolved[text]; got.Canonical != canonical || (canonical == "") == (refused[text] == nil) {
				t.Errorf("%q: %q instead of %q (%v)", text, got.Canonical, canonical, refused[text])
			} else if canonical != "" && got.Facts == nil {
				t.Errorf("%q has no facts", text)
			}
		}
		nested := resolve(t, conn, "nested").Facts
		if nested.Kind != "d" || !nested.Constrained || nested.Base.Canonical != "public.positive" ||
			nested.Base.Facts.Base.Canonical != "integer" {
			t.Errorf("nested: %+v", nested)
		}
		if facts := resolved["code"].Facts; facts.Constrained || facts.Base.Canonical != "character varying(5)" {
			t.Errorf("code: %+v", facts)
		}
		if facts := resolved["varchar(9)"].Facts; facts.Length != -1 || facts.Align != "i" || len(facts.CastsTo) == 0 {
			t.Errorf("varchar: %+v", facts)
		}
		if facts := resolved["text[]"].Facts; !facts.Array {
			t.Errorf("text[]: %+v", facts)
		}
		if conn.PgConn().TxStatus() != 'I' {
			t.Error("a transaction is left open")
		}
	})
}
