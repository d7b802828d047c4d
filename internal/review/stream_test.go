// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
)

// The id of a hazard is taken out of where the provider puts it: the end of the
// summary, and a paragraph of its own with the address of the guide.
func TestFindingOfDiagnostic(t *testing.T) {
	t.Parallel()
	id := hazard.TableDropDeletesData
	got := finding(tfjson.Diagnostic{Severity: tfjson.DiagnosticSeverityWarning, Summary: "public.t goes [" + string(id) + "]", Detail: "It has rows.\n\n" + id.Reference()})
	if got.Hazard != id || got.Summary != "public.t goes" || got.Detail != "It has rows." {
		t.Errorf("%+v", got)
	}
	got = finding(tfjson.Diagnostic{Summary: "public.t goes [" + string(id) + "]", Detail: "The warning of public.s says more."})
	if got.Hazard != id || got.Summary != "public.t goes" || got.Detail != "The warning of public.s says more." {
		t.Errorf("shortened: %+v", got)
	}
	other := finding(tfjson.Diagnostic{Summary: "public.t goes [now]", Detail: "Hazard: none\n\nIt has rows."})
	if other.Hazard != "" || other.Summary != "public.t goes [now]" || other.Detail != "Hazard: none\n\nIt has rows." {
		t.Errorf("%+v", other)
	}
}
