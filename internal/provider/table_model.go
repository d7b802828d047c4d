// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// tableModel is pgphase_table.
type tableModel struct {
	ID                 types.String              `tfsdk:"id"`
	Schema             types.String              `tfsdk:"schema"`
	Name               types.String              `tfsdk:"name"`
	Columns            map[string]columnModel    `tfsdk:"columns"`
	IgnoredColumns     types.Set                 `tfsdk:"ignored_columns"`
	PrimaryKey         *keyModel                 `tfsdk:"primary_key"`
	Unique             map[string]uniqueModel    `tfsdk:"unique"`
	Checks             map[string]checkModel     `tfsdk:"checks"`
	Exclusions         map[string]exclusionModel `tfsdk:"exclusions"`
	Comment            types.String              `tfsdk:"comment"`
	Options            types.Map                 `tfsdk:"options"`
	Unlogged           types.Bool                `tfsdk:"unlogged"`
	Tablespace         types.String              `tfsdk:"tablespace"`
	ReplicaIdentity    *replicaIdentityModel     `tfsdk:"replica_identity"`
	PartitionBy        *partitionByModel         `tfsdk:"partition_by"`
	PartitionOf        *partitionOfModel         `tfsdk:"partition_of"`
	RenamedFrom        types.String              `tfsdk:"renamed_from"`
	DeletionProtection types.Bool                `tfsdk:"deletion_protection"`
	Phase              types.String              `tfsdk:"phase"`
	Verify             types.Bool                `tfsdk:"verify"`
	Retained           types.List                `tfsdk:"retained"`
	Acknowledge        types.Set                 `tfsdk:"acknowledge"`
	Operations         types.List                `tfsdk:"operations"`
	StrongestLock      types.String              `tfsdk:"strongest_lock"`
	Destructive        types.Bool                `tfsdk:"destructive"`
}

// indexBackedModel is what primary key, unique and exclusion constraints share.
type indexBackedModel struct {
	Include           []types.String `tfsdk:"include"`
	Deferrable        types.Bool     `tfsdk:"deferrable"`
	InitiallyDeferred types.Bool     `tfsdk:"initially_deferred"`
	Options           types.Map      `tfsdk:"options"`
	Tablespace        types.String   `tfsdk:"tablespace"`
	Comment           types.String   `tfsdk:"comment"`
}

type keyModel struct {
	Name    types.String   `tfsdk:"name"`
	Columns []types.String `tfsdk:"columns"`
	indexBackedModel
}

type uniqueModel struct {
	Columns          []types.String `tfsdk:"columns"`
	NullsNotDistinct types.Bool     `tfsdk:"nulls_not_distinct"`
	indexBackedModel
}

type checkModel struct {
	Expression types.String `tfsdk:"expression"`
	NoInherit  types.Bool   `tfsdk:"no_inherit"`
	NotValid   types.Bool   `tfsdk:"not_valid"`
	Comment    types.String `tfsdk:"comment"`
}

type exclusionModel struct {
	Method   types.String            `tfsdk:"method"`
	Elements []exclusionElementModel `tfsdk:"elements"`
	Where    types.String            `tfsdk:"where"`
	indexBackedModel
}

type exclusionElementModel struct {
	indexKeyModel
	Operator types.String `tfsdk:"operator"`
}

type replicaIdentityModel struct {
	Mode  types.String `tfsdk:"mode"`
	Index types.String `tfsdk:"index"`
}

type partitionByModel struct {
	Strategy types.String        `tfsdk:"strategy"`
	Keys     []partitionKeyModel `tfsdk:"keys"`
}

func (m *tableModel) qualifiedName() schema.QualifiedName {
	return schema.QualifiedName{Schema: schema.Name(m.Schema.ValueString()), Name: schema.Name(m.Name.ValueString())}
}

// complete fills the names and defaults that the configuration leaves open, as
// far as they can be known.
func (m *tableModel) complete(state *tableModel, s settings) {
	if m.Schema.IsNull() {
		m.Schema = types.StringValue("public")
	}
	named := !m.Schema.IsUnknown() && !m.Name.IsUnknown()
	if named {
		m.ID = types.StringValue(m.qualifiedName().String())
	}
	if m.DeletionProtection.IsNull() || m.DeletionProtection.IsUnknown() {
		m.DeletionProtection = types.BoolValue(s.deletionProtection)
	}
	if m.Verify.IsNull() {
		m.Verify = types.BoolValue(true)
	}
	if m.Unlogged.IsNull() {
		m.Unlogged = types.BoolValue(false)
	}
	var keyColumns []types.String
	if key := m.PrimaryKey; key != nil {
		keyColumns = key.Columns
		if key.Name.IsNull() || key.Name.IsUnknown() {
			switch {
			case state != nil && state.PrimaryKey != nil:
				key.Name = state.PrimaryKey.Name
			case named:
				key.Name = types.StringValue(string(schema.ConstraintName(schema.Name(m.Name.ValueString()), "pkey")))
			}
		}
	}
	for name, column := range m.Columns {
		column.complete(slices.ContainsFunc(keyColumns, func(key types.String) bool { return key.ValueString() == name }))
		m.Columns[name] = column
	}
}
