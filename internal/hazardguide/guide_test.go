// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	for _, h := range hazard.All() {
		if strings.Count(page.String(), "\n### "+string(h.ID)+"\n") != 1 {
			t.Errorf("%s has no section", h.ID)
		}
	}
}
