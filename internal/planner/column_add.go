// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// planNewColumn plans a column that the table does not have.
func planNewColumn(c Change, table schema.Table, desired schema.Column) Plan {
	plan := Plan{Findings: append(publishedFindings(table, desired.Name), starClients(table, desired.Name))}
	switch {
	case desired.Generated != nil && !desired.Generated.Virtual:
		return plan.with(addRewriting(c, table, desired, hazard.ColumnAddGeneratedStoredRewrite, []string{"generated"},
			"the values of a stored generated column are computed for every row",
			"Add an ordinary column that a BEFORE INSERT OR UPDATE trigger fills and `backfill` for the rows of today, or on "+
				"PostgreSQL 18 a virtual one (kind = \"virtual\")."))
	case desired.Type.Facts != nil && desired.Type.Facts.Constrained:
		return plan.with(addRewriting(c, table, desired, hazard.ColumnAddConstrainedDomainRewrite, []string{"type"},
			fmt.Sprintf("%s is a domain with a constraint, which is checked for every row", desired.Type.SQL()),
			"Use the domain's base type and declare the constraint in `checks`: it is added NOT VALID and validated while reads "+
				"and writes go on."))
	case desired.Identity != nil:
		return plan.with(addIdentityColumn(c, table, desired))
	case desired.Backfill != nil || desired.Default != nil && volatile(*desired.Default):
		return plan.with(addFilledColumn(c, table, desired))
	case virtual(desired) && !desired.Nullable:
		// NOT NULL in the same command would read the table under ACCESS
		// EXCLUSIVE.
		nullable := desired
		nullable.Nullable = true
		plan.Operations = append(plan.Operations, addColumn(table, nullable, nil))
		plan.Probes = append(plan.Probes, virtualNullProbe(table, desired))
		plan.Operations = append(plan.Operations, proveNotNull(c, table, nullable)...)
		return plan
	case !desired.Nullable && desired.Default == nil:
		return plan.with(addRequiredColumn(table, desired))
	}
	plan.Operations = append(plan.Operations, addColumn(table, desired, nil))
	return plan
}

// addColumn adds a column with all that can be said of it at once. Also adds
// statements to the same transaction, in place of the comment where they set
// one.
func addColumn(table schema.Table, column schema.Column, marker *string) Operation {
	ids := []hazard.ID{hazard.ColumnAddBreaksStarClients}
	if len(table.Publications) > 0 {
		ids = append(ids, hazard.LogicalSubscriberMissingColumn)
	}
	statements := append([]string{ddl.AddColumn(table.Name, column)}, columnDetails(table.Name, column)...)
	if marker != nil {
		statements = append(statements, ddl.CommentOnColumn(table.Name, column.Name, *marker))
	} else if column.Comment != "" {
		statements = append(statements, ddl.CommentOnColumn(table.Name, column.Name, column.Comment))
	}
	return alterTable(table, ids, statements...)
}

// columnDetails are what a column definition has no room for on every version,
// the comment not included.
func columnDetails(table schema.QualifiedName, column schema.Column) []string {
	var statements []string
	if column.Storage != "" {
		statements = append(statements, ddl.SetStorage(table, column.Name, column.Storage))
	}
	if column.StatisticsTarget != nil {
		statements = append(statements, ddl.SetStatistics(table, column.Name, column.StatisticsTarget))
	}
	return statements
}

func starClients(table schema.Table, column schema.Name) Finding {
	return Finding{
		Hazard:   hazard.ColumnAddBreaksStarClients,
		Severity: hazard.Warning,
		Summary:  fmt.Sprintf("Adding %s changes the result of SELECT *", columnID(table, column)),
		Detail:   "Prepared statements with SELECT * or RETURNING * on the table " + untilPreparedAgain + ". Statements that list their columns are not affected.",
	}
}

// untilPreparedAgain is what becomes of prepared statements whose result
// changes (measured by TestFinding09).
const untilPreparedAgain = "fail with \"cached plan must not change result type\" (0A000) on every execution until they are prepared again: " +
	"after DEALLOCATE or over a new connection, not by DISCARD PLANS"

// addRequiredColumn adds a NOT NULL column that no row can have a value for: it
// works on an empty table only, and at once.
func addRequiredColumn(table schema.Table, desired schema.Column) Plan {
	operation := addColumn(table, desired, nil)
	operation.Effect.Scans = true
	operation.Hazards = hazards(append(operation.Hazards, hazard.ColumnAddRequiredFails, hazard.ColumnAddRequiredBreaksWriters)...)
	id := columnID(table, desired.Name)
	return Plan{
		Operations: []Operation{operation},
		Findings:   []Finding{requiredBreaksWriters(table, desired)},
		Probes: []Probe{{
			Finding: Finding{
				Hazard:   hazard.ColumnAddRequiredFails,
				Severity: hazard.Error,
				Path:     []string{"nullable"},
				Summary:  fmt.Sprintf("Cannot add %s NOT NULL", id),
				Detail: "The table has rows, and they have no value for the new column: PostgreSQL would refuse it (23502). Write " +
					"`default`, or `backfill` with an expression over the row that says what the rows of today get, for example " +
					exampleBackfill(desired.Type) + ". The column is then added nullable, filled in batches, proven and set NOT NULL.",
			},
			Query: rowsWhere(table, ""),
		}},
	}
}

func requiredBreaksWriters(table schema.Table, desired schema.Column) Finding {
	return Finding{
		Hazard:   hazard.ColumnAddRequiredBreaksWriters,
		Severity: hazard.Warning,
		Path:     []string{"nullable"},
		Summary:  fmt.Sprintf("New column %s is required", columnID(table, desired.Name)),
		Detail: "An INSERT of code that does not know the column fails (23502) as soon as it is NOT NULL. Give it a `default` until all " +
			"writers set it.",
	}
}

// addFilledColumn adds a column whose values for the rows of today come in
// batches: the default would rewrite the table, or they get something else than
// the default.
func addFilledColumn(c Change, table schema.Table, desired schema.Column) Plan {
	bare := desired
	bare.Nullable, bare.Default = true, nil
	marker := backfillMarker
	add := addColumn(table, bare, &marker)
	if desired.Default != nil {
		add.Statements = append(add.Statements, ddl.SetDefault(table.Name, desired.Name, desired.Default))
	}
	plan := Plan{Operations: []Operation{add}}
	if !desired.Nullable && desired.Default == nil {
		plan.Findings = append(plan.Findings, requiredBreaksWriters(table, desired))
		plan.Operations[0].Hazards = hazards(append(add.Hazards, hazard.ColumnAddRequiredBreaksWriters)...)
	}
	if d := desired.Default; d != nil && d.Volatility == schema.VolatilityUnknown && volatile(*d) {
		plan.Operations[0].Hazards = hazards(append(plan.Operations[0].Hazards, hazard.ColumnDefaultVolatilityUnknown)...)
	}
	bare.Default, bare.Comment = desired.Default, backfillMarker
	return plan.with(finishFilling(c, table, desired, bare))
}

// finishFilling does the rest for a column that was added to be filled.
func finishFilling(c Change, table schema.Table, desired, observed schema.Column) Plan {
	value := desired.Backfill
	if value == nil {
		value = desired.Default
	}
	if value == nil {
		// The configuration no longer says what the rows get: the column is an
		// ordinary one from here on.
		return planNotNull(c, table, desired, observed).with(Plan{Operations: commentOnColumn(table, desired, observed)})
	}
	first := backfill(table, desired.Name, *value)
	plan := Plan{Findings: backfillFindings(table, desired.Name, []string{"backfill"})}
	if desired.Nullable {
		plan.Operations = append(plan.Operations, first)
	} else {
		steps := notNullSteps(c, table, observed, []Operation{backfillAgain(first)})
		if needsFilling(table, observed) {
			plan.Operations = append(plan.Operations, first, backfillAgain(first))
		}
		plan.Operations = append(plan.Operations, steps...)
	}
	plan.Operations = append(plan.Operations, commentOnColumn(table, desired, observed)...)
	return plan
}

// needsFilling reports that nothing guards the column yet. With a guard that is
// NOT VALID, the second pass alone is left to do.
func needsFilling(table schema.Table, column schema.Column) bool {
	return column.Nullable && column.NotNull == nil && table.Check(notNullHelper(table, column.Name)) == nil &&
		!provenByCheck(table, column.Name)
}

// addRewriting adds a column in the one way there is, which writes the table
// anew under ACCESS EXCLUSIVE. It is an error unless it is acknowledged.
func addRewriting(_ Change, table schema.Table, desired schema.Column, id hazard.ID, path []string, cause, alternative string) Plan {
	operation := addColumn(table, desired, nil)
	operation.Effect = Effect{Rewrites: true, BuildsIndex: len(table.Indexes) > 0}
	operation.Hazards = hazards(append(operation.Hazards, id, hazard.RewriteWALAndLag)...)
	return Plan{
		Operations: []Operation{operation},
		Findings: []Finding{{
			Hazard: id, Severity: hazard.Error, Path: path,
			Summary: fmt.Sprintf("Adding %s rewrites the table", columnID(table, desired.Name)),
			Detail: fmt.Sprintf("There is no online way: %s. PostgreSQL would write the whole table and all its indexes anew and block reads "+
				"and writes until it is done. %s%s", cause, alternative, atRest(operation)),
		}},
	}
}
