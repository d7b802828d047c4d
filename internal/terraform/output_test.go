// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package terraform

import "testing"

const overrideText = `╷
│ Warning: Provider development overrides are in effect
│
│ The following provider development overrides are set in the CLI configuration:
│  - pgphase/pgphase in /tmp/x
╵
`

func TestWithoutOverrideWarning(t *testing.T) {
	t.Parallel()
	other := "╷\n│ Warning: something else\n╵\n"
	for name, test := range map[string]struct{ output, want string }{
		"alone":            {overrideText, ""},
		"before a plan":    {overrideText + "\nPlan: 1 to add\n", "\nPlan: 1 to add\n"},
		"with another one": {overrideText + other, other},
		"absent":           {other, other},
		"cut off":          {"│ Warning: " + overrideWarning, "│ Warning: " + overrideWarning},
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
