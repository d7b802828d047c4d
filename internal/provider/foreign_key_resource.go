// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// newForeignKeyResource returns pgphase_foreign_key.
func newForeignKeyResource() resource.Resource {
	return newManagedResource[foreignKeyModel, schema.ForeignKey](foreignKeyKind{})
}

type foreignKeyKind struct{}

var _ kind[foreignKeyModel, schema.ForeignKey] = foreignKeyKind{}

func (foreignKeyKind) typeName() string       { return "foreign_key" }
func (foreignKeyKind) schema() rschema.Schema { return foreignKeySchema() }
func (foreignKeyKind) createsTable() bool     { return false }

func (foreignKeyKind) identitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"schema": identityschema.StringAttribute{OptionalForImport: true, Description: "Schema of the referencing table. Default: public."},
		"table":  identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the referencing table."},
		"name":   identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the constraint."},
	}}
}

func (foreignKeyKind) complete(plan, _ *foreignKeyModel, _ settings) { plan.complete() }

func (foreignKeyKind) decode(_ context.Context, model *foreignKeyModel) (schema.ForeignKey, diag.Diagnostics) {
	return model.decode()
}

func (foreignKeyKind) encode(_ context.Context, fk schema.ForeignKey, like *foreignKeyModel) (foreignKeyModel, diag.Diagnostics) {
	return encodeForeignKey(fk, like), nil
}

func foreignKeyID(table schema.QualifiedName, name schema.Name) string {
	return schema.ColumnName{Table: table, Column: name}.String()
}

func (foreignKeyKind) id(fk schema.ForeignKey) string { return foreignKeyID(fk.Table, fk.Name) }

func (foreignKeyKind) identity(fk schema.ForeignKey) any { return tablePartIdentity(fk.Table, fk.Name) }

func (foreignKeyKind) fromIdentity(read func(any) error) (foreignKeyModel, error) {
	table, name, err := tablePart(read)
	return importedForeignKey(table, name), err
}

func (foreignKeyKind) parseID(id string) (foreignKeyModel, error) {
	name, err := schema.ParseColumnName(id)
	return importedForeignKey(name.Table, name.Column), err
}

func importedForeignKey(table schema.QualifiedName, name schema.Name) foreignKeyModel {
	return foreignKeyModel{
		Table:       types.StringValue(table.String()),
		Name:        types.StringValue(string(name)),
		Acknowledge: types.SetNull(types.StringType),
		Operations:  types.ListNull(operationType),
		Retained:    types.ListNull(types.StringType),
	}
}

func (foreignKeyKind) relation(fk schema.ForeignKey) relation { return relation{table: fk.Table} }

func (foreignKeyKind) find(table *schema.Table, like schema.ForeignKey) *schema.ForeignKey {
	fk := table.ForeignKey(like.Name)
	if fk == nil {
		return nil
	}
	found := *fk
	found.Successor, found.Predecessor = planner.ForeignKeyHalves(*table, found.Name)
	return &found
}

// A foreign key has no text that PostgreSQL would spell in another way, but
// what it references is something to look at.
func (foreignKeyKind) adopt(desired *schema.ForeignKey, known schema.ForeignKey) (rest bool) {
	if desired.References != known.References {
		return true
	}
	desired.ReferencesPartitioned = known.ReferencesPartitioned
	return false
}

func (foreignKeyKind) ask(ctx context.Context, asker *asker, table *schema.Table, desired *schema.ForeignKey) diag.Diagnostics {
	return asker.foreignKey(ctx, table, desired)
}

func (foreignKeyKind) validate(schema.ForeignKey) []planner.Finding { return nil }

func (foreignKeyKind) plan(change planner.Change, table *schema.Table, desired schema.ForeignKey, prior, observed *schema.ForeignKey) planner.Plan {
	if prior != nil && prior.Table != desired.Table {
		return planner.Plan{Findings: []planner.Finding{*movedToTable("Foreign key "+string(prior.Name), prior.Table, desired.Table)}}
	}
	if observed != nil {
		// With the names that the tables have themselves.
		table = foreignKeyKind{}.restore(table, *observed)
	}
	return planner.PlanForeignKey(change, *table, desired, observed)
}

func (foreignKeyKind) planDrop(change planner.Change, table *schema.Table, observed schema.ForeignKey) planner.Plan {
	return planner.PlanForeignKeyDrop(change, *table, observed)
}
