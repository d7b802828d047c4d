// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// fullMatrix has every schema go through every version.
const fullMatrix = "PGPHASE_TEST_FULL"

// realSchemas are structures of applications that people run. Together their
// versions are all that are supported.
var realSchemas = []struct {
	name   string
	since  int
	majors []int
}{
	{"adventureworks", 14, []int{16}},
	{"cratesio", 14, []int{14}},
	{"hatchet", 14, []int{17}},
	{"lakekeeper", 15, []int{15}},
	{"pagila", 14, []int{18}},
	{"triggerdev", 14, []int{18}},
}

func realSchema(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "schemas", name+".sql"))
	if err != nil {
		t.Skipf("the collection of real schemas is not here: %v", err)
	}
	return string(text)
}

// A database that exists comes under management without a change to it.
func TestAdoption(t *testing.T) {
	t.Parallel()
	for _, sample := range realSchemas {
		t.Run(sample.name, func(t *testing.T) {
			t.Parallel()
			text := realSchema(t, sample.name)
			pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
				if server.Major < sample.since || os.Getenv(fullMatrix) == "" && !slices.Contains(sample.majors, server.Major) {
					t.Skip("this version has other schemas; " + fullMatrix + "=1 has all")
				}
				db := server.Database(t)
				db.Exec(t, text)
				adopt(t, db)
			})
		})
	}
}

var onlyImports = regexp.MustCompile(`Plan: (\d+) to import, 0 to add, 0 to change, 0 to destroy\.`)

// adopt generates the configuration of a database and imports it, which must
// change nothing. The workspace has both.
func adopt(t *testing.T, db *pgtest.Database) *terraform.Workspace {
	t.Helper()
	before := pgtest.PgDump(t, db)
	w := newWorkspace(t, db)
	resources := generateInto(t, w, db)
	output := do(t, w, "plan", "-no-color", "-input=false", "-out=saved")
	if found := onlyImports.FindStringSubmatch(output); found == nil || found[1] != strconv.Itoa(resources) {
		t.Fatalf("the plan is not %d imports:\n%s", resources, output)
	}
	do(t, w, "apply", "-no-color", "-input=false", "saved")
	if result, err := w.Run(t.Context(), "plan", "-no-color", "-input=false", "-detailed-exitcode"); err != nil || result.Code != 0 {
		t.Errorf("the plan after the import is not empty: %v, exit code %d\n%s", err, result.Code, result.Output)
	}
	if diff := cmp.Diff(before, pgtest.PgDump(t, db)); diff != "" {
		t.Errorf("the import changed the database (-before +after):\n%s", diff)
	}
	return w
}

// newWorkspace is a workspace whose provider is this program.
func newWorkspace(t *testing.T, db *pgtest.Database) *terraform.Workspace {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: tests that run terraform are left out")
	}
	program, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatalf("TF_ACC is set, but: %v", err)
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(executable, filepath.Join(dir, terraform.ProviderBinary)); err != nil {
		t.Fatal(err)
	}
	w, err := terraform.NewWorkspace(dir, program, dir)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Write("provider_test.tf", fmt.Sprintf(
		"terraform {\n  required_providers {\n    pgphase = { source = \"pgphase/pgphase\" }\n  }\n}\n\nprovider \"pgphase\" {\n  url = %q\n}\n", db.URL()))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// resourceBlock matches the beginning of a resource.
var resourceBlock = regexp.MustCompile(`(?m)^resource "`)

// generateInto writes the configuration of a database into a workspace, and
// returns the number of its resources.
func generateInto(t *testing.T, w *terraform.Workspace, db *pgtest.Database) (resources int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"generate", "-url", db.URL(), "-out", w.Dir}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	do(t, w, "fmt", "-check", "-diff", "-no-color")
	paths, err := filepath.Glob(filepath.Join(w.Dir, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		resources += len(resourceBlock.FindAll(content, -1))
	}
	if resources == 0 {
		t.Fatalf("there are no resources\n%s", &stderr)
	}
	return resources
}

// do runs a command that must succeed.
func do(t *testing.T, w *terraform.Workspace, arguments ...string) string {
	t.Helper()
	result, err := w.Do(t.Context(), arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return result.Output
}
