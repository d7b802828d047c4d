// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// foreignKeyModel is pgphase_foreign_key.
type foreignKeyModel struct {
	ID                types.String     `tfsdk:"id"`
	Table             types.String     `tfsdk:"table"`
	Name              types.String     `tfsdk:"name"`
	Columns           []types.String   `tfsdk:"columns"`
	References        *referencesModel `tfsdk:"references"`
	Match             types.String     `tfsdk:"match"`
	OnDelete          types.String     `tfsdk:"on_delete"`
	OnDeleteColumns   []types.String   `tfsdk:"on_delete_columns"`
	OnUpdate          types.String     `tfsdk:"on_update"`
	Deferrable        types.Bool       `tfsdk:"deferrable"`
	InitiallyDeferred types.Bool       `tfsdk:"initially_deferred"`
	NotValid          types.Bool       `tfsdk:"not_valid"`
	Comment           types.String     `tfsdk:"comment"`
	Phase             types.String     `tfsdk:"phase"`
	Retained          types.List       `tfsdk:"retained"`
	Acknowledge       types.Set        `tfsdk:"acknowledge"`
	Operations        types.List       `tfsdk:"operations"`
	StrongestLock     types.String     `tfsdk:"strongest_lock"`
	Destructive       types.Bool       `tfsdk:"destructive"`
}

type referencesModel struct {
	Table   types.String   `tfsdk:"table"`
	Columns []types.String `tfsdk:"columns"`
}

func foreignKeySchema() rschema.Schema {
	actions := []string{"no action", "restrict", "cascade", "set null", "set default"}
	action := func(event string) rschema.Attribute {
		return rschema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("no action"), Validators: oneOf(actions...),
			MarkdownDescription: "What happens to the row when the referenced one is " + event + ": `no action` (default), `restrict`, `cascade`, `set null` or `set default`.",
		}
	}
	flag := func(description string) rschema.Attribute {
		return rschema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(false), MarkdownDescription: description}
	}
	attributes := map[string]rschema.Attribute{
		"id": rschema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`schema.table.constraint`, each part quoted where PostgreSQL would quote it.",
		},
		"table": tableAttribute("Referencing table"),
		"name": rschema.StringAttribute{
			Required: true, Validators: nameValidators(),
			MarkdownDescription: "Name of the constraint, without quotes: at most 63 bytes. A new name renames the constraint.",
		},
		"columns": nameListAttribute(true, "Referencing columns, in their order."),
		"references": rschema.SingleNestedAttribute{
			Required:            true,
			MarkdownDescription: "What the columns refer to.",
			Attributes: map[string]rschema.Attribute{
				"table": rschema.StringAttribute{
					Required: true, Validators: []validator.String{tableIDValidator{}},
					MarkdownDescription: "Referenced table as `schema.table`: the `id` of a `pgphase_table`.",
				},
				"columns": nameListAttribute(true, "Referenced columns, in the order of `columns`. They have a primary key or unique constraint."),
			},
		},
		"match": rschema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("simple"), Validators: oneOf("simple", "full"),
			MarkdownDescription: "`simple` (default): a row with a NULL in any of the columns refers to nothing; `full`: all or none are NULL.",
		},
		"on_delete":          action("deleted"),
		"on_delete_columns":  nameListAttribute(false, "Columns that `set null` and `set default` of `on_delete` are limited to (PostgreSQL 15)."),
		"on_update":          action("updated"),
		"deferrable":         flag("Whether the check can be put off to the end of the transaction. Default: `false`."),
		"initially_deferred": flag("Whether the check is put off by default. Needs `deferrable`. Default: `false`."),
		"not_valid":          flag("Whether rows that existed before the constraint are left unproven. Default: `false`."),
		"comment": rschema.StringAttribute{
			Optional: true, Validators: commentValidators(),
			MarkdownDescription: "Comment on the constraint.",
		},
	}
	maps.Copy(attributes, redefinitionAttributes("foreign key", "adds the new foreign key NOT VALID beside the old one, under a temporary name (before PostgreSQL 18, "+
		"that of a partitioned table is proven at once)", "foreign key public.orders.orders_user_fk"))
	maps.Copy(attributes, planAttributes())
	return rschema.Schema{
		MarkdownDescription: "A foreign key. A resource of its own, so that two tables may refer to each other. " +
			"It is added NOT VALID and validated afterwards, so that no scan blocks writes.",
		Attributes: attributes,
	}
}

func (m *foreignKeyModel) complete() {
	for _, option := range []*types.Bool{&m.Deferrable, &m.InitiallyDeferred, &m.NotValid} {
		if option.IsNull() {
			*option = types.BoolValue(false)
		}
	}
	if m.Table.IsUnknown() || m.Name.IsUnknown() {
		return
	}
	if table, err := schema.ParseQualifiedName(m.Table.ValueString()); err == nil {
		m.ID = types.StringValue(foreignKeyID(table, schema.Name(m.Name.ValueString())))
	}
}

func (m *foreignKeyModel) decode() (schema.ForeignKey, diag.Diagnostics) {
	fk := schema.ForeignKey{
		Name: schema.Name(m.Name.ValueString()), Columns: nameList(m.Columns), MatchFull: m.Match.ValueString() == "full",
		OnDelete: referentialAction(m.OnDelete), OnDeleteColumns: nameList(m.OnDeleteColumns), OnUpdate: referentialAction(m.OnUpdate),
		Deferral: deferral(m.Deferrable, m.InitiallyDeferred), NotValid: m.NotValid.ValueBool(), Comment: m.Comment.ValueString(),
	}
	var diags diag.Diagnostics
	fk.Table, diags = decodeTable(m.Table)
	if m.References == nil { // import: only the name is known
		return fk, diags
	}
	references, err := schema.ParseQualifiedName(m.References.Table.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("references"), "Invalid table", err.Error())
	}
	fk.References, fk.ReferencedColumns = references, nameList(m.References.Columns)
	if len(fk.Columns) != len(fk.ReferencedColumns) {
		diags.AddAttributeError(path.Root("references"), "As many columns on both sides",
			"columns and references.columns name the same number of columns, in the same order.")
	}
	return fk, diags
}

func encodeForeignKey(fk schema.ForeignKey, like *foreignKeyModel) foreignKeyModel {
	fk = declaredForeignKey(fk, like)
	m := *like
	m.ID = types.StringValue(foreignKeyID(fk.Table, fk.Name))
	m.Table = types.StringValue(fk.Table.String())
	m.Name = types.StringValue(string(fk.Name))
	m.Columns = stringsOfNames(fk.Columns)
	m.References = &referencesModel{Table: types.StringValue(fk.References.String()), Columns: stringsOfNames(fk.ReferencedColumns)}
	m.Match = types.StringValue("simple")
	if fk.MatchFull {
		m.Match = types.StringValue("full")
	}
	m.OnDelete = encodeReferentialAction(fk.OnDelete)
	m.OnDeleteColumns = stringsOfNames(fk.OnDeleteColumns)
	m.OnUpdate = encodeReferentialAction(fk.OnUpdate)
	m.Deferrable = types.BoolValue(fk.Deferrable)
	m.InitiallyDeferred = types.BoolValue(fk.InitiallyDeferred)
	m.NotValid = types.BoolValue(fk.NotValid)
	m.Comment = stringOrNull(fk.Comment)
	return m
}

func referentialAction(word types.String) schema.ReferentialAction {
	if word.IsNull() || word.ValueString() == "no action" {
		return schema.NoAction
	}
	return schema.ReferentialAction(strings.ToUpper(word.ValueString()))
}

func encodeReferentialAction(action schema.ReferentialAction) types.String {
	if action == schema.NoAction {
		return types.StringValue("no action")
	}
	return types.StringValue(strings.ToLower(string(action)))
}
