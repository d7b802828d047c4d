// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a plan with testdata/name.golden. After a change that is
// meant: go test ./internal/planner -update, and read the difference.
func golden(t *testing.T, name string, plan planner.Plan) {
	t.Helper()
	nameTheirObjects(t, plan)
	if plan.Failed() && !plan.Refused() && len(plan.Operations) == 0 {
		t.Error("whoever acknowledges the error gets a plan without operations")
	}
	got := render(plan)
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: -want +got\n%s", path, diff)
	}
}

// nameTheirObjects holds what Terraform needs to show every warning: it folds
// those with the same summary into one.
func nameTheirObjects(t *testing.T, plan planner.Plan) {
	t.Helper()
	said := map[string]bool{}
	for _, f := range plan.Findings {
		if f.Severity == hazard.Warning && said[f.Summary] {
			t.Errorf("two warnings say %q", f.Summary)
		}
		said[f.Summary] = true
		if !strings.Contains(f.Summary, "public.") && !strings.Contains(f.Summary, "users") {
			t.Errorf("%q names no object", f.Summary)
		}
	}
}

// render writes a plan as a reviewer would read it.
func render(plan planner.Plan) string {
	var b strings.Builder
	for i, o := range plan.Operations {
		phase := ""
		if o.Phase != schema.NoPhase {
			phase = string(o.Phase) + ", "
		}
		fmt.Fprintf(&b, "-- %d. %s%s: %s\n", i+1, phase, classNames[o.Class], o.Effect)
		if lock := o.Lock(); lock != "" {
			fmt.Fprintf(&b, "-- lock: %s\n", lock)
		}
		if len(o.Hazards) > 0 {
			fmt.Fprintf(&b, "-- hazards: %s\n", joinIDs(o.Hazards))
		}
		if !o.Builds.IsZero() {
			fmt.Fprintf(&b, "-- builds: %s\n", o.Builds)
		}
		b.WriteString(o.SQL() + "\n")
	}
	for _, f := range plan.Findings {
		b.WriteString(renderFinding(f) + "\n")
	}
	for _, p := range plan.Probes {
		fmt.Fprintf(&b, "%s\n  asked by: %s\n\n", strings.TrimSpace(renderFinding(p.Finding)), p.Query)
	}
	return b.String()
}

var classNames = map[planner.Class]string{
	planner.Brief: "brief", planner.Online: "online", planner.Concurrent: "concurrent", planner.Batch: "batch",
	planner.Verify: "verify",
}

var severityNames = map[hazard.Severity]string{
	hazard.Ignore: "ignore", hazard.Info: "info", hazard.Warning: "warning", hazard.Error: "error",
}

func renderFinding(f planner.Finding) string {
	id := ""
	if f.Hazard != "" {
		id = " [" + string(f.Hazard) + "]"
	}
	return fmt.Sprintf("%s at %s%s: %s\n%s\n", severityNames[f.Severity], strings.Join(f.Path, "."), id, f.Summary,
		"  "+strings.ReplaceAll(f.Detail, "\n", "\n  "))
}

func joinIDs(ids []hazard.ID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, ", ")
}
