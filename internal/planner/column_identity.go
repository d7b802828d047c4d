// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// addIdentityColumn adds an identity column without writing the table anew:
// with a sequence of its own as the default first, which new rows use while the
// old ones are filled, and which the identity then continues.
func addIdentityColumn(c Change, table schema.Table, desired schema.Column) Plan {
	bare := desired
	bare.Nullable, bare.Identity = true, nil
	sequence := identityHelper(table, desired.Name)
	value := schema.Expression{Text: ddl.Nextval(sequence), Volatility: schema.Volatile}
	add := addColumn(table, bare, nil)
	add.Statements = append(add.Statements,
		ddl.CreateOwnedSequence(sequence, table.Name, desired),
		ddl.SetDefault(table.Name, desired.Name, &value))
	bare.OwnedSequence, bare.Default = sequence, &value
	return Plan{Operations: []Operation{add}}.with(planIdentity(c, withColumn(table, bare), desired, bare))
}

// identityHelper names the sequence that fills a column before it becomes an
// identity one.
func identityHelper(table schema.Table, column schema.Name) schema.QualifiedName {
	return schema.QualifiedName{
		Schema: table.Name.Schema,
		Name:   schema.DerivedName("sequence", table.Name.Schema, table.Name.Name, column),
	}
}

// planIdentity turns a column that is there into an identity one: NOT NULL
// first, then one transaction that swaps its default for the identity and makes
// the sequence go on where the values end. Without that, the first INSERT would
// fail (23505).
func planIdentity(c Change, table schema.Table, desired, observed schema.Column) Plan {
	helper := identityHelper(table, desired.Name)
	if observed.OwnedSequence == helper {
		desired.Backfill = &schema.Expression{Text: ddl.Nextval(helper), Volatility: schema.Volatile}
	}
	plan := planNotNull(c, table, desired, observed)
	table = withColumn(table, afterColumn(table, desired, &observed))

	statements := []string{ddl.LockTable(table.Name)}
	if observed.Default != nil {
		statements = append(statements, ddl.SetDefault(table.Name, desired.Name, nil))
	}
	if ownSequenceDefault(observed) {
		statements = append(statements, ddl.DisownSequence(observed.OwnedSequence))
	}
	statements = append(statements, ddl.AddIdentity(table.Name, desired.Name, *desired.Identity))
	operation := alterTable(table, nil)
	switch {
	case ownSequenceDefault(observed):
		statements = append(statements,
			ddl.ContinueSequence(table.Name, desired.Name, observed.OwnedSequence),
			ddl.DropSequence(observed.OwnedSequence))
		if observed.OwnedSequence != helper {
			operation.Hazards = hazards(hazard.SequenceDropOrUntracked)
			plan.Findings = append(plan.Findings, sequenceDropped(table, observed))
		}
	default:
		statements = append(statements, ddl.AdvanceSequence(table.Name, desired.Name, desired.Identity.Sequence))
		if !answersMaximum(table, desired.Name) {
			operation.Effect.Scans = true
			operation.Hazards = hazards(hazard.IdentitySequenceNotAdvanced)
			plan.Findings = append(plan.Findings, Finding{
				Hazard: hazard.IdentitySequenceNotAdvanced, Severity: hazard.Error, Path: []string{"identity"},
				Summary: fmt.Sprintf("Cannot make %s an identity column online", columnID(table, desired.Name)),
				Detail: "Its sequence has to go on behind the largest value that the column holds, and finding that value without an index would " +
					"read the whole table while reads and writes wait. Create a btree index on the column first (a primary key is one).",
			})
		}
	}
	operation.Statements = statements
	plan.Operations = append(plan.Operations, operation)
	plan.Operations = append(plan.Operations, describeColumn(table, desired, observed, true)...)
	return plan
}

// ownSequenceDefault reports a column that is filled from the sequence that it
// owns: serial, or the helper of an identity.
func ownSequenceDefault(column schema.Column) bool {
	return !column.OwnedSequence.IsZero() && column.Default != nil &&
		strings.Contains(strings.ToLower(column.Default.Text+column.Default.Canonical), "nextval(")
}

// answersMaximum reports a valid btree index that has the column first.
func answersMaximum(table schema.Table, column schema.Name) bool {
	for _, index := range table.Indexes {
		if !index.Invalid && index.Where == nil && ddl.IndexMethod(index) == "btree" &&
			len(index.Keys) > 0 && index.Keys[0].Column == column {
			return true
		}
	}
	return false
}

func sequenceDropped(table schema.Table, observed schema.Column) Finding {
	return Finding{
		Hazard: hazard.SequenceDropOrUntracked, Severity: hazard.Warning, Path: []string{"identity"},
		Summary: fmt.Sprintf("Dropping sequence %s of %s", observed.OwnedSequence, columnID(table, observed.Name)),
		Detail: "The identity gets a sequence of its own, which goes on where this one is. Code that names the sequence (nextval, currval) has to " +
			"name the new one; pg_get_serial_sequence() finds it.",
	}
}

// changeIdentity returns the statements that take an identity column to what is
// desired, or to an ordinary one.
func changeIdentity(table schema.Table, desired, observed schema.Column) (statements []string, findings []Finding, ids []hazard.ID) {
	switch {
	case desired.Identity == nil:
		return []string{ddl.DropIdentity(table.Name, observed.Name)}, []Finding{{
			Hazard: hazard.SequenceDropOrUntracked, Severity: hazard.Warning, Path: []string{"identity"},
			Summary: fmt.Sprintf("Column %s loses its identity", columnID(table, observed.Name)),
			Detail: "Its sequence is dropped, with the number that it had come to. Code that leaves the column out of an INSERT gets the default " +
				"from then on, or an error (23502) where there is none.",
		}}, []hazard.ID{hazard.ColumnDefaultChangePartialInserts, hazard.SequenceDropOrUntracked}
	case desired.Identity.Always != observed.Identity.Always ||
		!sameSequence(desired.Identity.Sequence, observed.Identity.Sequence):
		return []string{ddl.SetIdentity(table.Name, observed.Name, *observed.Identity, *desired.Identity)}, nil, nil
	}
	return nil, nil, nil
}

func sameSequence(a, b schema.SequenceOptions) bool {
	same := func(x, y *int64) bool { return x == y || x != nil && y != nil && *x == *y }
	return same(a.Start, b.Start) && same(a.Increment, b.Increment) && same(a.MinValue, b.MinValue) &&
		same(a.MaxValue, b.MaxValue) && same(a.Cache, b.Cache) && a.Cycle == b.Cycle
}
