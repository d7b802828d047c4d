// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// declaredIDs reads the constants of ids.go, so that none can be forgotten in
// the catalog.
func declaredIDs(t *testing.T) map[hazard.ID]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "ids.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[hazard.ID]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok {
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			ids[hazard.ID(text)] = true
		}
		return true
	})
	return ids
}

func TestEveryIDIsInTheCatalogOnce(t *testing.T) {
	t.Parallel()
	declared := declaredIDs(t)
	if len(declared) < 130 {
		t.Fatalf("only %d ids are declared", len(declared))
	}
	seen := map[hazard.ID]bool{}
	for _, h := range hazard.All() {
		if seen[h.ID] {
			t.Errorf("%s is there twice", h.ID)
		}
		seen[h.ID] = true
		if !declared[h.ID] {
			t.Errorf("%s has no constant", h.ID)
		}
	}
	for id := range declared {
		if !seen[id] {
			t.Errorf("%s is not in the catalog", id)
		}
	}
}

func TestTextsReadAsSentences(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)+$`)
	for _, h := range hazard.All() {
		if !id.MatchString(string(h.ID)) {
			t.Errorf("%s is not spelled as an id", h.ID)
		}
		if h.Title == "" || strings.HasSuffix(h.Title, ".") || len(h.Title) > 80 {
			t.Errorf("%s: title %q is not one line without a full stop", h.ID, h.Title)
		}
		for _, text := range []string{h.Why, h.Next} {
			if !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is not a sentence", h.ID, text)
			}
		}
		if h.Severity == hazard.Ignore || h.Category == "" {
			t.Errorf("%s has no severity or category", h.ID)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	if h, found := hazard.Lookup(hazard.ColumnTypeChangeRewrite); !found || h.Severity != hazard.Error || h.Category != hazard.Rewrite {
		t.Errorf("got %+v, %t", h, found)
	}
	if _, found := hazard.Lookup("no_such_hazard"); found {
		t.Error("an unknown id was found")
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]hazard.ID{
		"column_type_change_rewrites": hazard.ColumnTypeChangeRewrite,
		"fk_mising_supporting_index":  hazard.ForeignKeyMissingSupportingIndex,
		"index_build_load":            hazard.IndexBuildLoad,
		"something_else_entirely":     "",
		"":                            "",
	} {
		if got := hazard.Nearest(text); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestSeverity(t *testing.T) {
	t.Parallel()
	for _, want := range hazard.PolicySeverities() {
		s, err := hazard.ParseSeverity(want.String())
		if err != nil || s != want {
			t.Errorf("ParseSeverity(%q) = %v, %v", want, s, err)
		}
	}
	for text, want := range map[string]string{
		"fatal": `"fatal" is not a severity: write "ignore", "warning" or "error"`, "info": `: write "ignore", "warning" or "error"`, "": ": write",
		"Error": `did you mean "error"?`, "warnings": `did you mean "warning"? Write "ignore", "warning" or "error"`, "ingore": `did you mean "ignore"?`,
	} {
		if _, err := hazard.ParseSeverity(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
