// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// PlanTable plans a table with its columns and constraints; foreign keys and
// indexes that stand alone are not part of it. Prior is what the state names,
// observed what the server has: without observed the table is created. What
// neither desired nor prior names is left alone.
func PlanTable(c Change, desired schema.Table, prior, observed *schema.Table) Plan {
	exists := func(name schema.Name) bool { return observed != nil && observed.Column(name) != nil }
	if !desired.PartitionOf.IsZero() {
		// Its columns are those of the table above it, as they will be.
		exists = nil
	}
	plan := Plan{Findings: validateTable(desired, exists)}
	plan.Findings = append(plan.Findings, tableVersionFindings(c, desired)...)
	if plan.Refused() {
		return plan
	}
	desired = completeTable(desired)
	if observed == nil {
		created := createTable(desired)
		if !desired.PartitionOf.IsZero() {
			created = placement{change: c, desired: desired}.create(created.Operations[0])
		}
		return plan.with(created)
	}
	if prior == nil {
		prior = &schema.Table{}
	}
	place := placement{change: c, desired: desired, observed: *observed}
	plan.Findings = append(plan.Findings, place.findings()...)
	if !desired.PartitionOf.IsZero() {
		withoutColumns := *prior
		withoutColumns.Columns = nil
		prior = &withoutColumns
	}
	renaming := findRenaming(c, desired, *observed)
	desired.Name = observed.Name
	moves := findMoves(c, desired, *prior, *observed, false)
	plan.Findings = append(plan.Findings, partitionKeyFindings(desired, *observed)...)
	plan.Findings = append(plan.Findings, moves.findings...)
	plan.Findings = append(plan.Findings, renaming.refused(desired, *observed, moves)...)
	if plan.Refused() {
		return plan
	}
	if place.detaches() && !plan.Refused() {
		plan = plan.with(place.detach())
		observed = new(place.detached())
	}
	plan = plan.with(place.leftovers(*observed))
	plan = plan.with((&tableChange{
		change: c, desired: desired, prior: *prior, table: *observed, observed: *observed, moves: moves,
	}).plan())
	if plan.Refused() {
		return plan
	}
	if place.attaches() {
		plan = plan.with(place.attach(*observed))
	}
	plan = plan.with(renaming.plan(*observed))
	plan.Open = append(moves.left(observed.Transitions), renaming.left()...)
	return plan
}

// completeTable sorts what has no order of its own, and makes NOT NULL what
// PostgreSQL makes NOT NULL anyway.
func completeTable(t schema.Table) schema.Table {
	columns := make([]schema.Column, len(t.Columns))
	for i, column := range t.Columns {
		columns[i] = completeColumn(t, column)
	}
	t.Columns = physicalOrder(columns, t.PrimaryKey)
	t.Uniques = sortedByName(t.Uniques, func(k schema.Key) schema.Name { return k.Name })
	t.Checks = sortedByName(t.Checks, func(k schema.Check) schema.Name { return k.Name })
	t.Exclusions = sortedByName(t.Exclusions, func(k schema.Exclusion) schema.Name { return k.Name })
	return t
}

func sortedByName[T any](items []T, name func(T) schema.Name) []T {
	return slices.SortedStableFunc(slices.Values(items), func(a, b T) int {
		return schema.QualifiedName{Name: name(a)}.Compare(schema.QualifiedName{Name: name(b)})
	})
}

func partitionKeyFindings(desired, observed schema.Table) []Finding {
	var findings []Finding
	if !samePartitionKey(desired.PartitionBy, observed.PartitionBy) {
		findings = append(findings, refusal([]string{"partition_by"}, fmt.Sprintf("Cannot change how %s is partitioned", observed.Name),
			"PostgreSQL cannot change the partition key of a table, nor partition one that is there. Create a new table, fill it, and swap the names."))
	}
	return findings
}

func samePartitionKey(a, b *schema.PartitionKey) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Strategy == b.Strategy && slices.EqualFunc(a.Keys, b.Keys, sameIndexKey)
}
