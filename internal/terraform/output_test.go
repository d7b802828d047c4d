// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package terraform

import "testing"

const (
	boxedWarning = `╷
│ Warning: Provider development overrides are in effect
│
│ The following provider development overrides are set in the CLI configuration:
│  - pgphase/pgphase in /tmp/x
│
│ The behavior may therefore not match any released version of the provider and
│ applying changes may cause the state to become incompatible with published
│ releases.
╵
`
	plainWarning = `
Warning: Provider development overrides are in effect

The following provider development overrides are set in the CLI
configuration:
 - pgphase/pgphase in /tmp/x

The behavior may therefore not match any released version of the provider and
applying changes may cause the state to become incompatible with published
releases.
`
)

func TestWithoutOverrideWarning(t *testing.T) {
	t.Parallel()
	other := "╷\n│ Warning: something else, of the published releases.\n╵\n"
	for name, test := range map[string]struct{ output, want string }{
		"boxed":            {boxedWarning, ""},
		"plain":            {plainWarning, ""},
		"before a plan":    {plainWarning + "\nPlan: 1 to add\n", "\nPlan: 1 to add\n"},
		"with another one": {boxedWarning + other, other},
		"absent":           {other, other},
	} {
		if got := withoutOverrideWarning(test.output); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestPlanText(t *testing.T) {
	t.Parallel()
	output := "pgphase_table.users: Refreshing state... [id=public.users]\n\nTerraform will perform the following actions:\n\n" +
		"Plan: 0 to add, 1 to change, 0 to destroy.\n\n" +
		"─────────────\n\nSaved the plan to: tfplan\n\nTo perform exactly these actions, run ...\n"
	want := "Terraform will perform the following actions:\n\nPlan: 0 to add, 1 to change, 0 to destroy.\n"
	if got := PlanText(output); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := PlanText("No changes.\n"); got != "No changes.\n" {
		t.Errorf("got %q", got)
	}
}
