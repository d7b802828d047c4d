// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// takeOver plans a new resource whose table is there already. An apply that
// was killed after CREATE TABLE leaves such a table: exactly as declared, and
// empty. Everything else somebody else made, and only an import says that
// pgphase is to manage it.
func takeOver(change planner.Change, desired, observed schema.Table) planner.Plan {
	plan := planner.PlanTable(change, desired, nil, &observed)
	exists := planner.Finding{
		Severity: hazard.Error,
		Refusal:  true,
		Hazard:   hazard.TableCreateForceDrops,
		Path:     []string{"name"},
		Summary:  fmt.Sprintf("Table %s exists already", observed.ID()),
		Detail: "pgphase does not create over what is there. To manage the table as it is, import it; the plan after that shows every difference:\n\n" +
			fmt.Sprintf("    import {\n      to = pgphase_table.<name>\n      id = %q\n    }", observed.ID()),
	}
	if plan.Refused() || len(plan.Operations) > 0 || !sameParts(desired, observed) {
		return planner.Plan{Findings: []planner.Finding{exists}}
	}
	return planner.Plan{
		Findings: []planner.Finding{{
			Severity: hazard.Warning,
			Path:     []string{"name"},
			Summary:  fmt.Sprintf("Table %s is there already, as declared", observed.ID()),
			Detail:   "An apply that was interrupted leaves it like that. It is taken into the state as it is; nothing is run.",
		}},
		Probes: []planner.Probe{{
			Finding: planner.Finding{
				Severity: exists.Severity, Refusal: true, Hazard: exists.Hazard, Path: exists.Path, Summary: exists.Summary + " and holds rows", Detail: exists.Detail,
			},
			Query: fmt.Sprintf("SELECT 'a row' FROM %s", observed.Name),
		}},
	}
}

// sameParts reports whether neither table has a column or a constraint more.
func sameParts(a, b schema.Table) bool {
	if a.PartitionOf != b.PartitionOf {
		return false
	}
	if !b.PartitionOf.IsZero() {
		b = withoutInherited(b)
		b.Columns = nil
	}
	return len(a.Columns) == len(b.Columns) && (a.PrimaryKey == nil) == (b.PrimaryKey == nil) && len(a.Uniques) == len(b.Uniques) &&
		len(a.Checks) == len(b.Checks) && len(a.Exclusions) == len(b.Exclusions)
}
