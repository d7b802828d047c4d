// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// PlanColumn plans one column of an existing table. Table is the table as the
// server has it, observed its column under that name, or nil. Paths of findings
// start at the column.
func PlanColumn(c Change, table schema.Table, desired schema.Column, observed *schema.Column) Plan {
	if !involved(c, table, desired) {
		plan := planColumn(c, table, desired, observed)
		plan.Open = table.Transitions
		return plan
	}
	if findings := ValidateColumn(desired); len(findings) > 0 {
		return Plan{Findings: findings}
	}
	var prior []schema.Column
	if observed != nil {
		prior = append(prior, *observed)
	}
	return planResourceColumn(c, table, desired, prior)
}

// PlanColumnRename plans a pgphase_column whose name is another one than its
// state has: the transition from one to the other, or back.
func PlanColumnRename(c Change, table schema.Table, prior, desired schema.Column) Plan {
	back := slices.ContainsFunc(table.Transitions, func(t schema.OpenTransition) bool {
		return sameNames(t.New, []schema.Name{prior.Name}) && contains(t.Old, desired.Name)
	})
	forth := desired.Replaces != nil && contains(desired.Replaces.Columns, prior.Name)
	if !back && !forth {
		return Plan{Findings: []Finding{refused(hazard.ColumnRenameBreaksClients, []string{"name"}, fmt.Sprintf("Cannot rename %s to %s", columnID(table, prior.Name), desired.Name),
			fmt.Sprintf("Code that runs uses the old name. Write\n\n    replaces = { columns = [%q] }\n    phase    = \"expand\"\n\nwhich adds the "+
				"new column beside the old one and keeps both in step, until contract drops the old one.", string(prior.Name)))}}
	}
	if findings := ValidateColumn(desired); len(findings) > 0 {
		return Plan{Findings: findings}
	}
	return planResourceColumn(c, table, desired, []schema.Column{prior})
}

// planColumn plans a column alone.
func planColumn(c Change, table schema.Table, desired schema.Column, observed *schema.Column) Plan {
	desired = completeColumn(table, desired)
	plan := Plan{Findings: ValidateColumn(desired)}
	plan.Findings = append(plan.Findings, columnVersionFindings(c, table, desired)...)
	if plan.Refused() {
		return plan
	}
	if observed == nil {
		return plan.with(planNewColumn(c, table, desired))
	}
	return plan.with(planColumnChange(c, table, desired, *observed))
}

// completeColumn makes NOT NULL what PostgreSQL makes NOT NULL anyway, and
// leaves out what PostgreSQL does not store.
func completeColumn(table schema.Table, column schema.Column) schema.Column {
	column = withoutDefaults(column)
	if column.Identity != nil || inPrimaryKey(table, column.Name) {
		column.Nullable = false
	}
	return column
}

func inPrimaryKey(table schema.Table, column schema.Name) bool {
	return table.PrimaryKey != nil && contains(table.PrimaryKey.Columns, column)
}

func contains(names []schema.Name, name schema.Name) bool {
	return slices.Contains(names, name)
}

// columnVersionFindings are errors of what the server's version cannot do.
func columnVersionFindings(c Change, table schema.Table, column schema.Column) []Finding {
	var findings []Finding
	id := columnID(table, column.Name)
	if virtual(column) && c.Server.Major() < 18 {
		findings = append(findings, refusal([]string{"generated", "kind"},
			fmt.Sprintf("Cannot make %s a virtual generated column", id),
			fmt.Sprintf("Virtual generated columns came with PostgreSQL 18; this server is %d. "+
				"Write kind = \"stored\", which a new table can have on every version.", c.Server.Major())))
	}
	if column.Identity != nil && table.Partitioned() && c.Server.Major() < 17 {
		findings = append(findings, refusal([]string{"identity"},
			fmt.Sprintf("Cannot make %s an identity column", id),
			fmt.Sprintf("Identity columns of partitioned tables came with PostgreSQL 17; this server is %d. "+
				"Use a sequence of your own and default = \"nextval('...')\".", c.Server.Major())))
	}
	return findings
}

// afterColumn is the column as a finished plan leaves it.
func afterColumn(table schema.Table, desired schema.Column, observed *schema.Column) schema.Column {
	after := completeColumn(table, desired)
	after.Backfill, after.Replaces, after.Conversion = nil, nil, nil
	if observed != nil {
		after.Position, after.Inherited = observed.Position, observed.Inherited
		if after.Type.Facts == nil && after.Type.Equal(observed.Type) {
			after.Type = observed.Type
		}
	}
	return after
}

// volatile reports a default that differs from row to row, so that adding a
// column with it would write the table anew. What is not known counts as
// volatile.
func volatile(e schema.Expression) bool {
	return e.Volatility == schema.Volatile || e.Volatility == schema.VolatilityUnknown && !e.IsLiteral()
}

// publishedFindings warn of subscribers that do not know the column yet.
func publishedFindings(table schema.Table, column schema.Name) []Finding {
	if len(table.Publications) == 0 {
		return nil
	}
	return []Finding{{
		Hazard:   hazard.LogicalSubscriberMissingColumn,
		Severity: hazard.Warning,
		Summary:  fmt.Sprintf("Adding %s to a published table", columnID(table, column)),
		Detail: fmt.Sprintf("The table is published by %s. A PostgreSQL subscriber that does not have the column stops with \"missing "+
			"replicated column\" as soon as a row is written, and the slot keeps the WAL until it goes on. Add the column on the "+
			"subscribers first.", schema.QuoteNames(table.Publications)),
	}}
}

func virtual(column schema.Column) bool { return column.Generated != nil && column.Generated.Virtual }
