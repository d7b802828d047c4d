// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// planGeneratedChange plans what becomes of GENERATED ALWAYS AS (expression).
// Observed becomes what it leaves.
func planGeneratedChange(c Change, table schema.Table, desired schema.Column, observed *schema.Column) Plan {
	want, have := desired.Generated, observed.Generated
	id := columnID(table, desired.Name)
	refuse := func(summary, detail string) Plan {
		return Plan{Findings: []Finding{refusal([]string{"generated"}, fmt.Sprintf(summary, id), detail)}}
	}
	switch {
	case want == nil && have == nil:
		return Plan{}
	case have == nil:
		return refuse("Cannot make %s a generated column",
			"PostgreSQL cannot turn an ordinary column into a generated one. Add a new column, or keep this one up to date with a trigger.")
	case want == nil && have.Virtual:
		return refuse("Cannot make %s an ordinary column",
			"PostgreSQL stores no value of a virtual generated column and so cannot keep any (DROP EXPRESSION fails with 0A000). Add a new column.")
	case want == nil:
		observed.Generated = nil
		return Plan{
			Operations: []Operation{alterTable(table, []hazard.ID{hazard.GeneratedExpressionDropFreezes},
				ddl.DropExpression(table.Name, desired.Name))},
			Findings: []Finding{{
				Hazard: hazard.GeneratedExpressionDropFreezes, Severity: hazard.Warning, Path: []string{"generated"},
				Summary: fmt.Sprintf("Column %s stops being generated", id),
				Detail:  "It keeps the values that it has, and no longer follows the columns that it was computed from. Deploy writers that set it first.",
			}},
		}
	case want.Virtual != have.Virtual:
		return refuse("Cannot change the kind of %s",
			"PostgreSQL cannot turn a stored generated column into a virtual one, nor back. Add a new column.")
	case want.Expression.Equal(have.Expression):
		return Plan{}
	case want.Virtual:
		return setVirtualExpression(table, desired, observed)
	case c.Server.Major() < 17:
		return refuse("Cannot change the expression of %s",
			"SET EXPRESSION came with PostgreSQL 17, and rewrites the table there. Add a new column with the new expression.")
	}
	operation := alterTable(table, []hazard.ID{hazard.GeneratedExpressionSetRewrite, hazard.RewriteWALAndLag},
		ddl.SetExpression(table.Name, desired.Name, *want))
	operation.Effect = Effect{Rewrites: true, BuildsIndex: len(table.Indexes) > 0}
	observed.Generated = want
	return Plan{
		Operations: []Operation{operation},
		Findings: []Finding{{
			Hazard: hazard.GeneratedExpressionSetRewrite, Severity: hazard.Error, Path: []string{"generated", "expression"},
			Summary: fmt.Sprintf("Changing the expression of %s rewrites the table", id),
			Detail: "There is no online way: PostgreSQL would write the whole table and all its indexes anew and block reads and writes " +
				"until it is done. Declare another column, which is ordinary and filled by a trigger, or on PostgreSQL 18 virtual; let code use that one, and remove this one." + atRest(operation),
		}},
	}
}

// setVirtualExpression is instant: nothing is stored. PostgreSQL 18 refuses it
// where it would have to check stored rows of another kind: checks, and
// publications, whose row filters could use the column.
func setVirtualExpression(table schema.Table, desired schema.Column, observed *schema.Column) Plan {
	id := columnID(table, desired.Name)
	path := []string{"generated", "expression"}
	if len(table.Checks) > 0 {
		// One that is NOT ENFORCED is in the way as well (measured).
		return Plan{Findings: []Finding{refusal(path, fmt.Sprintf("Cannot change the expression of %s", id),
			fmt.Sprintf("PostgreSQL refuses it for a virtual column of a table with check constraints; this one has %s. Add a new column with the "+
				"new expression.", table.Checks[0].Name))}}
	}
	if len(table.Publications) > 0 {
		return Plan{Findings: []Finding{refusal(path, fmt.Sprintf("Cannot change the expression of %s", id),
			fmt.Sprintf("PostgreSQL refuses it for a virtual column of a published table; this one is published by %s. Add a new column with the "+
				"new expression.", schema.QuoteNames(table.Publications)))}}
	}
	observed.Generated = desired.Generated
	var statements []string
	if !observed.Nullable {
		// With NOT NULL on it, the command would read the table under ACCESS
		// EXCLUSIVE. It is proven again afterwards.
		statements = append(statements, ddl.DropNotNull(table.Name, desired.Name))
		observed.Nullable, observed.NotNull = true, nil
	}
	return Plan{Operations: []Operation{alterTable(table, nil,
		append(statements, ddl.SetExpression(table.Name, desired.Name, *desired.Generated))...)}}
}
