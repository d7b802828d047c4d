// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestExpressionValidate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"1", "'it''s'", `E'it\'s'`, `U&'\0441'`, `"a""b" > 1`, "$$it's; (fine$$", "$q$ $$ ; $q$", "a$b > 1",
		"f(a, ARRAY[1, 2])[1]", "a /* ; /* nested ' */ ( */ > 0", "a > 0 -- positive\n", "1.5e-3 + .5", "'-- no comment'",
		`'ends with \'`, "данные > 0", "U&\"d\\0061t\" > 0",
		"E'a'\n'\\''", "E'a' -- b\n \r'\\'' || 'c'", "a -- '\r> 0", "1e-5 + 1.e3 - 0xFF - 1 + 1_000", "1-2", "ARRAY[1]",
	} {
		if err := (schema.Expression{Text: text}).Validate(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                    "missing at character 1",
		"  /* nothing */ ":    "missing",
		"(a > 0":              `"(" is not closed that opens at character 1`,
		"a > 0)":              "nothing opens, stands at character 6",
		"f(a]":                "at character 4",
		"a = 'open":           "a string is not closed that starts at character 5",
		`a = E'\'`:            "a string is not closed that starts at character 6",
		`"open`:               "a quoted name is not closed",
		`"" > 0`:              "an empty quoted name",
		"$q$ open $$":         "a string that $q$ closes",
		"a > $1":              "a $ that neither",
		"1; DROP TABLE t":     "a semicolon, which would end the statement, stands at character 2",
		"f((1; 2))":           "a semicolon",
		"a > 0 -- why":        "a -- comment without an end of line",
		"a /* open /* */ >0":  "a /* comment is not closed that starts at character 3",
		"1, ADD COLUMN x int": "a comma, which would start a second expression, stands at character 2",
		"'a\x00b'":            "a NUL character",
		"'a\xffb'":            "not UTF-8",
		"a >\n  (0":           "at line 2, character 3",
		// Where the server ends a comment, a string or a number.
		"1 --\r) AS x, (2 --\n":    "nothing opens, stands at character 6",
		"E'a'\n'\\'' || 'x' || '":  "a string is not closed that starts at line 2, character 16",
		"(SELECT 1e--'\n) -- '\n)": "a number with something else",
		"1e'\\'":                   "a number with something else",
		"0x1$a$E'$a$":              "a number with something else",
	} {
		err := (schema.Expression{Text: text}).Validate()
		if _, ok := errors.AsType[*schema.SyntaxError](err); !ok {
			t.Errorf("%q: got %v, want a SyntaxError", text, err)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, want it to contain %q", text, err, want)
		}
	}
}

func TestExpressionShape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ literal, atomic bool }{
		"1":                            {true, true},
		"-1":                           {true, true},
		"'free'":                       {true, true},
		"NULL":                         {true, true},
		"'free'::text":                 {false, true},
		"'{}'::character(3)[]":         {false, true},
		"now()":                        {false, true},
		"pg_catalog.now()":             {false, true},
		`"My".f(1, (2))`:               {false, true},
		"ARRAY[]::text[]":              {false, true},
		"CURRENT_TIMESTAMP":            {false, true},
		"now() AT TIME ZONE 'utc'":     {false, false},
		"NOT true":                     {false, false},
		"not(true)":                    {false, false},
		"a > 0":                        {false, false},
		"1 + 1":                        {false, false},
		"-f()":                         {false, false},
		"'1'::double precision":        {false, false},
		"nextval('s'::regclass)::int4": {false, true},
		"'a' ||":                       {false, false},
		"":                             {false, false},
	} {
		e := schema.Expression{Text: text}
		if got := e.IsLiteral(); got != want.literal {
			t.Errorf("IsLiteral(%q) = %v", text, got)
		}
		if got := e.IsAtomic(); got != want.atomic {
			t.Errorf("IsAtomic(%q) = %v", text, got)
		}
	}
}

func TestExpressionMentions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		name schema.Name
		want bool
	}{
		{"lower(Email) = 'x'", "email", true},
		{`"Email" = 'x'`, "email", false},
		{`"Email" = 'x'`, "Email", true},
		{`"a""b" = 1`, `a"b`, true},
		{"'email' = x", "email", false},
		{"emails > 0", "email", false},
		{"a > 0 /* email */", "email", false},
	} {
		if got := (schema.Expression{Text: c.text}).Mentions(c.name); got != c.want {
			t.Errorf("%q mentions %q: %v", c.text, string(c.name), got)
		}
	}
}

func TestExpressionIsNotNullTest(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"(a IS NOT NULL)": true, "A is not null": true, `"a" IS NOT NULL`: true, "((a) IS NOT NULL)": true,
		"b IS NOT NULL": false, "a IS NOT NULL OR true": false, "NOT (a IS NULL)": false, "a > 0": false,
	} {
		if got := (schema.Expression{Text: text}).IsNotNullTest("a"); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestTypeValidate(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"bigint", "character varying(9)", "numeric(10, -2)", "timestamp(3) with time zone", "text[]", "int[3][]",
		"public.citext", `"My"."Type"`, "geometry(Point, 4326)", "interval day to second(3)", "double precision",
	} {
		if err := (schema.Type{Text: text}).Validate(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"":                       "a type is missing",
		"int NOT NULL":           "NOT, which belongs into nullable and not into the type, stands at character 5",
		"text collate \"C\"":     "belongs into collation",
		"text DEFAULT 'x'":       "belongs into default",
		"bigserial":              "write bigint with an identity",
		"int, b int":             `"," , which`,
		"int); DROP TABLE t; --": "nothing opens",
		"varchar(9":              "is not closed",
		"int -- four bytes":      "a -- comment",
		"int references p":       "pgphase_foreign_key",
		"setof int":              "SETOF",
		"(int)":                  "where a type name is expected",
		"int 4":                  "no part of a type name",
	} {
		err := (schema.Type{Text: text}).Validate()
		var syntax *schema.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(strings.ReplaceAll(err.Error(), `",",`, `"," ,`), want) {
			t.Errorf("%q: got %v, want it to contain %q", text, err, want)
		}
	}
}
