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

// planNotNull takes an existing column to NOT NULL where that is desired, the
// backfill included, or clears up what such a sequence left.
func planNotNull(c Change, table schema.Table, desired, observed schema.Column) Plan {
	if desired.Nullable {
		return Plan{Operations: dropNotNullLeftovers(table, observed)}
	}
	var again []Operation
	if desired.Backfill != nil {
		again = []Operation{backfillAgain(backfill(table, desired.Name, *desired.Backfill))}
	}
	steps := notNullSteps(c, table, observed, again)
	var plan Plan
	if len(steps) > 0 && observed.Nullable && observed.OwnedSequence != identityHelper(table, desired.Name) {
		plan.Findings = append(plan.Findings, Finding{
			Hazard:   hazard.ColumnSetNotNullBreaksWriters,
			Severity: hazard.Warning,
			Path:     []string{"nullable"},
			Summary:  fmt.Sprintf("Setting %s NOT NULL", columnID(table, desired.Name)),
			Detail: "From the first step on, an INSERT or UPDATE that leaves the column NULL fails, and so does any UPDATE of a row in which " +
				"it still is NULL. Deploy code that always writes it first.",
		})
	}
	if desired.Backfill != nil {
		if needsFilling(table, observed) {
			plan.Operations = append(plan.Operations, backfill(table, desired.Name, *desired.Backfill))
			plan.Operations = append(plan.Operations, again...)
		}
		if slices.ContainsFunc(append(plan.Operations, steps...), func(o Operation) bool { return o.Class == Batch }) {
			plan.Findings = append(plan.Findings, backfillFindings(table, desired.Name, []string{"backfill"})...)
		}
	} else if slices.ContainsFunc(steps, func(o Operation) bool { return o.Class == Online }) {
		plan.Probes = append(plan.Probes, nullProbe(table, desired))
	}
	plan.Operations = append(plan.Operations, steps...)
	return plan
}

// dropNotNullLeftovers drops what a sequence left whose end is no longer
// desired. NOT NULL itself is dropped with the other attributes.
func dropNotNullLeftovers(table schema.Table, observed schema.Column) []Operation {
	if helper := table.Check(notNullHelper(table, observed.Name)); helper != nil {
		return []Operation{alterTable(table, nil, ddl.DropConstraint(table.Name, helper.Name))}
	}
	return nil
}

func nullProbe(table schema.Table, column schema.Column) Probe {
	id := columnID(table, column.Name)
	return Probe{
		Finding: Finding{
			Hazard:   hazard.ColumnSetNotNullFailsOnNulls,
			Severity: hazard.Error,
			Path:     []string{"nullable"},
			Summary:  fmt.Sprintf("Cannot set %s NOT NULL", id),
			Detail: "There are rows in which it is NULL: the proof would fail (23502 or 23514). Fill them, or write `backfill` with an expression " +
				"over the row, for example " + exampleBackfill(column.Type) + ", and they are filled in batches first.",
		},
		Query: rowsWhere(table, column.Name.Quote()+" IS NULL"),
	}
}

// virtualNullProbe asks before the column exists, so it computes the column.
func virtualNullProbe(table schema.Table, column schema.Column) Probe {
	probe := nullProbe(table, column)
	probe.Finding.Detail = "Its expression is NULL for some rows: the proof would fail (23514). Leave it nullable, or use coalesce()."
	probe.Query = rowsWhere(table, ddl.Parenthesised(column.Generated.Expression)+" IS NULL")
	return probe
}

// dropNotNull plans DROP NOT NULL together with other changes of the column:
// it returns the statement, or why PostgreSQL would refuse it.
func dropNotNull(table schema.Table, desired, observed schema.Column) (statements []string, findings []Finding) {
	id := columnID(table, observed.Name)
	blocked := func(why string) ([]string, []Finding) {
		return nil, []Finding{refused(hazard.ColumnDropNotNullBlocked, []string{"nullable"}, fmt.Sprintf("Cannot drop NOT NULL of %s", id),
			why+". Change that first, or write nullable = false.")}
	}
	switch {
	case inPrimaryKey(table, observed.Name):
		return blocked(fmt.Sprintf("It belongs to the primary key %s", table.PrimaryKey.Name))
	case desired.Identity != nil:
		return blocked("It is an identity column")
	case observed.Inherited:
		return blocked("It comes from a parent table, which has it NOT NULL")
	}
	for _, index := range table.Indexes {
		if index.ReplicaIdentity && slices.ContainsFunc(index.Keys, func(k schema.IndexKey) bool { return k.Column == observed.Name }) {
			return blocked(fmt.Sprintf("The replica identity of the table uses index %s, which has the column", index.Name))
		}
	}
	return []string{ddl.DropNotNull(table.Name, observed.Name)}, []Finding{{
		Hazard:   hazard.ColumnDropNotNullBreaksReaders,
		Severity: hazard.Warning,
		Path:     []string{"nullable"},
		Summary:  fmt.Sprintf("Dropping NOT NULL of %s", id),
		Detail:   "Code that reads the column can meet NULL from then on. Deploy code that can cope with it first.",
	}}
}
