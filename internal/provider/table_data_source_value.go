// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// tableDataValue renders a table as the value of the data source: what the
// resources make of it, without the attributes that only a resource has.
func tableDataValue(ctx context.Context, table schema.Table, size schema.Size, as tftypes.Object) (tftypes.Value, diag.Diagnostics) {
	everything := importedTable(table.Name)
	whole := table
	whole.PartitionOf = schema.QualifiedName{} // its columns and constraints are shown as well
	model, diags := encodeTable(ctx, whole, &everything)
	model.PartitionOf = encodePartitionOf(table)
	value, moreDiags := resourceValue(ctx, tableSchema(), &model)
	diags.Append(moreDiags...)

	indexes := map[string]tftypes.Value{}
	for _, index := range table.Indexes {
		blank := importedIndex(index.Name)
		model := encodeIndex(index, &blank)
		value, moreDiags := resourceValue(ctx, indexSchema(), &model)
		diags.Append(moreDiags...)
		indexes[string(index.Name.Name)] = project(value, elementType(as, "indexes"), map[string]tftypes.Value{
			"constraint": stringValueOrNull(string(index.Constraint)),
		})
	}
	foreignKeys := map[string]tftypes.Value{}
	for _, fk := range table.ForeignKeys {
		blank := importedForeignKey(fk.Table, fk.Name)
		model := encodeForeignKey(fk, &blank)
		value, moreDiags := resourceValue(ctx, foreignKeySchema(), &model)
		diags.Append(moreDiags...)
		foreignKeys[string(fk.Name)] = project(value, elementType(as, "foreign_keys"), nil)
	}
	if diags.HasError() {
		return tftypes.Value{}, diags
	}
	rows := tftypes.NewValue(tftypes.Number, nil)
	if size.Rows >= 0 {
		rows = tftypes.NewValue(tftypes.Number, size.Rows)
	}
	return project(value, as, map[string]tftypes.Value{
		"indexes":      tftypes.NewValue(as.AttributeTypes["indexes"], indexes),
		"foreign_keys": tftypes.NewValue(as.AttributeTypes["foreign_keys"], foreignKeys),
		"size":         tftypes.NewValue(tftypes.Number, size.TotalBytes),
		"row_estimate": rows,
	}), diags
}

// resourceValue is the value that a resource would store of a model.
func resourceValue(ctx context.Context, s rschema.Schema, model any) (tftypes.Value, diag.Diagnostics) {
	state := tfsdk.State{Schema: s, Raw: tftypes.NewValue(s.Type().TerraformType(ctx), nil)}
	diags := state.Set(ctx, model)
	return state.Raw, diags
}

func elementType(object tftypes.Object, attribute string) tftypes.Type {
	named, _ := object.AttributeTypes[attribute].(tftypes.Map)
	return named.ElementType
}

func stringValueOrNull(text string) tftypes.Value {
	if text == "" {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return tftypes.NewValue(tftypes.String, text)
}

// project makes a value of another type that has fewer attributes somewhere.
// more are the attributes of the outermost object that value does not have.
func project(value tftypes.Value, as tftypes.Type, more map[string]tftypes.Value) tftypes.Value {
	if value.IsNull() {
		return tftypes.NewValue(as, nil)
	}
	switch as := as.(type) {
	case tftypes.Object:
		from := elements[map[string]tftypes.Value](value)
		to := make(map[string]tftypes.Value, len(as.AttributeTypes))
		for name, attribute := range as.AttributeTypes {
			if added, ok := more[name]; ok {
				to[name] = added
			} else {
				to[name] = project(from[name], attribute, nil)
			}
		}
		return tftypes.NewValue(as, to)
	case tftypes.Map:
		from := elements[map[string]tftypes.Value](value)
		to := make(map[string]tftypes.Value, len(from))
		for name, element := range from {
			to[name] = project(element, as.ElementType, nil)
		}
		return tftypes.NewValue(as, to)
	case tftypes.List:
		from := elements[[]tftypes.Value](value)
		to := make([]tftypes.Value, len(from))
		for i, element := range from {
			to[i] = project(element, as.ElementType, nil)
		}
		return tftypes.NewValue(as, to)
	default:
		return value
	}
}

// elements unpacks a value whose type is known by its schema.
func elements[T any](value tftypes.Value) (unpacked T) {
	if err := value.As(&unpacked); err != nil {
		panic(fmt.Sprintf("a value is not of its own type: %v", err))
	}
	return unpacked
}
