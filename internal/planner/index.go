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
	if table.Partitioned() {
		return plan.with(planPartitionedIndex(table, desired, *observed))
	}
	return plan.with(planPlainIndex(table, desired, *observed))
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
			"some days apart:\n\n  SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelid = %s::regclass",
			ddl.Literal(observed.Name.String())),
	})
	if table.Partitioned() {
		plan.Findings = append(plan.Findings, partitionedDropWarning(table, observed.Name))
		drop := dropPartitionedIndex(table, observed.Name)
		drop.Effect.Drops = true
		drop.Hazards = hazards(append(drop.Hazards, hazard.IndexDropDegradesQueries)...)
		plan.Operations = append(dropIndexLeftovers(table, observed.Name.Name), dropLooseParts(table.Partitions, observed.Name.Name)...)
		plan.Operations = append(plan.Operations, drop)
		return plan
	}
	drop := dropIndexConcurrently(table.Name, observed.Name)
	drop.Effect.Drops = true
	drop.Hazards = hazards(append(drop.Hazards, hazard.IndexDropDegradesQueries)...)
	plan.Operations = append(dropIndexLeftovers(table, observed.Name.Name), drop)
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
		if table.Partitioned() {
			return plan.with(planPartitionedIndex(table, desired, schema.Index{}))
		}
		return plan.with(createPlainIndex(table, desired))
	case existing.Constraint != "" || !existing.Parent.IsZero():
		plan.Findings = append(plan.Findings, nameTaken(desired, *existing))
		return plan
	case existing.Invalid && !table.Partitioned():
		// Nothing uses an INVALID index of an ordinary table: it is what an
		// interrupted build left, whatever its definition.
		return plan.with(planPlainIndex(table, desired, *existing))
	case !sameIndex(desired, *existing):
		plan.Findings = append(plan.Findings, nameTaken(desired, *existing))
		return plan
	}
	if !existing.Invalid {
		plan.Findings = append(plan.Findings, takenOver("index", existing.Name.String()))
	}
	if table.Partitioned() {
		return plan.with(planPartitionedIndex(table, desired, *existing))
	}
	return plan.with(planPlainIndex(table, desired, *existing))
}

// planPlainIndex plans the change of an index of an ordinary table.
func planPlainIndex(table schema.Table, desired, observed schema.Index) Plan {
	retired := table.Index(retiredIndexName(desired))
	replacement := table.Index(replacementIndexName(desired))
	var plan Plan
	if retired != nil {
		plan.Operations = append(plan.Operations, dropIndexConcurrently(table.Name, retired.Name))
	}
	if !observed.Invalid && !sameIndex(desired, observed) {
		if findings := neededElsewhere(table, observed, "redefine"); len(findings) > 0 {
			return Plan{Findings: findings}
		}
		return plan.with(replaceIndex(table, desired, observed, replacement))
	}
	if replacement != nil {
		plan.Operations = append(plan.Operations, dropIndexConcurrently(table.Name, replacement.Name))
	}
	if observed.Invalid {
		plan.Operations = append(plan.Operations, dropIndexConcurrently(table.Name, observed.Name))
		return plan.with(createPlainIndex(table, desired))
	}
	return plan.with(adjustIndex(table, desired, observed))
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

// replaceIndex builds the new index under a temporary name, swaps the names,
// and drops the old one last: the name never disappears, queries and
// uniqueness never go without an index, and what is left after a kill tells by
// its name which half of the sequence is done. Dropping first and renaming
// afterwards would need one transaction less to be undone, but a kill in
// between would leave the resource without the index that its state names.
func replaceIndex(table schema.Table, desired, observed schema.Index, replacement *schema.Index) Plan {
	temporary := desired
	temporary.Name.Name = replacementIndexName(desired)
	var plan Plan
	if replacement != nil && !usableIndex(temporary, *replacement) {
		plan.Operations = append(plan.Operations, dropIndexConcurrently(table.Name, replacement.Name))
		replacement = nil
	}
	if replacement == nil {
		plan.Operations = append(plan.Operations, createIndexConcurrently(temporary))
		plan.Findings = indexAdvice(table, desired)
		plan.Probes = indexProbes(table, desired)
	}
	retired := schema.QualifiedName{Schema: desired.Name.Schema, Name: retiredIndexName(desired)}
	swap := Operation{
		Class: Brief,
		Statements: []string{
			ddl.RenameIndex(observed.Name, retired.Name),
			ddl.RenameIndex(temporary.Name, desired.Name.Name),
		},
	}
	if observed.Clustered {
		swap.Statements = append(swap.Statements, ddl.ClusterOn(table.Name, desired.Name.Name))
		swap.Locks = []Lock{{Mode: schema.ShareUpdateExclusive, Table: table.Name}}
	}
	plan.Operations = append(plan.Operations, swap)
	if desired.Comment != "" {
		plan.Operations = append(plan.Operations, commentOnIndex(desired.Name, desired.Comment))
	}
	plan.Operations = append(plan.Operations, dropIndexConcurrently(table.Name, retired))
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
