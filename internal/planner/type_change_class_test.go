// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"os"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// typeChangeNames are the words of testdata/type_changes.txt.
var typeChangeNames = map[string]planner.TypeChange{
	"unchanged": planner.TypeUnchanged, "relabels": planner.TypeRelabels,
	"rebuilds indexes": planner.TypeRebuildsIndexes, "rewrites": planner.TypeRewrites,
}

// casts are the rows of pg_cast without a function, by types without modifier.
var casts = map[string][]string{
	"text":              {"character", "character varying", "public.citext"},
	"character varying": {"character", "public.citext", "text"},
	"public.citext":     {"character", "character varying", "text"},
	"integer":           {"oid", "regclass", "regtype"},
	"oid":               {"integer", "regclass", "regtype"},
	"regclass":          {"integer", "oid"},
	"bit":               {"bit varying"},
	"bit varying":       {"bit"},
	"cidr":              {"inet"},
	"xml":               {"character", "character varying", "text"},
}

var domains = map[string]struct {
	base        string
	constrained bool
}{
	"public.plain_domain":          {"text", false},
	"public.checked_domain":        {"text", true},
	"public.nested_domain":         {"public.plain_domain", false},
	"public.nested_checked_domain": {"public.checked_domain", true},
	"public.varchar20_domain":      {"character varying(20)", false},
	"public.numeric_domain":        {"numeric(10,2)", false},
	"public.char_domain":           {"character(10)", false},
	"public.array_domain":          {"text[]", false},
	"public.mood_domain":           {"public.mood", false},
	"public.not_null_domain":       {"integer", true},
	"public.timestamptz_domain":    {"timestamp with time zone", false},
}

// typeOf is a type as the catalog would read it.
func typeOf(canonical string) schema.Type {
	facts := &schema.TypeFacts{Kind: "b", Length: -1, Align: "i"}
	if domain, there := domains[canonical]; there {
		base := typeOf(domain.base)
		facts.Kind, facts.Base, facts.Constrained = "d", &base, domain.constrained
		return schema.Type{Text: canonical, Canonical: canonical, Facts: facts}
	}
	name := canonical
	if open := strings.IndexByte(name, '('); open >= 0 {
		name = name[:open] + name[strings.IndexByte(name, ')')+1:]
	}
	switch {
	case strings.HasSuffix(name, "[]"):
		facts.Array = true
	case name == "public.mood":
		facts.Kind = "e"
	case name == "int4range":
		facts.Kind = "r"
	default:
		facts.CastsTo = casts[name]
	}
	return schema.Type{Text: canonical, Canonical: canonical, Facts: facts}
}

func TestClassifyTypeChange(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/type_changes.txt")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		count++
		parts := strings.Split(line, "|")
		from, to := typeOf(strings.TrimSpace(parts[0])), typeOf(strings.TrimSpace(parts[1]))
		effect, onlyUTC := strings.CutSuffix(strings.TrimSpace(parts[2]), " in UTC")
		inUTC, known := typeChangeNames[effect]
		if !known {
			t.Fatalf("%q is not an effect", effect)
		}
		elsewhere := inUTC
		if onlyUTC {
			elsewhere = planner.TypeRewrites
		}
		for _, utc := range []bool{true, false} {
			want := elsewhere
			if utc {
				want = inUTC
			}
			if got := planner.ClassifyTypeChange(planner.Server{Version: 140000, UTC: utc}, from, to); got != want {
				t.Errorf("%s -> %s, UTC %t: got %v, want %v", from.SQL(), to.SQL(), utc, got, want)
			}
		}
	}
	if count < 116 {
		t.Errorf("only %d changes of type are listed", count)
	}
}

// A type that the server was not asked about is never assumed to be harmless.
func TestClassifyTypeChangeWithoutFacts(t *testing.T) {
	t.Parallel()
	unknown := func(name string) schema.Type { return schema.Type{Text: name} }
	for _, pair := range [][2]string{
		{"public.geometry(Point,4326)", "public.geometry(Point,3857)"},
		{"public.vector(3)", "public.vector(4)"},
		{"public.a", "public.b"},
	} {
		if got := planner.ClassifyTypeChange(planner.Server{UTC: true}, unknown(pair[0]), unknown(pair[1])); got != planner.TypeRewrites {
			t.Errorf("%v: got %v", pair, got)
		}
	}
}
