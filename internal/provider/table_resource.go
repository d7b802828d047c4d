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

// newTableResource returns pgphase_table.
func newTableResource() resource.Resource {
	return newManagedResource[tableModel, schema.Table](tableKind{})
}

type tableKind struct{}

var _ kind[tableModel, schema.Table] = tableKind{}

func (tableKind) typeName() string                      { return "table" }
func (tableKind) schema() rschema.Schema                { return tableSchema() }
func (tableKind) identitySchema() identityschema.Schema { return tableIdentitySchema() }
func (tableKind) createsTable() bool                    { return true }

func (tableKind) complete(plan, state *tableModel, s settings) { plan.complete(state, s) }

func (tableKind) decode(ctx context.Context, model *tableModel) (schema.Table, diag.Diagnostics) {
	return model.decode(ctx)
}

func (tableKind) encode(ctx context.Context, table schema.Table, like *tableModel) (tableModel, diag.Diagnostics) {
	return encodeTable(ctx, table, like)
}

func (tableKind) id(table schema.Table) string { return table.ID() }

// tableIdentityModel is the resource identity of a table.
type tableIdentityModel struct {
	Schema types.String `tfsdk:"schema"`
	Name   types.String `tfsdk:"name"`
}

func (tableKind) identity(table schema.Table) any {
	return tableIdentityModel{
		Schema: types.StringValue(string(table.Name.Schema)),
		Name:   types.StringValue(string(table.Name.Name)),
	}
}

// fromIdentity and parseID make the little of a model that finds the table.
func (tableKind) fromIdentity(read func(any) error) (tableModel, error) {
	var identity tableIdentityModel
	if err := read(&identity); err != nil {
		return tableModel{}, err
	}
	name := schema.QualifiedName{Schema: schemaOrPublic(identity.Schema), Name: schema.Name(identity.Name.ValueString())}
	return importedTable(name), name.Validate()
}

func (tableKind) parseID(id string) (tableModel, error) {
	name, err := schema.ParseQualifiedName(id)
	return importedTable(name), err
}

func importedTable(name schema.QualifiedName) tableModel {
	return tableModel{
		Schema:         types.StringValue(string(name.Schema)),
		Name:           types.StringValue(string(name.Name)),
		IgnoredColumns: types.SetNull(types.StringType),
		Options:        types.MapNull(types.StringType),
		Acknowledge:    types.SetNull(types.StringType),
		Operations:     types.ListNull(operationType),
		Retained:       types.ListNull(types.StringType),
	}
}

func schemaOrPublic(name types.String) schema.Name {
	if name.IsNull() {
		return "public"
	}
	return schema.Name(name.ValueString())
}

func (tableKind) relation(table schema.Table) relation { return relation{table: table.Name} }

func (tableKind) find(table *schema.Table, _ schema.Table) *schema.Table { return table }

func (tableKind) adopt(desired *schema.Table, observed schema.Table) (rest bool) {
	return adoptTable(desired, &observed)
}

func (tableKind) ask(ctx context.Context, asker *asker, table *schema.Table, desired *schema.Table) diag.Diagnostics {
	return asker.table(ctx, table, desired)
}

func (tableKind) validate(desired schema.Table) []planner.Finding {
	return planner.ValidateTable(desired)
}

func (tableKind) plan(change planner.Change, _ *schema.Table, desired schema.Table, prior, observed *schema.Table) planner.Plan {
	if prior == nil && observed != nil {
		return takeOver(change, desired, *observed)
	}
	return planner.PlanTable(change, desired, prior, observed)
}

func (tableKind) planDrop(change planner.Change, _ *schema.Table, observed schema.Table) planner.Plan {
	return planner.PlanTableDrop(change, observed)
}
