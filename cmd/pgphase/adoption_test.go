// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// fullMatrix has every schema go through every version.
const fullMatrix = "PGPHASE_TEST_FULL"

// A database that exists comes under management without a change to it.
func TestAdoption(t *testing.T) {
	t.Parallel()
	for _, sample := range pgtest.RealSchemas {
		t.Run(sample.Name, func(t *testing.T) {
			t.Parallel()
			text := sample.SQL(t)
			pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
				if server.Major < sample.Since || os.Getenv(fullMatrix) == "" && server.Major != sample.Major {
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
	w, err := terraform.SelfProviding(t.TempDir(), "terraform")
	if err != nil {
		t.Fatalf("TF_ACC is set, but: %v", err)
	}
	if err := w.Write("provider_test.tf", terraform.ProviderBlock(fmt.Sprintf("  url = %q", db.URL()))); err != nil {
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
