// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// indexModel is pgphase_index.
type indexModel struct {
	ID               types.String    `tfsdk:"id"`
	Table            types.String    `tfsdk:"table"`
	Name             types.String    `tfsdk:"name"`
	Method           types.String    `tfsdk:"method"`
	Keys             []indexKeyModel `tfsdk:"keys"`
	Include          []types.String  `tfsdk:"include"`
	Where            types.String    `tfsdk:"where"`
	Unique           types.Bool      `tfsdk:"unique"`
	NullsNotDistinct types.Bool      `tfsdk:"nulls_not_distinct"`
	Options          types.Map       `tfsdk:"options"`
	Tablespace       types.String    `tfsdk:"tablespace"`
	Comment          types.String    `tfsdk:"comment"`
	Valid            types.Bool      `tfsdk:"valid"`
	Phase            types.String    `tfsdk:"phase"`
	Retained         types.List      `tfsdk:"retained"`
	Acknowledge      types.Set       `tfsdk:"acknowledge"`
	Operations       types.List      `tfsdk:"operations"`
	StrongestLock    types.String    `tfsdk:"strongest_lock"`
	Destructive      types.Bool      `tfsdk:"destructive"`
}

func indexSchema() rschema.Schema {
	attributes := map[string]rschema.Attribute{
		"id": rschema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`schema.index`, each part quoted where PostgreSQL would quote it.",
		},
		"table": tableAttribute("Table of the index"),
		"name": rschema.StringAttribute{
			Required: true, Validators: nameValidators(),
			MarkdownDescription: "Name of the index, without quotes: at most 63 bytes. The index is in the schema of its table. A new name renames the index.",
		},
		"method": rschema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("btree"), Validators: nameValidators(),
			MarkdownDescription: "Access method: `btree` (default), `hash`, `gin`, `gist`, `spgist`, `brin` or one of an extension.",
		},
		"keys": rschema.ListNestedAttribute{
			Required: true, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "Columns and expressions of the index, in their order.",
			NestedObject:        rschema.NestedAttributeObject{Attributes: indexKeyAttributes()},
		},
		"include": nameListAttribute(false, "Columns that the index stores besides its keys."),
		"where": rschema.StringAttribute{
			Optional: true, Validators: expressionValidators(),
			MarkdownDescription: "Condition of a partial index.",
		},
		"unique": rschema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether two rows may not have the same keys. Default: `false`.",
		},
		"nulls_not_distinct": rschema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether two NULLs count as equal in a unique index (PostgreSQL 15). Default: `false`.",
		},
		"options": rschema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Storage parameters: `{ fillfactor = 90 }`, `{ fastupdate = false }`.",
		},
		"tablespace": rschema.StringAttribute{
			Optional: true, Validators: nameValidators(),
			MarkdownDescription: "Tablespace of the index. Default: that of the database.",
		},
		"comment": rschema.StringAttribute{
			Optional: true, Validators: commentValidators(),
			MarkdownDescription: "Comment on the index.",
		},
		"valid": rschema.BoolAttribute{
			Computed:            true,
			MarkdownDescription: "Whether queries can use the index. `false` after an interrupted build; the next apply builds it again.",
		},
	}
	maps.Copy(attributes, redefinitionAttributes("index", "builds the new index under a temporary name", "index public.users_email_idx"))
	maps.Copy(attributes, planAttributes())
	return rschema.Schema{
		MarkdownDescription: "An index. It is built, replaced and dropped concurrently; a new definition is built under a temporary name before the old index goes.",
		Attributes:          attributes,
	}
}

func indexIdentitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"schema": identityschema.StringAttribute{OptionalForImport: true, Description: "Schema of the index and its table. Default: public."},
		"name":   identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the index."},
	}}
}

func (m *indexModel) complete() {
	for _, option := range []*types.Bool{&m.Unique, &m.NullsNotDistinct} {
		if option.IsNull() {
			*option = types.BoolValue(false)
		}
	}
	if m.Method.IsNull() {
		m.Method = types.StringValue("btree")
	}
	m.Valid = types.BoolValue(true)
	if m.Table.IsUnknown() || m.Table.IsNull() || m.Name.IsUnknown() {
		return
	}
	if table, err := schema.ParseQualifiedName(m.Table.ValueString()); err == nil {
		m.ID = types.StringValue(schema.QualifiedName{Schema: table.Schema, Name: schema.Name(m.Name.ValueString())}.String())
	}
}

func (m *indexModel) decode(ctx context.Context) (schema.Index, diag.Diagnostics) {
	index := schema.Index{
		Method: m.Method.ValueString(), Include: nameList(m.Include), Where: expressionOf(m.Where),
		Unique: m.Unique.ValueBool(), NullsNotDistinct: m.NullsNotDistinct.ValueBool(),
		Tablespace: schema.Name(m.Tablespace.ValueString()), Comment: m.Comment.ValueString(),
	}
	var diags diag.Diagnostics
	index.Options = stringMap(ctx, m.Options, &diags)
	keys, moreDiags := decodeIndexKeys(ctx, m.Keys)
	diags.Append(moreDiags...)
	index.Keys = keys
	for i, key := range m.Keys {
		if key.Column.IsNull() == key.Expression.IsNull() {
			diags.AddAttributeError(path.Root("keys").AtListIndex(i), "A key is a column or an expression",
				"Exactly one of column and expression has to be set.")
		}
	}
	if m.Table.IsNull() { // import: only the name of the index is known
		name, err := schema.ParseQualifiedName(m.ID.ValueString())
		if err != nil {
			diags.AddError("Invalid index", err.Error())
		}
		index.Name = name
		return index, diags
	}
	index.Table, moreDiags = decodeTable(m.Table)
	diags.Append(moreDiags...)
	index.Name = schema.QualifiedName{Schema: index.Table.Schema, Name: schema.Name(m.Name.ValueString())}
	return index, diags
}

func encodeIndex(index schema.Index, like *indexModel) indexModel {
	index = declaredIndex(index, like.Phase)
	m := *like
	m.ID = types.StringValue(index.Name.String())
	m.Table = types.StringValue(index.Table.String())
	m.Name = types.StringValue(string(index.Name.Name))
	m.Method = types.StringValue(index.Method)
	m.Keys = encodeIndexKeys(index.Keys)
	m.Include = stringsOfNames(index.Include)
	m.Where = expressionText(index.Where)
	m.Unique = types.BoolValue(index.Unique)
	m.NullsNotDistinct = types.BoolValue(index.NullsNotDistinct)
	m.Options = stringMapLike(index.Options, like.Options)
	m.Tablespace = stringOrNull(string(index.Tablespace))
	m.Comment = stringOrNull(index.Comment)
	m.Valid = types.BoolValue(!index.Invalid)
	return m
}
