// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// planColumnChange plans the change of a column that is there: its type, then
// what one short transaction changes, then the proof of NOT NULL, then what
// needs that proof, and last what nobody waits for.
func planColumnChange(c Change, table schema.Table, desired, observed schema.Column) Plan {
	var plan Plan
	if !desired.Type.Equal(observed.Type) || !sameCollation(desired.Collation, observed.Collation) {
		plan = plan.with(planTypeChange(c, table, observed, desired))
		if plan.Refused() {
			return plan
		}
		observed.Type, observed.Collation = desired.Type, desired.Collation
		table = withColumn(table, observed)
	} else {
		plan.Operations = append(plan.Operations, restoreIndexes(table, observed.Name)...)
	}
	plan = plan.with(planGeneratedChange(c, table, desired, &observed))
	if plan.Refused() {
		return plan
	}
	becomesIdentity := desired.Identity != nil && observed.Identity == nil
	plan = plan.with(alterColumn(c, table, desired, &observed, becomesIdentity))
	if plan.Refused() {
		return plan
	}
	table = withColumn(table, observed)
	switch {
	case becomesIdentity:
		return plan.with(planIdentity(c, table, desired, observed))
	case beingFilled(observed):
		plan = plan.with(finishFilling(c, table, desired, observed))
		return plan.with(Plan{Operations: describeColumn(table, desired, observed, false)})
	}
	plan = plan.with(planNotNull(c, table, desired, observed))
	return plan.with(Plan{Operations: describeColumn(table, desired, observed, true)})
}

// withColumn is the table with one of its columns replaced.
func withColumn(table schema.Table, column schema.Column) schema.Table {
	columns := make([]schema.Column, 0, len(table.Columns)+1)
	replaced := false
	for _, c := range table.Columns {
		if c.Name == column.Name {
			c, replaced = column, true
		}
		columns = append(columns, c)
	}
	if !replaced {
		columns = append(columns, column)
	}
	table.Columns = columns
	return table
}

// sameCollation compares a collation that may leave its schema to search_path.
func sameCollation(a, b schema.QualifiedName) bool { return sameQualified(a, b) }

// alterColumn changes under one ACCESS EXCLUSIVE what is instant: default,
// identity, DROP NOT NULL, storage and compression. Observed becomes what it
// leaves.
func alterColumn(c Change, table schema.Table, desired schema.Column, observed *schema.Column, becomesIdentity bool) Plan {
	var plan Plan
	var statements []string
	var ids []hazard.ID

	if observed.Identity != nil {
		s, f, i := changeIdentity(table, desired, *observed)
		statements, plan.Findings, ids = append(statements, s...), append(plan.Findings, f...), append(ids, i...)
		observed.Identity = desired.Identity
	}
	// A default of a column that becomes an identity one goes in the
	// transaction that swaps it for the identity.
	if !becomesIdentity && desired.Generated == nil && !schema.EqualExpressions(desired.Default, observed.Default) {
		statements = append(statements, ddl.SetDefault(table.Name, desired.Name, desired.Default))
		plan.Findings = append(plan.Findings, defaultFinding(table, desired, *observed))
		ids = append(ids, hazard.ColumnDefaultChangePartialInserts)
		observed.Default = desired.Default
	}
	if helper := identityHelper(table, desired.Name); !becomesIdentity && observed.OwnedSequence == helper {
		// An identity was begun that is no longer desired.
		statements = append(statements, ddl.DropSequence(helper))
		observed.OwnedSequence = schema.QualifiedName{}
	}
	if desired.Nullable && !observed.Nullable {
		s, f := dropNotNull(table, desired, *observed)
		statements, plan.Findings = append(statements, s...), append(plan.Findings, f...)
		ids = append(ids, hazard.ColumnDropNotNullBreaksReaders)
		observed.Nullable, observed.NotNull = true, nil
	}
	s, f := changeStorage(c, table, desired, observed)
	if len(s) > 0 {
		ids = append(ids, hazard.StorageChangeNotRetroactive)
	}
	statements, plan.Findings = append(statements, s...), append(plan.Findings, f...)
	if len(statements) > 0 {
		plan.Operations = append(plan.Operations, alterTable(table, ids, statements...))
	}
	return plan
}

func defaultFinding(table schema.Table, desired, observed schema.Column) Finding {
	f := Finding{
		Hazard:   hazard.ColumnDefaultChangePartialInserts,
		Severity: hazard.Warning,
		Path:     []string{"default"},
		Summary:  fmt.Sprintf("Changing the default of %s", columnID(table, desired.Name)),
		Detail: "Rows that exist keep their value. Code that leaves the column out of an INSERT gets the new default at once, and so do ORMs that " +
			"omit values equal to the default they have cached. Deploy code that writes the value first.",
	}
	if desired.Default == nil {
		f.Summary = fmt.Sprintf("Dropping the default of %s", columnID(table, desired.Name))
		f.Detail = "Code that leaves the column out of an INSERT gets NULL from then on, or an error (23502) where the column is NOT NULL. Deploy code that writes the value first."
	} else if observed.Default == nil {
		f.Severity = hazard.Info
		f.Summary = fmt.Sprintf("Setting a default of %s", columnID(table, desired.Name))
	}
	return f
}

// changeStorage returns the statements for storage and compression of values to
// come.
func changeStorage(c Change, table schema.Table, desired schema.Column, observed *schema.Column) (statements []string, findings []Finding) {
	if desired.Compression != observed.Compression {
		statements = append(statements, ddl.SetCompression(table.Name, desired.Name, desired.Compression))
		observed.Compression = desired.Compression
	}
	if desired.Storage == observed.Storage {
		return statements, nil
	}
	if storage := typeStorage(desired.Type); desired.Storage == "" && c.Server.Major() < 16 && storage != "" {
		statements = append(statements, ddl.SetStorage(table.Name, desired.Name, storage))
		observed.Storage = ""
		return statements, nil
	}
	if desired.Storage == "" && c.Server.Major() < 16 {
		return nil, []Finding{refusal([]string{"storage"},
			fmt.Sprintf("Cannot reset the storage of %s", columnID(table, desired.Name)),
			"SET STORAGE DEFAULT came with PostgreSQL 16. Write the storage of the type: \"extended\" for text, bytea, json and jsonb, \"main\" "+
				"for numeric and inet, \"plain\" for types of a fixed length.")}
	}
	statements = append(statements, ddl.SetStorage(table.Name, desired.Name, desired.Storage))
	observed.Storage = desired.Storage
	return statements, nil
}

// describeColumn changes statistics target and comment.
func describeColumn(table schema.Table, desired, observed schema.Column, comment bool) []Operation {
	var statements []string
	if !sameTarget(desired.StatisticsTarget, observed.StatisticsTarget) {
		statements = append(statements, ddl.SetStatistics(table.Name, desired.Name, desired.StatisticsTarget))
	}
	if comment && desired.Comment != observed.Comment {
		statements = append(statements, ddl.CommentOnColumn(table.Name, desired.Name, desired.Comment))
	}
	if len(statements) == 0 {
		return nil
	}
	return []Operation{describeTable(table, statements...)}
}

func commentOnColumn(table schema.Table, desired, observed schema.Column) []Operation {
	observed.StatisticsTarget = desired.StatisticsTarget
	return describeColumn(table, desired, observed, true)
}

func sameTarget(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }
