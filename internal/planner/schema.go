// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// PlanSchema plans a schema; observed is nil for a new one. Nothing of it locks
// a table.
func PlanSchema(desired schema.Namespace, observed *schema.Namespace) Plan {
	comment := ddl.CommentOnSchema(desired.Name, desired.Comment)
	switch {
	case observed == nil:
		create := Operation{Statements: []string{ddl.CreateSchema(desired.Name)}, Effect: Effect{CreatesSchema: true}}
		if desired.Comment != "" {
			create.Statements = append(create.Statements, comment)
		}
		return Plan{Operations: []Operation{create}}
	case observed.Name != desired.Name:
		return Plan{Findings: []Finding{refused(hazard.SchemaRenameBreaksClients, []string{"name"},
			fmt.Sprintf("Schema %s cannot be renamed to %s", observed.Name, desired.Name),
			fmt.Sprintf("ALTER SCHEMA ... RENAME takes the old name away at once: code that says %s.table, and every search_path with it, fails from then on.\n\n"+
				"Declare %s as a further pgphase_schema beside it, and what is new in there. The tables of the old one can stay as long as anything uses them.",
				observed.Name, desired.Name))}}
	case observed.Comment != desired.Comment:
		return Plan{Operations: []Operation{{Statements: []string{comment}}}}
	}
	return Plan{}
}

// PlanSchemaDrop plans the end of a schema. What is still in it is named by
// contents.
func PlanSchemaDrop(observed schema.Namespace, contents Dependents) Plan {
	drop := Plan{Operations: []Operation{{Statements: []string{ddl.DropSchema(observed.Name)}, Effect: Effect{Drops: true}}}}
	if contents.Count == 0 {
		return drop
	}
	return Plan{Findings: []Finding{refused(hazard.SchemaDropDeletesData, nil,
		fmt.Sprintf("Cannot drop schema %s: it is not empty", observed.Name),
		fmt.Sprintf("It holds %s\n\nDrop or move that first. pgphase drops nothing by CASCADE.", contents.list()))}}
}
