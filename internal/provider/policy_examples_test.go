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

// policyExample is the configuration of a folder of examples/policy.
func policyExample(t *testing.T, name string) string {
	t.Helper()
	return readExample(t, filepath.Join("../../examples/policy", name, "main.tf"))
}

// wantWrapped looks for a text in a diagnostic, whose lines Terraform wraps.
func wantWrapped(t *testing.T, output, text string) {
	t.Helper()
	if unwrapped := strings.Join(strings.Fields(strings.NewReplacer("│", " ").Replace(output)), " "); !strings.Contains(unwrapped, text) {
		t.Errorf("want %q in\n%s", text, output)
	}
}

// What the examples let pass is applied by TestAccExamples; here is what they
// refuse.
func TestAccPolicyPostcondition(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	example := policyExample(t, "postcondition")
	c.write(example)
	c.mustApply()
	db.Exec(t, "INSERT INTO orders (customer) SELECT 'c' FROM generate_series(1, 100)")

	// Long, but under a lock that stops nobody.
	checked := strings.Replace(example, "  primary_key =", "  checks = { total_check = { expression = \"total >= 0\" } }\n  primary_key =", 1)
	c.write(checked)
	c.mustApply()

	removed := strings.Replace(checked, `    customer = { type = "text", nullable = false }`+"\n", "", 1)
	c.write(strings.Replace(removed, "  primary_key =", "  phase = \"expand\"\n  primary_key =", 1))
	c.mustApply()
	c.write(strings.Replace(removed, "  primary_key =", "  phase = \"contract\"\n  primary_key =", 1))
	output, code := c.plan()
	if code != 1 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	wantWrapped(t, output, "Nothing of this table is dropped by a pipeline.")
	wantWrapped(t, output, "DROP COLUMN customer")
}

func TestAccPolicyCheck(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	example := policyExample(t, "check")
	c.write(example)
	c.mustApply()
	renamed := strings.Replace(example, `    customer = { type = "text", nullable = false }`,
		`    client = { type = "text", nullable = false, replaces = { columns = ["customer"] } }`, 1)
	c.write(strings.Replace(renamed, "  primary_key =", "  phase = \"expand\"\n  primary_key =", 1))
	c.mustApply()
	const message = "Open for more than two weeks: public.orders"
	output, code := c.plan()
	if code != 0 || strings.Contains(output, message) {
		t.Errorf("a young transition: exit code %d\n%s", code, output)
	}
	db.Exec(t, "UPDATE pgphase.transitions SET expanded_at = expanded_at - interval '15 days'")
	output, code = c.plan()
	if code != 0 {
		t.Errorf("exit code %d\n%s", code, output)
	}
	wantWrapped(t, output, message)
}

func TestAccPolicyTest(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.write(policyExample(t, "test"))
	if err := c.workspace.Write("policy.tftest.hcl", readExample(t, "../../examples/policy/test/policy.tftest.hcl")); err != nil {
		t.Fatal(err)
	}
	output, code := c.run("test", "-no-color")
	if code != 0 || !strings.Contains(output, "2 passed, 0 failed") {
		t.Errorf("exit code %d\n%s", code, output)
	}
	// The second run has to be able to fail: a partitioned table takes no CONCURRENTLY.
	parted := strings.Replace(policyExample(t, "test"), `primary_key = { columns = ["id"] }`,
		`primary_key = { columns = ["id"] }`+"\n  partition_by = { strategy = \"hash\", keys = [{ column = \"id\" }] }", 1)
	c.write(parted)
	output, code = c.run("test", "-no-color")
	if code != 1 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	wantWrapped(t, output, "An index of this plan stops writers while it is built.")
}

// The Rego policy runs where opa is installed.
func TestAccPolicyRego(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	opa, err := exec.LookPath("opa")
	if err != nil {
		t.Skip("opa is not installed: the Rego policy is not evaluated")
	}
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.settings = "  deletion_protection = false"
	denied := func(title string) string {
		t.Helper()
		if output, code := c.plan("-out=tfplan"); code == 1 {
			t.Fatalf("%s: exit code %d\n%s", title, code, output)
		}
		plan, code := c.run("show", "-json", "tfplan")
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", title, code, plan)
		}
		file := filepath.Join(t.TempDir(), "tfplan.json")
		if err := os.WriteFile(file, []byte(plan), 0o600); err != nil {
			t.Fatal(err)
		}
		output, err := exec.CommandContext(t.Context(), opa, "eval", "--format", "raw", "--data", "../../examples/policy/rego/pgphase.rego",
			"--input", file, "concat(\"\\n\", data.pgphase.deny)").CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", title, err, output)
		}
		return string(output)
	}
	c.write(policyExample(t, "test"))
	if output := denied("create"); strings.TrimSpace(output) != "" {
		t.Errorf("a new table: %s", output)
	}
	c.mustApply()
	c.write("")
	if output := denied("destroy"); !strings.Contains(output, "pgphase_table.orders is destroyed") {
		t.Errorf("a destroyed table: %s", output)
	}
}
