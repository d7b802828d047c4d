// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// newColumnResource returns pgphase_column.
func newColumnResource() resource.Resource {
	return newManagedResource[columnResourceModel, tableColumn](columnKind{})
}

// tableColumn is a column together with its table.
type tableColumn struct {
	Table  schema.QualifiedName
	Column schema.Column
}

func (c tableColumn) name() schema.ColumnName {
	return schema.ColumnName{Table: c.Table, Column: c.Column.Name}
}

// columnResourceModel is pgphase_column.
type columnResourceModel struct {
	ID    types.String `tfsdk:"id"`
	Table types.String `tfsdk:"table"`
	Name  types.String `tfsdk:"name"`
	columnModel
	DeletionProtection types.Bool   `tfsdk:"deletion_protection"`
	Phase              types.String `tfsdk:"phase"`
	Verify             types.Bool   `tfsdk:"verify"`
	Retained           types.List   `tfsdk:"retained"`
	Acknowledge        types.Set    `tfsdk:"acknowledge"`
	Operations         types.List   `tfsdk:"operations"`
	StrongestLock      types.String `tfsdk:"strongest_lock"`
	Destructive        types.Bool   `tfsdk:"destructive"`
}

type columnKind struct{}

var _ kind[columnResourceModel, tableColumn] = columnKind{}

func (columnKind) typeName() string   { return "column" }
func (columnKind) createsTable() bool { return false }

func (columnKind) schema() rschema.Schema {
	attributes := columnAttributes()
	attributes["id"] = rschema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "`schema.table.column`, each part quoted where PostgreSQL would quote it.",
	}
	attributes["table"] = tableAttribute("Table of the column")
	attributes["name"] = rschema.StringAttribute{
		Required: true, Validators: nameValidators(),
		MarkdownDescription: "Name of the column, without quotes: at most 63 bytes.",
	}
	attributes["deletion_protection"] = deletionProtectionAttribute("column")
	maps.Copy(attributes, phaseAttributes())
	maps.Copy(attributes, planAttributes())
	return rschema.Schema{
		MarkdownDescription: "One column of a table that is declared elsewhere, or nowhere: by a `pgphase_table` that names it in `ignored_columns`, " +
			"by another tool, or by nobody. Use the map `columns` of `pgphase_table` where one resource can own the whole table.",
		Attributes: attributes,
	}
}

// tableAttribute refers to the table that an object belongs to.
func tableAttribute(what string) rschema.Attribute {
	return rschema.StringAttribute{
		Required: true, Validators: []validator.String{tableIDValidator{}},
		MarkdownDescription: what + " as `schema.table`, quoted as in SQL: the `id` of a `pgphase_table`. An object cannot move to another table.",
	}
}

func (columnKind) identitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"schema": identityschema.StringAttribute{OptionalForImport: true, Description: "Schema of the table. Default: public."},
		"table":  identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the table."},
		"name":   identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the column."},
	}}
}

func (columnKind) complete(plan, _ *columnResourceModel, s settings) {
	plan.complete(false)
	if plan.Verify.IsNull() {
		plan.Verify = types.BoolValue(true)
	}
	if plan.DeletionProtection.IsNull() || plan.DeletionProtection.IsUnknown() {
		plan.DeletionProtection = types.BoolValue(s.deletionProtection)
	}
	if plan.Table.IsUnknown() || plan.Name.IsUnknown() {
		return
	}
	if table, err := schema.ParseQualifiedName(plan.Table.ValueString()); err == nil {
		plan.ID = types.StringValue(schema.ColumnName{Table: table, Column: schema.Name(plan.Name.ValueString())}.String())
	}
}

func (columnKind) decode(_ context.Context, model *columnResourceModel) (tableColumn, diag.Diagnostics) {
	column, diags := model.decode(model.Name.ValueString())
	table, moreDiags := decodeTable(model.Table)
	diags.Append(moreDiags...)
	return tableColumn{table, column}, diags
}

func decodeTable(text types.String) (schema.QualifiedName, diag.Diagnostics) {
	var diags diag.Diagnostics
	table, err := schema.ParseQualifiedName(text.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("table"), "Invalid table", err.Error())
	}
	return table, diags
}

func (columnKind) encode(_ context.Context, object tableColumn, like *columnResourceModel) (columnResourceModel, diag.Diagnostics) {
	m := *like
	m.ID = types.StringValue(object.name().String())
	m.Table = types.StringValue(object.Table.String())
	m.Name = types.StringValue(string(object.Column.Name))
	m.columnModel = encodeColumn(object.Column, &like.columnModel)
	return m, nil
}

func (columnKind) id(object tableColumn) string { return object.name().String() }

// tablePartIdentityModel is the resource identity of what a table contains.
type tablePartIdentityModel struct {
	Schema types.String `tfsdk:"schema"`
	Table  types.String `tfsdk:"table"`
	Name   types.String `tfsdk:"name"`
}

func tablePartIdentity(table schema.QualifiedName, name schema.Name) tablePartIdentityModel {
	return tablePartIdentityModel{
		Schema: types.StringValue(string(table.Schema)),
		Table:  types.StringValue(string(table.Name)),
		Name:   types.StringValue(string(name)),
	}
}

// tablePart reads such an identity.
func tablePart(read func(any) error) (table schema.QualifiedName, name schema.Name, err error) {
	var identity tablePartIdentityModel
	if err := read(&identity); err != nil {
		return table, name, err
	}
	table = schema.QualifiedName{Schema: schemaOrPublic(identity.Schema), Name: schema.Name(identity.Table.ValueString())}
	name = schema.Name(identity.Name.ValueString())
	if err := table.Validate(); err != nil {
		return table, name, err
	}
	return table, name, name.Validate()
}

func (columnKind) identity(object tableColumn) any {
	return tablePartIdentity(object.Table, object.Column.Name)
}

func (columnKind) fromIdentity(read func(any) error) (columnResourceModel, error) {
	table, name, err := tablePart(read)
	return importedColumn(schema.ColumnName{Table: table, Column: name}), err
}

func (columnKind) parseID(id string) (columnResourceModel, error) {
	name, err := schema.ParseColumnName(id)
	return importedColumn(name), err
}

func importedColumn(name schema.ColumnName) columnResourceModel {
	return columnResourceModel{
		Table:       types.StringValue(name.Table.String()),
		Name:        types.StringValue(string(name.Column)),
		Acknowledge: types.SetNull(types.StringType),
		Operations:  types.ListNull(operationType),
		Retained:    types.ListNull(types.StringType),
	}
}

func (columnKind) relation(object tableColumn) relation { return relation{table: object.Table} }

func (columnKind) find(table *schema.Table, like tableColumn) *tableColumn {
	column := table.Column(like.Column.Name)
	if column == nil {
		return nil
	}
	return &tableColumn{table.Name, *column}
}

func (columnKind) adopt(desired *tableColumn, observed tableColumn) (rest bool) {
	return adoptColumn(&desired.Column, &observed.Column)
}

func (columnKind) ask(ctx context.Context, asker *asker, table *schema.Table, desired *tableColumn) diag.Diagnostics {
	return asker.column(ctx, table, &desired.Column)
}

func (columnKind) validate(desired tableColumn) []planner.Finding {
	return planner.ValidateColumn(desired.Column)
}

func (columnKind) plan(change planner.Change, table *schema.Table, desired tableColumn, prior, observed *tableColumn) planner.Plan {
	switch {
	case prior == nil:
	case prior.Table != desired.Table:
		return planner.Plan{Findings: []planner.Finding{*movedToTable("Column "+prior.name().String(), prior.Table, desired.Table)}}
	case prior.Column.Name != desired.Column.Name:
		return planner.PlanColumnRename(change, *table, prior.Column, desired.Column)
	}
	var column *schema.Column
	if observed != nil {
		column = &observed.Column
	}
	return planner.PlanColumn(change, *table, desired.Column, column)
}

func (columnKind) planDrop(change planner.Change, table *schema.Table, observed tableColumn) planner.Plan {
	return planner.PlanColumnDrop(change, *table, observed.Column)
}
