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

// planExclusion plans an exclusion constraint of an existing table. PostgreSQL
// has no NOT VALID and no USING INDEX for it: adding one builds its index and
// scans once more, all under ACCESS EXCLUSIVE. It is an error unless it is
// acknowledged.
func planExclusion(c Change, table schema.Table, desired schema.Exclusion, observed *schema.Exclusion) Plan {
	if f := exclusionVersion(c, table, desired); len(f) > 0 {
		return Plan{Findings: f}
	}
	if observed != nil && sameExclusion(desired, *observed) {
		var plan Plan
		backing := schema.QualifiedName{Schema: table.Name.Schema, Name: desired.Name}
		plan.Operations = append(plan.Operations, changeIndexOptions(backing, desired.Options, observed.Options)...)
		if desired.Comment != observed.Comment {
			plan.Operations = append(plan.Operations, commentOnConstraint(table.Name, desired.Name, desired.Comment))
		}
		return plan
	}
	operation := alterTable(table, []hazard.ID{hazard.ExclusionAddNoOnlinePath})
	operation.Effect = Effect{Scans: true, BuildsIndex: true}
	verb := "Adding"
	if observed != nil {
		verb = "Redefining"
		operation.Statements = append(operation.Statements, ddl.DropConstraint(table.Name, observed.Name))
	}
	operation.Statements = append(operation.Statements, ddl.AddConstraint(table.Name, ddl.ExclusionConstraint(desired)))
	if desired.Comment != "" {
		operation.Statements = append(operation.Statements, ddl.CommentOnConstraint(table.Name, desired.Name, desired.Comment))
	}
	return Plan{
		Operations: []Operation{operation},
		Findings: []Finding{{
			Hazard: hazard.ExclusionAddNoOnlinePath, Severity: hazard.Error,
			Summary: fmt.Sprintf("%s exclusion constraint %s blocks %s", verb, desired.Name, table.Name),
			Detail: "There is no online way: PostgreSQL builds its index and reads the table a second time while reads and writes wait. " +
				"Declare it with a new table, or build a new table beside this one, keep it up to date with a trigger and swap the names." + atRest(operation),
		}},
	}
}

func exclusionVersion(c Change, table schema.Table, exclusion schema.Exclusion) []Finding {
	if !table.Partitioned() || c.Server.Major() >= 17 {
		return nil
	}
	return []Finding{refusal(nil, fmt.Sprintf("Cannot add exclusion constraint %s to %s", exclusion.Name, table.Name),
		fmt.Sprintf("Exclusion constraints of partitioned tables came with PostgreSQL 17; this server is %d. Declare one on each partition.",
			c.Server.Major()))}
}

func sameExclusion(a, b schema.Exclusion) bool {
	return ddl.ExclusionMethod(a) == ddl.ExclusionMethod(b) &&
		slices.EqualFunc(a.Elements, b.Elements, func(x, y schema.ExclusionElement) bool {
			return sameIndexKey(x.IndexKey, y.IndexKey) && x.Operator == y.Operator
		}) &&
		slices.Equal(a.Include, b.Include) && schema.EqualExpressions(a.Where, b.Where) &&
		a.Deferral == b.Deferral && sameTablespace(a.Tablespace, b.Tablespace)
}
