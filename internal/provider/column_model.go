// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// columnModel is a column as an element of a table's map; pgphase_column
// embeds the same fields.
type columnModel struct {
	Type        types.String    `tfsdk:"type"`
	Nullable    types.Bool      `tfsdk:"nullable"`
	Default     types.String    `tfsdk:"default"`
	Identity    types.String    `tfsdk:"identity"`
	Sequence    *sequenceModel  `tfsdk:"sequence"`
	Generated   *generatedModel `tfsdk:"generated"`
	Collation   types.String    `tfsdk:"collation"`
	Compression types.String    `tfsdk:"compression"`
	Storage     types.String    `tfsdk:"storage"`
	Statistics  types.Int64     `tfsdk:"statistics"`
	Comment     types.String    `tfsdk:"comment"`
	Backfill    types.String    `tfsdk:"backfill"`
	Up          types.String    `tfsdk:"up"`
	Down        types.String    `tfsdk:"down"`
	Replaces    *replacesModel  `tfsdk:"replaces"`
}

type replacesModel struct {
	Columns []types.String          `tfsdk:"columns"`
	Up      types.String            `tfsdk:"up"`
	Down    map[string]types.String `tfsdk:"down"`
}

func (m *replacesModel) decode() *schema.Replacement {
	if m == nil {
		return nil
	}
	replacement := &schema.Replacement{Columns: nameList(m.Columns), Up: expressionOf(m.Up)}
	for column, text := range m.Down {
		if replacement.Down == nil {
			replacement.Down = map[schema.Name]schema.Expression{}
		}
		replacement.Down[schema.Name(column)] = schema.Expression{Text: text.ValueString()}
	}
	return replacement
}

func (m *columnModel) conversion() *schema.Conversion {
	up, down := expressionOf(m.Up), expressionOf(m.Down)
	if up == nil && down == nil {
		return nil
	}
	return &schema.Conversion{Up: up, Down: down}
}

type sequenceModel struct {
	Start     types.Int64 `tfsdk:"start"`
	Increment types.Int64 `tfsdk:"increment"`
	MinValue  types.Int64 `tfsdk:"min_value"`
	MaxValue  types.Int64 `tfsdk:"max_value"`
	Cache     types.Int64 `tfsdk:"cache"`
	Cycle     types.Bool  `tfsdk:"cycle"`
}

type generatedModel struct {
	Expression types.String `tfsdk:"expression"`
	Kind       types.String `tfsdk:"kind"`
}

// complete fills what follows from the rest of the column. inPrimaryKey
// reports a column of the primary key.
func (m *columnModel) complete(inPrimaryKey bool) {
	if m.Nullable.IsNull() || m.Nullable.IsUnknown() {
		m.Nullable = types.BoolValue(!inPrimaryKey && m.Identity.IsNull())
	}
	if m.Sequence != nil && (m.Sequence.Cycle.IsNull() || m.Sequence.Cycle.IsUnknown()) {
		m.Sequence.Cycle = types.BoolValue(false)
	}
	if m.Generated != nil && (m.Generated.Kind.IsNull() || m.Generated.Kind.IsUnknown()) {
		m.Generated.Kind = types.StringValue("stored")
	}
}

func (m *columnModel) decode(name string) (schema.Column, diag.Diagnostics) {
	column := schema.Column{
		Name:        schema.Name(name),
		Type:        schema.Type{Text: m.Type.ValueString()},
		Nullable:    m.Nullable.ValueBool(),
		Default:     expressionOf(m.Default),
		Compression: m.Compression.ValueString(),
		Storage:     m.Storage.ValueString(),
		Comment:     m.Comment.ValueString(),
		Backfill:    expressionOf(m.Backfill),
		Replaces:    m.Replaces.decode(),
		Conversion:  m.conversion(),
	}
	var diags diag.Diagnostics
	column.Collation, diags = optionalQualifiedName(m.Collation, diags)
	if !m.Identity.IsNull() {
		column.Identity = &schema.Identity{Always: m.Identity.ValueString() == "always"}
		if s := m.Sequence; s != nil {
			column.Identity.Sequence = schema.SequenceOptions{
				Start: int64Pointer(s.Start), Increment: int64Pointer(s.Increment),
				MinValue: int64Pointer(s.MinValue), MaxValue: int64Pointer(s.MaxValue),
				Cache: int64Pointer(s.Cache), Cycle: s.Cycle.ValueBool(),
			}
		}
	}
	if m.Generated != nil {
		column.Generated = &schema.Generated{
			Expression: schema.Expression{Text: m.Generated.Expression.ValueString()},
			Virtual:    m.Generated.Kind.ValueString() == "virtual",
		}
	}
	if target := int64Pointer(m.Statistics); target != nil {
		n := int(*target)
		column.StatisticsTarget = &n
	}
	return column, diags
}

// encodeColumn renders a column in the server's spelling. How it is filled and
// converted, and what it replaces, is no part of a database: it is what the
// configuration says.
func encodeColumn(column schema.Column, like *columnModel) columnModel {
	m := columnModel{
		Type:        types.StringValue(column.Type.SQL()),
		Nullable:    types.BoolValue(column.Nullable || column.NotNullPending()),
		Default:     defaultText(column.Default),
		Collation:   qualifiedNameOrNull(column.Collation),
		Compression: stringOrNull(column.Compression),
		Storage:     stringOrNull(column.Storage),
		Comment:     stringOrNull(column.Comment),
	}
	if like != nil {
		m.Backfill, m.Replaces, m.Up, m.Down = like.Backfill, like.Replaces, like.Up, like.Down
	}
	if column.Identity != nil {
		m.Identity = types.StringValue("by default")
		if column.Identity.Always {
			m.Identity = types.StringValue("always")
		}
		m.Sequence = encodeSequence(column.Identity.Sequence, like)
	}
	if g := column.Generated; g != nil {
		kind := "stored"
		if g.Virtual {
			kind = "virtual"
		}
		m.Generated = &generatedModel{Expression: expressionText(&g.Expression), Kind: types.StringValue(kind)}
	}
	if column.StatisticsTarget != nil {
		m.Statistics = types.Int64Value(int64(*column.StatisticsTarget))
	}
	return m
}

// defaultText is null for the default NULL, which PostgreSQL does not store.
func defaultText(e *schema.Expression) types.String {
	if e != nil && e.Canonical == "NULL" {
		return types.StringNull()
	}
	return expressionText(e)
}

// encodeSequence is nil for a sequence with nothing but defaults, unless the
// configuration spells out an empty one.
func encodeSequence(options schema.SequenceOptions, like *columnModel) *sequenceModel {
	if options == (schema.SequenceOptions{}) && (like == nil || like.Sequence == nil) {
		return nil
	}
	return &sequenceModel{
		Start: types.Int64PointerValue(options.Start), Increment: types.Int64PointerValue(options.Increment),
		MinValue: types.Int64PointerValue(options.MinValue), MaxValue: types.Int64PointerValue(options.MaxValue),
		Cache: types.Int64PointerValue(options.Cache), Cycle: types.BoolValue(options.Cycle),
	}
}
