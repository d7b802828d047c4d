// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/pgphase/terraform-provider-pgphase/internal/review"
)

// hostile are names that try to leave their place.
var hostile = []string{
	"</details><script>alert(1)</script>", "</code></summary></details><img src=x onerror=alert(1)>", "`</code>", "``` \n```sql\nx", "a|b\n|c|d|", "\n\n# heading\n\n* list",
	"[x](javascript:alert(1))", "![x](https://example.com/x.png)", "https://example.com www.example.com @everyone #1", "-->", "--><b>", "<!-- pgphase review: other -->",
	"*/ DROP TABLE x; --", "x\r\nDROP TABLE y;", "\u202eabc\u2028def", "{{.}} ${{ github.token }}", "*a* _b_ ~~c~~ \\", "&lt;script&gt;", strings.Repeat("n", 63), "]]>", "\x1b[31m", "$(touch /tmp/x)",
}

// named is a report in which every text is a name.
func named(name string) *review.Report {
	type object = map[string]any
	plan := object{
		"format_version": "1.2", "terraform_version": "1.11.0",
		"resource_changes": []object{{
			"address": `pgphase_table.t["` + name + `"]`, "mode": "managed", "type": "pgphase_table", "name": "t", "provider_name": "registry.terraform.io/pgphase/pgphase",
			"change": object{
				"actions": []string{"update"}, "before": object{"id": name, "retained": []string{"column " + name}},
				"after": object{
					"id": name, "phase": "contract", "destructive": true, "retained": []string{name},
					"operations": []object{{
						"phase": "contract", "sql": "SELECT 1;\n", "effect": "drops for good", "hazards": []string{name},
						"lock": `ACCESS EXCLUSIVE on public."` + strings.ReplaceAll(name, `"`, `""`) + `"`,
					}},
				},
			},
		}},
	}
	diagnostic := object{"type": "diagnostic", "diagnostic": object{"severity": "warning", "summary": name, "detail": name + "\n\n" + name}}
	write := func(value any) *bytes.Buffer {
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(value); err != nil {
			panic(err)
		}
		return &b
	}
	r, err := review.Read(review.Input{Name: name, Plan: write(plan), Stream: write(diagnostic)})
	if err != nil {
		panic(err)
	}
	return r
}

func written(t *testing.T, r *review.Report, form review.Form) string {
	t.Helper()
	var b bytes.Buffer
	if err := review.Forms()[form](&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// outline lists the elements, attributes and comments of a page, without texts.
func outline(t *testing.T, page string) []string {
	t.Helper()
	var list []string
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return list
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			text := token.Data
			for _, a := range token.Attr {
				text += " " + a.Key
				if a.Key == "href" && !strings.HasPrefix(a.Val, "#change-") && !strings.HasPrefix(a.Val, "https://registry.terraform.io/providers/pgphase/") {
					text += "=" + a.Val
				}
			}
			list = append(list, text)
		case html.CommentToken:
			list = append(list, "comment")
		case html.TextToken, html.DoctypeToken:
		}
	}
}

// GitHub and GitLab render Markdown with HTML in it; whatever the names are, they
// leave the same elements.
func rendered(t *testing.T, markdown string) string {
	t.Helper()
	var b bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(goldmarkhtml.WithUnsafe())).Convert([]byte(markdown), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestNamesStayNames(t *testing.T) {
	t.Parallel()
	plain := named("users")
	wantMarkdown := outline(t, rendered(t, written(t, plain, review.MarkdownForm)))
	wantPage := outline(t, written(t, plain, review.HTMLForm))
	wantStatements := statements(written(t, plain, review.SQLForm))
	for i, name := range hostile {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			r := named(name)
			markdown := written(t, r, review.MarkdownForm)
			if got := outline(t, rendered(t, markdown)); !slices.Equal(got, wantMarkdown) {
				t.Errorf("%q changes the comment: %q\n%s", name, got, markdown)
			}
			if first, _, _ := strings.Cut(markdown, "\n"); first != review.Marker(name) || strings.Count(first, "-->") != 1 || !strings.HasSuffix(first, "-->") {
				t.Errorf("%q leaves the marker: %q", name, first)
			}
			page := written(t, r, review.HTMLForm)
			if got := outline(t, page); !slices.Equal(got, wantPage) {
				t.Errorf("%q changes the page: %q\n%s", name, got, page)
			}
			if got := statements(written(t, r, review.SQLForm)); !slices.Equal(got, wantStatements) {
				t.Errorf("%q changes the script: %q", name, got)
			}
			if text := written(t, r, review.JSONForm); !json.Valid([]byte(text)) {
				t.Errorf("%q: %s", name, text)
			}
			validateSARIF(t, written(t, r, review.SARIFForm))
		})
	}
}

// statements are the lines of a script that are no comments.
func statements(script string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(script, func(r rune) bool { return r == '\n' || r == '\r' }), func(line string) bool { return strings.HasPrefix(line, "--") })
}

// Two names never have one marker.
func TestMarker(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, name := range append([]string{"", "production", "staging"}, hostile...) {
		marker := review.Marker(name)
		if other, taken := seen[marker]; taken {
			t.Errorf("%q and %q have the marker %s", name, other, marker)
		}
		seen[marker] = name
	}
}

// sarifSchema is that of OASIS, without its white space:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
func validateSARIF(t *testing.T, text string) {
	t.Helper()
	content, err := os.Open("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	document, err := jsonschema.UnmarshalJSON(content)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("sarif.json", document); err != nil {
		t.Fatal(err)
	}
	compiler.AssertFormat()
	schema, err := compiler.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	for _, story := range stories {
		validateSARIF(t, written(t, recorded(t, story), review.SARIFForm))
	}
}
