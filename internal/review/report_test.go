// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pgphase/terraform-provider-pgphase/internal/review"
)

// plan is a plan in JSON of these resource changes.
func plan(changes ...string) string {
	return `{"format_version":"1.2","terraform_version":"1.11.0","resource_changes":[` + strings.Join(changes, ",") + `]}`
}

// updated is a change with one step.
func updated(address, effect, lock, more string) string {
	return fmt.Sprintf(`{"address":%q,"mode":"managed","type":"pgphase_table","name":"t","change":{"actions":["update"],"before":{"id":"public.t"},
		"after":{"id":"public.t","operations":[{"sql":"SELECT 1;\n","effect":%q,"lock":%q,"hazards":[]}]%s}}}`, address, effect, lock, more)
}

func read(t *testing.T, plan, stream string) *review.Report {
	t.Helper()
	var in review.Input
	if plan != "" {
		in.Plan = strings.NewReader(plan)
	}
	if stream != "" {
		in.Stream = strings.NewReader(stream)
	}
	r, err := review.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The dangerous comes first, and each level is found where it is.
func TestLevels(t *testing.T) {
	t.Parallel()
	const long, brief = "rewrites the table", "instant: catalog only"
	r := read(t, plan(
		updated("pgphase_table.a_calm", brief, "ACCESS EXCLUSIVE on public.t", ""),
		updated("pgphase_table.b_warned", brief, "", ""),
		updated("pgphase_table.c_drops", "drops for good", "ACCESS EXCLUSIVE on public.t", `,"destructive":true`),
		updated("pgphase_table.d_blocks_reads", long, "ACCESS EXCLUSIVE on public.t", ""),
		updated("pgphase_table.e_blocks_writes", "builds an index", "SHARE on public.t", ""),
		updated("pgphase_table.f_online", "scans the table", "SHARE UPDATE EXCLUSIVE on public.t", ""),
	), `{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"s","detail":"d","address":"pgphase_table.b_warned"}}`)
	var got []string
	for _, c := range r.Changes {
		got = append(got, fmt.Sprintf("%s %s", strings.TrimPrefix(c.Address, "pgphase_table."), c.Level))
	}
	want := []string{"d_blocks_reads blocking", "e_blocks_writes blocking", "c_drops destructive", "b_warned warning", "a_calm calm", "f_online calm"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for level, want := range map[review.Level]bool{review.Failing: false, review.Blocking: true, review.Destructive: true, review.Warned: true} {
		if r.Has(level) != want {
			t.Errorf("%s: %v", level, !want)
		}
	}
	if r.Level != review.Blocking {
		t.Error(r.Level)
	}
	if stops := r.Changes[0].Stops; stops != "Reads and writes of public.t for as long as the table is large." {
		t.Error(stops)
	}
	if calm := read(t, plan(updated("pgphase_table.a", brief, "", "")), ""); calm.Has(review.Warned) || calm.Has(review.Blocking) || calm.Has(review.Destructive) || calm.Level != review.Calm || calm.Warned {
		t.Errorf("%+v", calm)
	}
}

// What changes nothing in the database says so; what is not known, too.
func TestActions(t *testing.T) {
	t.Parallel()
	change := func(name, body string) string {
		return fmt.Sprintf(`{"address":"pgphase_table.%s","mode":"managed","type":"pgphase_table","name":%q,"change":%s}`, name, name, body)
	}
	r := read(t, plan(
		change("imported", `{"actions":["no-op"],"importing":{"id":"public.t"},"before":{"id":"public.t"},"after":{"id":"public.t"}}`),
		change("idle", `{"actions":["no-op"],"before":{"id":"public.t"},"after":{"id":"public.t","operations":[{"sql":"S;","effect":"drops for good","lock":null}]}}`),
		change("unknown", `{"actions":["create"],"before":null,"after":{"id":"public.u"},"after_unknown":{"operations":true}}`),
		change("forgotten", `{"actions":["forget"],"before":{"id":"public.t"},"after":null}`),
		`{"address":"aws_db_instance.x","mode":"managed","type":"aws_db_instance","name":"x","change":{"actions":["create"],"after":{"operations":7}}}`,
		`{"address":"data.pgphase_table.x","mode":"data","type":"pgphase_table","name":"x","change":{"actions":["read"]}}`,
	), "")
	var got []string
	for _, c := range r.Changes {
		got = append(got, fmt.Sprintf("%s %s %v %s", c.Address, c.Action, c.Unknown, c.Back))
	}
	want := []string{
		"pgphase_table.unknown create true Not known before the apply.",
		"pgphase_table.forgotten forget false Yes: by importing it again. The database is not touched.",
		"pgphase_table.imported import false Yes: the database is not changed.",
	}
	if !slices.Equal(got, want) || r.Others != 1 {
		t.Errorf("%d others, got\n%s", r.Others, strings.Join(got, "\n"))
	}
}

// The statements of what is destroyed are in a warning that has no address.
func TestDestroyed(t *testing.T) {
	t.Parallel()
	destroy := func(name, id string) string {
		return fmt.Sprintf(`{"address":"pgphase_table.%s","mode":"managed","type":"pgphase_table","name":%q,"change":{"actions":["delete"],"before":{"id":%q},"after":null}}`, name, name, id)
	}
	r := read(t, plan(destroy("a", "public.a"), destroy("ab", "public.a.b"), destroy("silent", "public.silent")),
		`{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"public.a will be dropped","detail":"Destroying it runs:\n\n    DROP TABLE public.a;\n    SELECT 'x\n    y';\n\nLocks:\n\n    ACCESS EXCLUSIVE on public.a\n    SHARE ROW EXCLUSIVE on public.c; SHARE ROW EXCLUSIVE on public.d\n\npublic.a has 7 rows."}}
{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"public.a.b will be dropped","detail":"Destroying it runs:\n\n    DROP TABLE b;\n\nLocks:\n"}}`)
	a := r.Changes[slices.IndexFunc(r.Changes, func(c review.Change) bool { return c.Address == "pgphase_table.a" })]
	if len(a.Operations) != 1 || a.Operations[0].SQL != "DROP TABLE public.a;\nSELECT 'x\ny';\n" || len(a.Operations[0].Locks) != 3 || !a.Destructive {
		t.Errorf("%+v", a.Operations)
	}
	if len(a.Findings) != 1 || a.Findings[0].Detail != "public.a has 7 rows." {
		t.Errorf("%+v", a.Findings)
	}
	if silent := r.Changes[2]; silent.Address != "pgphase_table.silent" || len(silent.Operations) != 0 || !strings.Contains(silent.Stops, "Not known") || !strings.HasPrefix(silent.Back, "No") {
		t.Errorf("%+v", silent)
	}
}

// A comment has a limit. What is dangerous is kept, what is left out is said.
func TestTruncation(t *testing.T) {
	t.Parallel()
	var changes []string
	for i := range 900 {
		more, effect := "", "instant: catalog only"
		if i%100 == 99 {
			more, effect = `,"destructive":true`, "drops for good"
		}
		changes = append(changes, updated(fmt.Sprintf("pgphase_table.t%03d", i), effect, "ACCESS EXCLUSIVE on public.t", more))
	}
	text := written(t, read(t, plan(changes...), ""), review.MarkdownForm)
	if len(text) > review.MarkdownLimit || len(text) < review.MarkdownLimit*3/4 {
		t.Errorf("%d bytes", len(text))
	}
	for i := 99; i < 900; i += 100 {
		if !strings.Contains(text, fmt.Sprintf("<summary>🔥 <code>pgphase_table.t%03d</code>", i)) {
			t.Errorf("t%03d is dropped and left out", i)
		}
	}
	if !strings.Contains(text, "✂️ **Truncated:**") || strings.Count(text, "<details") != strings.Count(text, "</details>") {
		t.Errorf("cut in the middle:\n%s", text[len(text)-600:])
	}

	// One change alone can be too long: its answers stay.
	huge := strings.Replace(plan(updated("pgphase_table.t", "drops for good", "ACCESS EXCLUSIVE on public.t", `,"destructive":true`)),
		"SELECT 1;", strings.Repeat("SELECT 1; ", 10_000), 1)
	text = written(t, read(t, huge, ""), review.MarkdownForm)
	want := "Left out: the statements of 1 change."
	if len(text) > review.MarkdownLimit || !strings.Contains(text, "**Can be taken back:** No") || !strings.Contains(text, want) {
		t.Errorf("%d bytes\n%.2000s", len(text), text)
	}
	// Characters of several bytes are no way around the limit.
	wide := strings.ReplaceAll(huge, "SELECT 1; ", "SELECT '💥'; ")
	if text := written(t, read(t, wide, ""), review.MarkdownForm); len(text) > review.MarkdownLimit {
		t.Errorf("%d bytes", len(text))
	}
}

func TestNotAPlan(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"":                          "it is empty",
		"PK\x03\x04rest":            "terraform show -json tfplan > tfplan.json",
		"Terraform will perform":    "invalid character",
		`{"format_version":"9.0"}`:  "unsupported plan format version",
		`{"terraform_version":"1"}`: "format version is missing",
	} {
		var wrong *review.NotAPlanError
		_, err := review.Read(review.Input{Plan: strings.NewReader(input)})
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", input, err)
		}
	}
	for _, stream := range []string{"", "\nno JSON\n", `{"type":`} {
		if _, err := review.Read(review.Input{Stream: strings.NewReader(stream)}); err == nil {
			t.Errorf("the stream %q is one", stream)
		}
	}
	if _, err := review.Read(review.Input{}); !errors.Is(err, review.ErrNothing) {
		t.Error(err)
	}
	for _, broken := range []string{
		updated("pgphase_table.t", "explodes", "", ""), updated("pgphase_table.t", "scans the table", "HUGE on public.t", ""),
		strings.Replace(updated("pgphase_table.t", "scans the table", "", ""), `"operations":[`, `"operations":[7,`, 1),
	} {
		if _, err := review.Read(review.Input{Plan: strings.NewReader(plan(broken))}); err == nil || !strings.Contains(err.Error(), "pgphase_table.t") {
			t.Errorf("%s: %v", broken, err)
		}
	}
}

// The policy of the provider block decides what is a warning where no stream says.
func TestPolicy(t *testing.T) {
	t.Parallel()
	change := strings.Replace(updated("pgphase_table.t", "instant: catalog only", "", ""), `"hazards":[]`, `"hazards":["table_option_lock"]`, 1)
	configured := strings.Replace(plan(change), `{"format_version"`,
		`{"configuration":{"provider_config":{"pgphase":{"name":"pgphase","expressions":{"lock_timeout":{"constant_value":"2s"},"hazards":{"constant_value":{"table_option_lock":"warning"}}}}}},"format_version"`, 1)
	if r := read(t, configured, ""); !r.Has(review.Warned) || r.LockTimeout != "2s" {
		t.Errorf("%s %s", r.Level, r.LockTimeout)
	}
	if r := read(t, plan(change), ""); r.Has(review.Warned) || r.LockTimeout != "500ms" {
		t.Errorf("%s %s", r.Level, r.LockTimeout)
	}
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"a.tf": {Data: []byte("\nresource \"pgphase_table\" \"t\" {\n}\n")}, "broken.tf": {Data: []byte("resource \"")},
		"mod/b.tf":                        {Data: []byte("# one\n# two\nresource \"pgphase_table\" \"t\" {}\n")},
		".terraform/modules/modules.json": {Data: []byte(`{"Modules":[{"Key":"","Dir":"."},{"Key":"shop.db","Dir":"mod"}]}`)},
	}
	d := review.NewDeclarations(files)
	for _, test := range []struct {
		module []string
		name   string
		want   review.Source
	}{
		{nil, "t", review.Source{File: "a.tf", Line: 2}},
		{[]string{"shop", "db"}, "t", review.Source{File: "mod/b.tf", Line: 3}},
		{[]string{"shop"}, "t", review.Source{}},
		{nil, "u", review.Source{}},
	} {
		if got := d.Locate(test.module, "pgphase_table", test.name); got != test.want {
			t.Errorf("%q %s: %+v", test.module, test.name, got)
		}
	}
	// Instances of modules have keys, in which anything may be.
	var asked []string
	moved := strings.Replace(plan(updated("x", "instant: catalog only", "", "")), `"mode"`, `"module_address":"module.shop[\"a.b]\\\"\"].module.db[0]","mode"`, 1)
	_, err := review.Read(review.Input{Plan: strings.NewReader(moved), Locate: func(module []string, _, _ string) review.Source {
		asked = module
		return review.Source{}
	}})
	if err != nil || !slices.Equal(asked, []string{"shop", "db"}) {
		t.Errorf("%q, %v", asked, err)
	}
}
