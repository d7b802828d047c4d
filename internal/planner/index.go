// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// PlanIndex plans an index that stands alone. Table is the table as the server
// has it; observed is the index under the name that it had, or nil for a new
// one.
func PlanIndex(c Change, table schema.Table, desired schema.Index, observed *schema.Index) Plan {
	desired.Table = table.Name
	desired.Name.Schema = table.Name.Schema
	if observed == nil {
		return planNewIndex(c, table, desired)
	}
	plan := Plan{Findings: indexFindings(c, table, desired)}
	plan.Findings = append(plan.Findings, ownedElsewhere(*observed, "change")...)
	if observed.Name != desired.Name {
		if taken := table.Index(desired.Name.Name); taken != nil {
			plan.Findings = append(plan.Findings, nameTaken(desired, *taken))
		}
	}
	if plan.Refused() {
		return plan
	}
	return plan.with(planExistingIndex(c, table, desired, *observed))
}

// PlanIndexDrop plans the end of an index that stands alone.
func PlanIndexDrop(_ Change, table schema.Table, observed schema.Index) Plan {
	plan := Plan{Findings: append(ownedElsewhere(observed, "drop"), neededElsewhere(table, observed, "drop")...)}
	if plan.Refused() {
		return plan
	}
	plan.Findings = append(plan.Findings, Finding{
		Hazard:   hazard.IndexDropDegradesQueries,
		Severity: hazard.Warning,
		Summary:  fmt.Sprintf("Dropping index %s", observed.Name),
		Detail: fmt.Sprintf("Queries that use the index will need another way. Look at idx_scan on the primary and on every replica, "+
			"some days apart:\n\n  SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelid = %s::regclass;",
			ddl.Literal(observed.Name.String())),
	})
	if table.Partitioned() {
		plan.Findings = append(plan.Findings, partitionedDropWarning(table, observed.Name))
		drop := dropPartitionedIndex(table, observed.Name)
		drop.Effect.Drops = true
		drop.Hazards = hazards(append(drop.Hazards, hazard.IndexDropDegradesQueries)...)
		plan.Operations = append(dropIndexLeftovers(table, observed.Name), dropLooseParts(table.Partitions, observed.Name.Name)...)
		plan.Operations = append(plan.Operations, drop)
		return plan
	}
	drop := dropIndexConcurrently(table.Name, observed.Name)
	drop.Effect.Drops = true
	drop.Hazards = hazards(append(drop.Hazards, hazard.IndexDropDegradesQueries)...)
	plan.Operations = append(dropIndexLeftovers(table, observed.Name), drop)
	return plan
}

// planNewIndex plans an index that the configuration declares for the first
// time. One that is there already is either what an interrupted run left, or
// somebody else's.
func planNewIndex(c Change, table schema.Table, desired schema.Index) Plan {
	plan := Plan{Findings: indexFindings(c, table, desired)}
	if plan.Refused() {
		return plan
	}
	existing := table.Index(desired.Name.Name)
	switch {
	case existing == nil:
		return plan.with(createIndex(table, desired))
	case existing.Constraint != "" || !existing.Parent.IsZero():
		plan.Findings = append(plan.Findings, nameTaken(desired, *existing))
		return plan
	case existing.Invalid && !table.Partitioned():
		// Nothing uses an INVALID index of an ordinary table: it is what an
		// interrupted build left, whatever its definition.
		return plan.with(planExistingIndex(c, table, desired, *existing))
	case !sameIndex(desired, *existing):
		plan.Findings = append(plan.Findings, nameTaken(desired, *existing))
		return plan
	}
	if !existing.Invalid {
		plan.Findings = append(plan.Findings, takenOver("index", existing.Name.String()))
	}
	return plan.with(planExistingIndex(c, table, desired, *existing))
}

// createIndex plans an index whose name is free. Half of a redefinition may be
// left where the column went that the other half was on.
func createIndex(table schema.Table, desired schema.Index) Plan {
	r := indexRedefinition{redefinition: redefinition{table: table}, desired: desired}
	next, last := IndexHalves(table, desired.Name)
	var left *schema.Index
	var plan Plan
	for _, half := range []*schema.Index{next, last} {
		switch {
		case half == nil:
		case left == nil && !half.Invalid && r.same(desired, *half):
			left = half
		default:
			plan.Operations = append(plan.Operations, r.drop(half.Name))
			r.table.Partitions = withoutAttached(r.table.Partitions, half.Name)
		}
	}
	switch {
	case left != nil:
		return plan.with(r.adjust(desired, *left))
	case table.Partitioned():
		return plan.with(buildPartitionedIndex(r.table, desired, desired.Name.Name, nil))
	}
	return plan.with(createPlainIndex(table, desired))
}

func createPlainIndex(table schema.Table, desired schema.Index) Plan {
	plan := Plan{
		Operations: []Operation{createIndexConcurrently(desired)},
		Findings:   indexAdvice(table, desired),
		Probes:     indexProbes(table, desired),
	}
	if desired.Comment != "" {
		plan.Operations = append(plan.Operations, commentOnIndex(desired.Name, desired.Comment))
	}
	return plan
}

// adjustIndex changes what can be changed without a new definition.
func adjustIndex(table schema.Table, desired, observed schema.Index) Plan {
	var plan Plan
	if observed.Name != desired.Name {
		plan.Operations = append(plan.Operations, renameIndex(observed.Name, desired.Name.Name))
	}
	plan.Operations = append(plan.Operations, changeIndexOptions(desired.Name, desired.Options, observed.Options)...)
	if !sameTablespace(desired.Tablespace, observed.Tablespace) {
		if left := table.Index(reindexLeftover(desired.Name.Name)); left != nil && left.Invalid {
			plan.Operations = append(plan.Operations, dropIndexConcurrently(table.Name, left.Name))
		}
		plan.Operations = append(plan.Operations, moveIndex(desired))
	}
	if desired.Comment != observed.Comment {
		plan.Operations = append(plan.Operations, commentOnIndex(desired.Name, desired.Comment))
	}
	return plan
}
