// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// indexKeyModel is one key of an index, an exclusion constraint or a partition
// key.
type indexKeyModel struct {
	Column               types.String `tfsdk:"column"`
	Expression           types.String `tfsdk:"expression"`
	Collation            types.String `tfsdk:"collation"`
	OperatorClass        types.String `tfsdk:"operator_class"`
	OperatorClassOptions types.Map    `tfsdk:"operator_class_options"`
	Order                types.String `tfsdk:"order"`
	Nulls                types.String `tfsdk:"nulls"`
}

func indexKeyAttributes() map[string]rschema.Attribute {
	return map[string]rschema.Attribute{
		"column": rschema.StringAttribute{
			Optional: true, Validators: nameValidators(),
			MarkdownDescription: "Name of a column. Either `column` or `expression` is set.",
		},
		"expression": rschema.StringAttribute{
			Optional: true, Validators: expressionValidators(),
			MarkdownDescription: "An SQL expression over the columns of the row, in any spelling that PostgreSQL accepts: `lower(email)`.",
		},
		"collation": rschema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Collation of the key, where it differs from that of the column: `\"C\"`, `pg_catalog.\"de-x-icu\"`. Quoted as in SQL.",
		},
		"operator_class": rschema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Operator class, where it differs from the default one of type and method: `text_pattern_ops`, `public.gin_trgm_ops`.",
		},
		"operator_class_options": rschema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Parameters of the operator class: `{ siglen = 32 }`.",
		},
		"order": rschema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("asc"),
			Validators:          oneOf("asc", "desc"),
			MarkdownDescription: "`asc` (default) or `desc`.",
		},
		"nulls": rschema.StringAttribute{
			Optional: true, Validators: oneOf("first", "last"),
			MarkdownDescription: "`first` or `last`; by default nulls sort as larger than every value: last for `asc`, first for `desc`.",
		},
	}
}

func partitionKeyAttributes() map[string]rschema.Attribute {
	attributes := indexKeyAttributes()
	delete(attributes, "operator_class_options")
	delete(attributes, "order")
	delete(attributes, "nulls")
	return attributes
}

// partitionKeyModel is one key of PARTITION BY.
type partitionKeyModel struct {
	Column        types.String `tfsdk:"column"`
	Expression    types.String `tfsdk:"expression"`
	Collation     types.String `tfsdk:"collation"`
	OperatorClass types.String `tfsdk:"operator_class"`
}

func (m indexKeyModel) decode(ctx context.Context) (schema.IndexKey, diag.Diagnostics) {
	key := schema.IndexKey{
		Column:     schema.Name(m.Column.ValueString()),
		Expression: expressionOf(m.Expression),
		Descending: m.Order.ValueString() == "desc",
	}
	var diags diag.Diagnostics
	key.Collation, diags = optionalQualifiedName(m.Collation, diags)
	key.OperatorClass, diags = optionalQualifiedName(m.OperatorClass, diags)
	key.OperatorClassOptions = stringMap(ctx, m.OperatorClassOptions, &diags)
	if !m.Nulls.IsNull() {
		first := m.Nulls.ValueString() == "first"
		// The default of the direction is no statement of its own.
		if first != key.Descending {
			key.NullsFirst = &first
		}
	}
	return key, diags
}

func encodeIndexKey(key schema.IndexKey) indexKeyModel {
	m := indexKeyModel{
		Column:               stringOrNull(string(key.Column)),
		Expression:           expressionText(key.Expression),
		Collation:            qualifiedNameOrNull(key.Collation),
		OperatorClass:        qualifiedNameOrNull(key.OperatorClass),
		OperatorClassOptions: stringMapOrNull(key.OperatorClassOptions),
		Order:                types.StringValue("asc"),
		Nulls:                types.StringNull(),
	}
	if key.Descending {
		m.Order = types.StringValue("desc")
	}
	if key.NullsFirst != nil {
		m.Nulls = types.StringValue("last")
		if *key.NullsFirst {
			m.Nulls = types.StringValue("first")
		}
	}
	return m
}

func decodeIndexKeys(ctx context.Context, models []indexKeyModel) ([]schema.IndexKey, diag.Diagnostics) {
	var diags diag.Diagnostics
	keys := make([]schema.IndexKey, len(models))
	for i, m := range models {
		key, moreDiags := m.decode(ctx)
		diags.Append(moreDiags...)
		keys[i] = key
	}
	return keys, diags
}

func encodeIndexKeys(keys []schema.IndexKey) []indexKeyModel {
	models := make([]indexKeyModel, len(keys))
	for i, key := range keys {
		models[i] = encodeIndexKey(key)
	}
	return models
}
