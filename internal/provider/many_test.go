// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// manyTables are those of the plan that has to stay readable.
const manyTables = 500

const manyIndexes = `
resource "pgphase_index" "all" {
  for_each = toset([for i in range(%d) : format("t%%03d", i)])
  table    = "public.${each.key}"
  name     = "${each.key}_email_idx"
  keys     = [{ column = "email" }]
}
`

// The file sorts before all others, and so do its warnings.
const manyReview = `
check "review" {
  assert {
    condition     = provider::pgphase::summary(pgphase_index.all) == ""
    error_message = provider::pgphase::summary(pgphase_index.all)
  }
}
`

// A plan that changes five hundred tables: a summary comes first, what is said
// of each is short and names it, and Terraform folds nothing together.
func TestAccManyChangedTables(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, fmt.Sprintf(`DO $$ BEGIN FOR i IN 0..%d LOOP EXECUTE format('CREATE TABLE t%%s (email text)', to_char(i, 'FM000')); END LOOP; END $$;
		INSERT INTO t007 VALUES ('x')`, manyTables-1))
	c := newCLI(t, db)
	c.settings = `  hazards = { index_build_load = "warning" }`
	c.write(fmt.Sprintf(manyIndexes, manyTables))
	if err := c.workspace.Write("a_review.tf", manyReview); err != nil {
		t.Fatal(err)
	}
	output, code := c.plan()
	if code != 2 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	_, said, _ := strings.Cut(output, "\nWarning: ")
	first, rest, _ := strings.Cut(said, "\nWarning: ")
	for _, want := range []string{
		"500 of 500 objects change, in 500 operations.",
		"    SHARE UPDATE EXCLUSIVE  500  public.t000_email_idx, public.t001_email_idx, public.t002_email_idx, public.t003_email_idx, public.t004_email_idx and 495 more\n",
		"    builds an index  500  ", "    index_build_load                      500  ",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("the first warning has no %q:\n%s", want, first)
		}
	}
	if strings.Contains(said, "more similar warning") {
		t.Error("warnings are folded together")
	}
	summaries := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^(?:Warning: )?public\.(t\d{3})_email_idx: .* \[index_build_load\]$`).FindAllStringSubmatch(rest, -1) {
		summaries[match[1]] = true
	}
	if len(summaries) != manyTables {
		t.Errorf("%d of %d tables have a warning that names object and id", len(summaries), manyTables)
	}
	// Each has its own facts, and the same for all is said three times.
	if n := strings.Count(rest, "A concurrent build reads"); n != fullyTold {
		t.Errorf("the same is said %d times", n)
	}
	if n := strings.Count(rest, " is empty."); n != manyTables-1 || !strings.Contains(rest, "public.t007 has ") {
		t.Errorf("%d tables are said to be empty", n)
	}
	if lines := strings.Count(rest, "\n"); lines > 11*manyTables {
		t.Errorf("%d lines for %d warnings:\n%.4000s", lines, manyTables, rest)
	}
}
