// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// planCheck plans a check constraint of an existing table, from wherever an
// earlier run left off. Paths of findings start at the check.
func planCheck(table schema.Table, desired schema.Check, observed *schema.Check) Plan {
	if observed == nil {
		return addCheck(table, desired, desired).with(Plan{Operations: dropCheckLeftover(table, desired.Name)})
	}
	if observed.Inherited && !sameCheck(desired, *observed) {
		return Plan{Findings: []Finding{refusal(nil, fmt.Sprintf("Cannot change check %s of %s", desired.Name, table.Name),
			"It comes from a parent table. Change it there.")}}
	}
	if observed.NotEnforced || !sameCheck(desired, *observed) {
		return replaceCheck(table, desired, *observed)
	}
	plan := Plan{Operations: dropCheckLeftover(table, desired.Name)}
	if observed.NotValid {
		plan = plan.with(proveCheck(table, desired, desired.Name))
	}
	if desired.Comment != observed.Comment {
		plan.Operations = append(plan.Operations, commentOnConstraint(table.Name, desired.Name, desired.Comment))
	}
	return plan
}

func sameCheck(a, b schema.Check) bool {
	return a.Expression.Equal(b.Expression) && a.NoInherit == b.NoInherit
}

// replacementCheckName is the name of a check that is to replace another one.
func replacementCheckName(table schema.Table, check schema.Name) schema.Name {
	return schema.DerivedName("new", table.Name.Schema, table.Name.Name, check)
}

// addCheck adds a check under the name of as and proves it. Both in one
// transaction would hold ACCESS EXCLUSIVE for the scan.
func addCheck(table schema.Table, desired, as schema.Check) Plan {
	add := alterTable(table, []hazard.ID{hazard.NotValidBlocksLegacyUpdates},
		ddl.AddConstraintNotValid(table.Name, ddl.CheckConstraint(as)))
	if as.Comment != "" {
		add.Statements = append(add.Statements, ddl.CommentOnConstraint(table.Name, as.Name, as.Comment))
	}
	return Plan{Operations: []Operation{add}}.with(proveCheck(table, desired, as.Name))
}

// proveCheck proves a check that stands under a name, unless it is declared
// NOT VALID: then its author wants to live with the rows that violate it.
func proveCheck(table schema.Table, desired schema.Check, name schema.Name) Plan {
	if desired.NotValid {
		return Plan{}
	}
	return Plan{Operations: []Operation{validateCheck(table, name)}, Probes: checkProbes(table, desired)}
}

func validateCheck(table schema.Table, name schema.Name) Operation {
	return validation(table, ddl.ValidateConstraint(table.Name, name), hazard.CheckAddFailsOnRows)
}

// checkProbes ask for rows that violate the check. A column that does not exist
// yet cannot be asked about.
func checkProbes(table schema.Table, check schema.Check) []Probe {
	return []Probe{{
		Finding: Finding{
			Hazard:   hazard.CheckAddFailsOnRows,
			Severity: hazard.Error,
			Path:     []string{"expression"},
			Summary:  fmt.Sprintf("Cannot add check %s to %s", check.Name, table.Name),
			Detail: "There are rows that violate it: VALIDATE would fail (23514), and until then every UPDATE of such a row. Correct them " +
				"first, or make the expression let them pass.",
		},
		Query: rowsWhere(table, "NOT "+ddl.Parenthesised(check.Expression)),
	}}
}

// replaceCheck adds and proves the new definition beside the old one and swaps
// the names, so that one of both holds all the time.
func replaceCheck(table schema.Table, desired, observed schema.Check) Plan {
	temporary := desired
	temporary.Name = replacementCheckName(table, desired.Name)
	var plan Plan
	left := table.Check(temporary.Name)
	if left != nil && (left.NotEnforced || !sameCheck(temporary, *left)) {
		plan.Operations = append(plan.Operations, dropCheckLeftover(table, desired.Name)...)
		left = nil
	}
	switch {
	case left == nil:
		plan = plan.with(addCheck(table, desired, temporary))
	case left.NotValid:
		plan = plan.with(proveCheck(table, desired, temporary.Name))
	}
	swap := alterTable(table, nil,
		ddl.DropConstraint(table.Name, observed.Name),
		ddl.RenameConstraint(table.Name, temporary.Name, desired.Name))
	if left != nil && left.Comment != desired.Comment {
		swap.Statements = append(swap.Statements, ddl.CommentOnConstraint(table.Name, desired.Name, desired.Comment))
	}
	plan.Operations = append(plan.Operations, swap)
	return plan
}

// dropCheckLeftover drops the replacement of a check that is no longer to be
// replaced.
func dropCheckLeftover(table schema.Table, check schema.Name) []Operation {
	if left := table.Check(replacementCheckName(table, check)); left != nil {
		return []Operation{alterTable(table, nil, ddl.DropConstraint(table.Name, left.Name))}
	}
	return nil
}

// planCheckDrop plans the end of a check that the configuration no longer has.
func planCheckDrop(table schema.Table, observed schema.Check) Plan {
	if observed.Inherited {
		return Plan{Findings: []Finding{refusal(nil, fmt.Sprintf("Cannot drop check %s of %s", observed.Name, table.Name),
			"It comes from a parent table. Drop it there.")}}
	}
	plan := Plan{Operations: dropCheckLeftover(table, observed.Name)}
	return plan.with(dropConstraint(table, observed.Name, "check"))
}

// dropConstraint drops a check or an exclusion constraint.
func dropConstraint(table schema.Table, name schema.Name, kind string) Plan {
	operation := alterTable(table, []hazard.ID{hazard.ConstraintDropWeakens}, ddl.DropConstraint(table.Name, name))
	operation.Effect.Drops = true
	return Plan{
		Operations: []Operation{operation},
		Findings: []Finding{{
			Hazard: hazard.ConstraintDropWeakens, Severity: hazard.Warning,
			Summary: fmt.Sprintf("Dropping %s %s of %s", kind, name, table.Name),
			Detail: "Rows that it would have refused can be written from then on, and it can be added again only once they are gone. Code that " +
				"relies on the refusal, or names the constraint, breaks.",
		}},
	}
}

// withoutUnknownColumns drops the probes on columns that the table does not
// have yet.
func withoutUnknownColumns(probes []Probe, check schema.Check, fresh []schema.Name) []Probe {
	if slices.ContainsFunc(fresh, check.Expression.Mentions) {
		return nil
	}
	return probes
}
