// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

func TestReference(t *testing.T) {
	t.Parallel()
	for _, h := range hazard.All() {
		if id, found := hazard.ParseReference(h.ID.Reference()); !found || id != h.ID {
			t.Errorf("%q refers to %q", h.ID.Reference(), id)
		}
	}
	if id, found := hazard.ParseReference("Hazard: " + string(hazard.IndexBuildLoad)); !found || id != hazard.IndexBuildLoad {
		t.Errorf("without a link: %q, %t", id, found)
	}
	for _, text := range []string{"", "Hazard: ", "Hazard: of_a_later_version", "Hazard index_build_load", "index_build_load"} {
		if id, found := hazard.ParseReference(text); found {
			t.Errorf("%q refers to %q", text, id)
		}
	}
}
