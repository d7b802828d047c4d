// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import "testing"

func TestShortType(t *testing.T) {
	t.Parallel()
	for canonical, want := range map[string]string{
		"integer":                          "integer",
		"character varying(9)":             "varchar(9)",
		"character varying":                "varchar",
		"character varying(255)[]":         "varchar(255)[]",
		"timestamp with time zone":         "timestamptz",
		"timestamp(3) without time zone":   "timestamp(3)",
		"timestamp(3) with time zone[]":    "timestamptz(3)[]",
		"time(0) with time zone":           "timetz(0)",
		"numeric(10,2)":                    "numeric(10,2)",
		"interval day to second(3)":        "interval day to second(3)",
		"character(3)":                     "character(3)",
		`public."character varying"`:       `public."character varying"`,
		`public."time (without) time zone`: `public."time (without) time zone`,
	} {
		if got := (Type{Text: "x", Canonical: canonical}).Short(); got != want {
			t.Errorf("%s: %s instead of %s", canonical, got, want)
		}
	}
}

func TestBareExpression(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"(price > 0)":           "price > 0",
		"((price > 0))":         "price > 0",
		"(a > 0) AND (b > 0)":   "(a > 0) AND (b > 0)",
		"((a > 0) AND (b > 0))": "(a > 0) AND (b > 0)",
		"(a, b)":                "(a, b)",
		"('(' || a)":            "'(' || a",
		" lower(a)\n":           "lower(a)",
		"()":                    "()",
	} {
		if got := (Expression{Text: text}).Bare(); got != want {
			t.Errorf("%q: %q instead of %q", text, got, want)
		}
	}
}

func TestShortDefault(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ typ, canonical, want string }{
		{"text", "'free'::text", "'free'"},
		{"text", "'it''s'::text", "'it''s'"},
		{"character varying(9)", "'x'::character varying", "'x'"},
		{"character(3)", "'x'::bpchar", "'x'"},
		{"text[]", "'{}'::text[]", "'{}'"},
		{"character varying(9)[]", "'{}'::character varying[]", "'{}'"},
		{"public.mood", "'ok'::public.mood", "'ok'"},
		{"public.mood", "'ok'::text", "'ok'::text"},
		{"integer", "'-1'::integer", "-1"},
		{"bigint", "'-1'::integer", "'-1'::integer"},
		{"numeric(5,2)", "'-1.5'::numeric", "-1.5"},
		{"text", "('a'::text || 'b'::text)", "'a'::text || 'b'::text"},
		{"text", `E'a\\b'::text`, `E'a\\b'::text`},
		{"integer", "0", "0"},
		{"bigint", "nextval('public.s'::regclass)", "nextval('public.s'::regclass)"},
	} {
		column := Column{Type: Type{Canonical: test.typ}, Default: &Expression{Canonical: test.canonical}}
		if got := column.ShortDefault(); got != test.want {
			t.Errorf("%s DEFAULT %s: %s instead of %s", test.typ, test.canonical, got, test.want)
		}
	}
}

func TestWrappedExpression(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"((a > 0) AND ((b > 0) OR (c > 0)))": "(a > 0)\nAND ((b > 0) OR (c > 0))",
		"lower(a)":                           "lower(a)",
		"'x AND y'::text":                    "'x AND y'::text",
		"CASE\n    WHEN a OR b THEN 1\nEND":  "CASE\n    WHEN a OR b THEN 1\nEND",
	} {
		got := (Expression{Text: text}).Wrapped()
		if got != want {
			t.Errorf("%q: %q instead of %q", text, got, want)
		}
		if !(Expression{Text: got + "\n"}).SaysAs(Expression{Text: text}) {
			t.Errorf("%q does not say the same as %q", got, text)
		}
	}
}

func TestSaysAs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"price > 0\n", "(price > 0)", true},
		{"price  >\n 0", "price > 0", true},
		{"price>0", "price > 0", false}, // left to the server
		{"a < = b", "a <= b", false},
		{"a = ' '", "a = '  '", false},
		{"a = '\n'", "a = ' '", false},
		{"(a) + (b)", "a) + (b", false},
		{"A", "a", false},
	} {
		if got := (Expression{Text: test.a}).SaysAs(Expression{Text: test.b}); got != test.same {
			t.Errorf("%q and %q: %t", test.a, test.b, got)
		}
	}
}
