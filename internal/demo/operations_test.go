// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"slices"
	"strings"
	"testing"
)

func TestStatementsOf(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string][]string{
		"BEGIN;\nALTER TABLE t\n  ADD a text;\nDROP TABLE \"a;b\";\nCOMMIT;\n":     {"ALTER TABLE t ADD a text", `DROP TABLE "a;b"`},
		"CREATE FUNCTION f() AS $$ BEGIN; END; $$ LANGUAGE sql;\nSELECT ';' || $1": {"CREATE FUNCTION f() AS ... LANGUAGE sql", "SELECT ';' || $1"},
		"SELECT $a$ $$;$$ $a$;": {"SELECT ..."},
		"":                      nil,
	} {
		if got := statementsOf(sql); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", sql, got, want)
		}
	}
}

func TestOperationsAreTold(t *testing.T) {
	t.Parallel()
	list, err := operationsOf(`{"resource_changes": [
		{"address": "a.quiet", "change": {"after": {"operations": []}}},
		{"address": "a.gone", "change": {"after": null}},
		{"address": "a.b", "change": {"after": {"operations": [
			{"sql": "BEGIN;\nALTER TABLE t ADD a text;\nCOMMENT ON TABLE t IS 'x';\nCOMMIT;\n", "lock": "ACCESS EXCLUSIVE on public.t", "effect": "instant"},
			{"sql": "UPDATE pgphase.transitions SET phase = 'migrate';\n", "effect": "instant"}]}}}]}
 Warning: something`)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	story{&text}.operations(list)
	const want = `  # a.b
  - instant; ACCESS EXCLUSIVE on public.t
      ALTER TABLE t ADD a text
      (1 more in the same transaction)
  - instant
      UPDATE pgphase.transitions SET phase = 'migrate'

`
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &text, want)
	}
	if _, err := operationsOf("Error: no plan"); err == nil {
		t.Error("what is no plan was read")
	}
}

func TestAbridged(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"short": "short", "nine here": "nine here", "exactly ten": "exact ...", "größer als": "größe ...", "one two three": "one t ..."} {
		if got := abridged(text, 9); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
