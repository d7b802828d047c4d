// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// survey is the collection of hazards, measured and from other tools, that the
// catalog is to cover. It lies beside the repository.
var survey = filepath.Join("..", "..", "..", "shared", "hazards.md")

// surveyRow is a row of its tables: id, category, and scope with severity.
var surveyRow = regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\| ([a-z_]+) \\| [CDORX]/[EWI] \\|")

// Each hazard of the survey is in the catalog, in its category, and no other.
func TestCatalogCoversTheSurvey(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(survey)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not part of the repository, and not beside it", survey)
	}
	if err != nil {
		t.Fatal(err)
	}
	surveyed := map[hazard.ID]bool{}
	for _, row := range surveyRow.FindAllStringSubmatch(string(text), -1) {
		id, category := hazard.ID(row[1]), hazard.Category(row[2])
		if surveyed[id] {
			t.Errorf("%s is twice in the survey", id)
		}
		surveyed[id] = true
		if h, known := hazard.Lookup(id); !known {
			t.Errorf("%s is not in the catalog", id)
		} else if h.Category != category {
			t.Errorf("%s has the category %s, the survey says %s", id, h.Category, category)
		}
	}
	if len(surveyed) < 158 {
		t.Errorf("only %d rows of the survey were understood", len(surveyed))
	}
	for _, h := range hazard.All() {
		if !surveyed[h.ID] {
			t.Errorf("%s is not in the survey", h.ID)
		}
	}
}
