// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard_test

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	policy, refused := hazard.NewPolicy(map[string]string{
		"locking": "error", "index_build_load": "ignore", "exclusion_add_no_online_path": "warning",
	})
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	for _, test := range []struct {
		id           hazard.ID
		severity     hazard.Severity
		acknowledged bool
		want         hazard.Severity
	}{
		{hazard.TriggerCreateBlocksWrites, hazard.Info, false, hazard.Error},
		{hazard.TriggerCreateBlocksWrites, hazard.Info, true, hazard.Warning},
		{hazard.ExclusionAddNoOnlinePath, hazard.Error, false, hazard.Warning},
		{hazard.ExclusionAddNoOnlinePath, hazard.Error, true, hazard.Ignore},
		{hazard.IndexBuildLoad, hazard.Warning, false, hazard.Ignore},
		{hazard.DesignJSONType, hazard.Info, false, hazard.Info},
		{hazard.DesignJSONType, hazard.Info, true, hazard.Ignore},
		{"of a later version", hazard.Error, true, hazard.Warning},
	} {
		if got := policy.Severity(test.id, test.severity, test.acknowledged); got != test.want {
			t.Errorf("%s, %s, acknowledged %t: %s, want %s", test.id, test.severity, test.acknowledged, got, test.want)
		}
	}
	if got := (hazard.Policy{}).Severity(hazard.IndexBuildLoad, hazard.Info, false); got != hazard.Info {
		t.Errorf("no policy: %s", got)
	}
}

// What is refused is reported in the order of the keys, and has no effect.
func TestPolicyErrors(t *testing.T) {
	t.Parallel()
	policy, refused := hazard.NewPolicy(map[string]string{
		"zzz": "error", "desing": "warning", "locking": "loud", "table_create_force_drops": "ignore", "rewrite": "warning",
	})
	var got []string
	for _, err := range refused {
		got = append(got, err.Error())
	}
	want := []string{`"design"`, `"loud" is not a severity`, "table_create_force_drops is always an error", "guide"}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
	if s := policy.Severity(hazard.TriggerCreateBlocksWrites, hazard.Info, false); s != hazard.Info {
		t.Errorf("a setting that is refused has an effect: %s", s)
	}
	if s := policy.Severity(hazard.TableSetLoggedRewrite, hazard.Error, false); s != hazard.Warning {
		t.Errorf("a setting beside one that is refused has none: %s", s)
	}
}
