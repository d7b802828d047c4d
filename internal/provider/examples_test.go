// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// functionsSetting is what the examples of functions refer to.
const functionsSetting = `
resource "pgphase_table" "orders" {
  name    = "orders"
  columns = { id = { type = "bigint" }, user_id = { type = "bigint" } }
}

resource "pgphase_index" "orders" {
  table = pgphase_table.orders.id
  name  = "orders_user_idx"
  keys  = [{ column = "user_id" }]
}
`

// examplesSetting is what the examples find in the database: a table that
// somebody else manages, with rows.
const examplesSetting = `
CREATE TABLE accounts (id bigint PRIMARY KEY, paid boolean NOT NULL) WITH (autovacuum_enabled = false); -- which would change its size
INSERT INTO accounts SELECT n, n % 2 = 0 FROM generate_series(1, 100) AS n;
`

// TestAccExamples applies what the documentation shows, each example in a
// database of its own. The next plan is empty, and what import.sh says works.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	files, err := filepath.Glob("../../examples/*/*/*.tf")
	if err != nil || len(files) < 6 {
		t.Fatalf("examples: %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(filepath.Dir(file), "../../examples/"), func(t *testing.T) {
			t.Parallel()
			db := pgtest.Shared(t, pgtest.Newest()).Database(t)
			db.Exec(t, examplesSetting)
			c := newCLI(t, db)
			example := readExample(t, file)
			if strings.HasPrefix(file, "../../examples/functions/") {
				example += functionsSetting
			}
			c.write(example)
			c.mustApply()
			c.mustPlanNothing()
			script := filepath.Join(filepath.Dir(file), "import.sh")
			if _, err := os.Stat(script); err == nil {
				importExample(t, c, readExample(t, script))
				// backfill is no part of a database: an import does not find it.
				if output, code := c.plan(); code == 1 || strings.Contains(output, " sql ") {
					t.Errorf("plan after the import: exit code %d\n%s", code, output)
				}
			}
		})
	}
}

// importExample forgets the resource and takes it back as the script does.
func importExample(t *testing.T, c *cli, script string) {
	t.Helper()
	words := strings.Fields(script)
	if len(words) != 4 || words[0] != "terraform" || words[1] != "import" {
		t.Fatalf("cannot read %q", script)
	}
	if output, code := c.run("state", "rm", words[2]); code != 0 {
		t.Fatalf("state rm: exit code %d\n%s", code, output)
	}
	if output, code := c.run("import", "-no-color", "-input=false", words[2], words[3]); code != 0 {
		t.Fatalf("import: exit code %d\n%s", code, output)
	}
}

// TestAccProviderExample validates the provider block of the documentation.
func TestAccProviderExample(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	if err := c.workspace.Write("main.tf", readExample(t, "../../examples/provider/provider.tf")+"\n"+harnessTable); err != nil {
		t.Fatal(err)
	}
	c.mustApply("-var=database_url=" + db.URL())
	c.mustPlanNothing("-var=database_url=" + db.URL())
}

// The examples are formatted as terraform fmt does it.
func TestExamplesAreFormatted(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	output, err := exec.CommandContext(t.Context(), "terraform", "fmt", "-check", "-diff", "-recursive", "../../examples").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func readExample(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
