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

// backfillMarker is the comment of a column that was added to be filled, as
// long as that is not done. Without it, a column that an interrupted run left
// could not be told from one whose NULLs are meant: filling the latter with its
// default would change data that nobody asked to change.
const backfillMarker = "pgphase: rows that existed before this column are still to be filled"

// beingFilled reports that an earlier run added the column and has not filled
// it yet.
func beingFilled(column schema.Column) bool { return column.Comment == backfillMarker }

// backfill fills the rows in which the column is NULL. Statements are the ones
// that run, one for each table that holds rows.
func backfill(table schema.Table, column schema.Name, value schema.Expression) Operation {
	assignments := []Assignment{{Column: column, Value: value}}
	return batch(table, Backfill{Assignments: assignments, Condition: ddl.BackfillCondition(assignments)})
}

// batch is a backfill of all tables that hold the rows.
func batch(table schema.Table, fill Backfill) Operation {
	fill.Table, fill.Partitions = table.Name, storedIn(table)
	operation := Operation{
		Class:    Batch,
		Effect:   Effect{Updates: true},
		Hazards:  hazards(hazard.RewriteWALAndLag),
		Backfill: &fill,
	}
	passes := fill.Partitions
	if len(passes) == 0 && !table.Partitioned() {
		passes = []schema.QualifiedName{table.Name}
	}
	for _, pass := range passes {
		operation.Statements = append(operation.Statements, ddl.BackfillBatch(pass, fill.Assignments, fill.Condition))
		// ONLY: a partitioned table itself is merely looked at.
		operation.Locks = append(operation.Locks, Lock{Mode: schema.RowExclusive, Table: pass})
	}
	return operation
}

// backfillAgain is a further pass: rows that were written while an earlier one
// ran. An UPDATE moves a row past the place where the pass is, and it stays
// unfilled. One such pass runs before the column is guarded, since the guard
// fails every UPDATE of an unfilled row, and one after it, before the proof.
func backfillAgain(first Operation) Operation {
	first.Effect.Again = true
	return first
}

// backfillFindings warn of what a backfill sets off.
func backfillFindings(table schema.Table, column schema.Name, path []string) []Finding {
	var fired []string
	for _, trigger := range table.Triggers {
		if !trigger.Disabled && slices.Contains(trigger.Events, "UPDATE") {
			fired = append(fired, fmt.Sprintf("  %s, which runs %s", trigger.Name, trigger.Function))
		}
	}
	if len(fired) == 0 {
		return nil
	}
	return []Finding{{
		Severity: hazard.Warning,
		Path:     path,
		Summary:  fmt.Sprintf("Backfilling %s fires triggers", columnID(table, column)),
		Detail: "Each row that the backfill updates fires the UPDATE triggers of the table:\n\n" + lines(fired) +
			"\n\nIf one of them writes elsewhere or stamps a time, disable it for the time of the apply.",
	}}
}
