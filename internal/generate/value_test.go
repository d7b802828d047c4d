// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// evaluated is the string that Terraform reads from a block with one argument.
func evaluated(t *testing.T, source []byte) string {
	t.Helper()
	file, diags := hclparse.NewParser().ParseHCL(source, "generated.tf")
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, source)
	}
	content, diags := file.Body.Content(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "b"}}})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	attributes, diags := content.Blocks[0].Body.JustAttributes()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	v, diags := attributes["o"].Expr.Value(nil)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, source)
	}
	return v.GetAttr("v").AsString()
}

// Whatever an expression consists of, Terraform reads the same back.
func TestExpressionSurvives(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", heredocFrom)
	for _, text := range []string{
		"a > 0",
		`"Weird" = E'\\d' || '${x}' || '%{if}' || '$${y}'`,
		long,
		long + ` ~ '^\d+${x}%{y}$$$' || "q""q"`,
		"CASE\n    WHEN a THEN 1\n    ELSE 2\nEND",
		"CASE\n    WHEN a = 'SQL' THEN 'a\nSQL\nb'\nEND",
		"'two\n\nlines'::text",
		"'tab\tand\nline'::text",
		"'\n  indented\n   more'::text || '" + long + "'",
		"(a > 0) AND (b = '" + long + "') OR c",
		"'windows\r\nline'::text",
		"'trailing \nblank'::text",
	} {
		for _, spread := range []bool{false, true} {
			o := &object{spread: spread}
			o.add("v", expression(text))
			body := &object{}
			body.add("o", o)
			source := block("b", nil, body)
			got := evaluated(t, append(source, '\n'))
			if !(schema.Expression{Text: got}).SaysAs(schema.Expression{Text: text}) {
				t.Errorf("%q became %q by\n%s", text, got, source)
			}
		}
	}
}

// A comment is kept to the byte.
func TestTextSurvives(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "a\nb\n", `\n "q" ${x} %{y} $${z}`, "tab\t", "é 漢字 🎉", strings.Repeat("long ", 60)} {
		o := &object{}
		o.add("v", text(s))
		body := &object{}
		body.add("o", o)
		if got := evaluated(t, append(block("b", nil, body), '\n')); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestIdentifier(t *testing.T) {
	t.Parallel()
	for name, want := range map[schema.Name]string{
		"users":              "users",
		"TaskRun":            "task_run",
		"HTTPRequest":        "http_request",
		"userID":             "user_id",
		"Users":              "users",
		"order items":        "order_items",
		"a.b-c":              "a_b_c",
		"2024_archive":       "_2024_archive",
		"__migrations":       "__migrations",
		"naïve":              "naïve",
		"漢字":                 "漢字",
		`q"uote`:             "q_uote",
		"!":                  "_",
		"$":                  "_",
		"for":                "for",
		"x🎉":                 "x_",
		"ÄnderungsProtokoll": "änderungs_protokoll",
	} {
		if got := identifier(name); got != want {
			t.Errorf("%s: %s instead of %s", name, got, want)
		}
	}
}

func TestLabelsAreUnique(t *testing.T) {
	t.Parallel()
	got := assign([]labelled{
		{"users", "app_users"}, {"users", "billing_users"}, // ambiguous
		{"app_users", "public_app_users"},  // keeps its name
		{"orders", "app_orders"},           // alone
		{"a_b", "s_a_b"}, {"a_b", "s_a_b"}, // ambiguous in full as well
		{"s_a_b", "x"}, {"s_a_b_2", "x_s_a_b"}, // and their long names are taken
	})
	want := []string{"app_users_2", "billing_users", "app_users", "orders", "s_a_b_3", "s_a_b_4", "s_a_b", "s_a_b_2"}
	seen := map[string]bool{}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %s instead of %s", i, got[i], want[i])
		}
		if seen[got[i]] {
			t.Errorf("%s twice", got[i])
		}
		seen[got[i]] = true
	}
}
