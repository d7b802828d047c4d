// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

var root = filepath.Join("..", "..")

func scanned(t *testing.T) map[hazard.ID]evidence {
	t.Helper()
	tests, err := scan(root)
	if err != nil {
		t.Fatal(err)
	}
	return tests
}

// Each hazard that is reported is tested both ways, or says why not. What
// cannot occur has nothing to test.
func TestEveryHazardIsTested(t *testing.T) {
	t.Parallel()
	tests := scanned(t)
	for _, h := range hazard.All() {
		found := tests[h.ID]
		tested := len(found.Fires) > 0 && len(found.Silent) > 0
		switch reason := untested[h.ID]; {
		case !h.Raised() && (len(found.Fires) > 0 || reason != ""):
			t.Errorf("%s is tested, and the catalog says that it is not reported", h.ID)
		case h.Raised() && !tested && reason == "":
			t.Errorf("%s must be raised in %v, and must not in %v", h.ID, found.Fires, found.Silent)
		case tested && reason != "":
			t.Errorf("%s is tested, and not untested because: %s", h.ID, reason)
		}
	}
}

// The catalog says of each hazard where it is reported, or why it is not.
func TestEveryHazardIsExplained(t *testing.T) {
	t.Parallel()
	for _, h := range hazard.All() {
		said := 0
		for _, text := range []string{h.When, h.Avoided, h.Missing} {
			if text != "" {
				said++
			}
		}
		if said != 1 || h.Raised() != (h.When != "") {
			t.Errorf("%s: when %q, avoided %q, missing %q, stages %v", h.ID, h.When, h.Avoided, h.Missing, h.Stages)
		}
		if strings.HasSuffix(h.When, ".") || h.Avoided != "" && !strings.HasSuffix(h.Avoided, ".") || h.Missing != "" && !strings.HasSuffix(h.Missing, ".") {
			t.Errorf("%s: %q, %q, %q", h.ID, h.When, h.Avoided, h.Missing)
		}
		if h.Fixed && h.Severity != hazard.Error {
			t.Errorf("%s cannot be lowered and is no error", h.ID)
		}
	}
	for _, c := range hazard.Categories() {
		if categoryTexts[c] == "" {
			t.Errorf("%s has no text", c)
		}
	}
}

// The guide in the repository is what this program writes: make docs.
func TestGuideIsCurrent(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := write(&page, scanned(t)); err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.Join(root, "templates", "guides", "hazards.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, page.Bytes()) {
		t.Error("templates/guides/hazards.md.tmpl is not what make docs would write")
	}
}

// headings are those of Markdown, with their text.
var headings = regexp.MustCompile(`(?m)^#+ (.+)$`)

// The registry makes the anchor of a heading of its text, as GitHub does: lower
// case, without punctuation other than - and _, spaces as hyphens. A diagnostic
// leads to the anchor of its id, so that no other heading may have the same one.
func TestEachHazardHasItsAnchor(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile(filepath.Join(root, "docs", "guides", "hazards.md"))
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]int{}
	for _, heading := range headings.FindAllStringSubmatch(string(committed), -1) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, heading[1])
		anchors[anchor]++
	}
	for _, h := range hazard.All() {
		page, anchor, _ := strings.Cut(h.ID.URL(), "#")
		if anchors[anchor] != 1 || page != hazard.Page {
			t.Errorf("%s: %d headings have the anchor of %s", h.ID, anchors[anchor], h.ID.URL())
		}
	}
	if path.Base(hazard.Page) != "hazards" {
		t.Errorf("%s is not the page that the guide becomes", hazard.Page)
	}
}
