// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Conversions between values of the framework and the words of package schema.

func expressionOf(text types.String) *schema.Expression {
	if text.IsNull() || text.IsUnknown() {
		return nil
	}
	return &schema.Expression{Text: text.ValueString()}
}

// expressionText is the server's spelling where it is known.
func expressionText(e *schema.Expression) types.String {
	if e == nil {
		return types.StringNull()
	}
	if e.Canonical != "" {
		return types.StringValue(e.Canonical)
	}
	return types.StringValue(e.Text)
}

// optionalQualifiedName reads the name of a collation or operator class, which
// may stand without a schema: the search path finds it then.
func optionalQualifiedName(text types.String, diags diag.Diagnostics) (schema.QualifiedName, diag.Diagnostics) {
	if text.IsNull() || text.IsUnknown() {
		return schema.QualifiedName{}, diags
	}
	name, err := schema.ParseOptionallyQualifiedName(text.ValueString())
	if err != nil {
		diags.AddError("Invalid name "+text.ValueString(), err.Error())
	}
	return name, diags
}

func qualifiedNameOrNull(name schema.QualifiedName) types.String {
	if name.IsZero() {
		return types.StringNull()
	}
	// A name of pg_catalog is always found: every search path has it.
	if name.Schema == "pg_catalog" {
		name.Schema = ""
	}
	return types.StringValue(name.String())
}

func stringMap(ctx context.Context, value types.Map, diags *diag.Diagnostics) map[string]string {
	if value.IsNull() || value.IsUnknown() || len(value.Elements()) == 0 {
		return nil
	}
	elements := map[string]string{}
	diags.Append(value.ElementsAs(ctx, &elements, false)...)
	return elements
}

func stringMapOrNull(elements map[string]string) types.Map {
	if len(elements) == 0 {
		return types.MapNull(types.StringType)
	}
	values := make(map[string]attr.Value, len(elements))
	for name, text := range elements {
		values[name] = types.StringValue(text)
	}
	return types.MapValueMust(types.StringType, values)
}

func nameList(values []types.String) []schema.Name {
	if len(values) == 0 {
		return nil
	}
	names := make([]schema.Name, len(values))
	for i, value := range values {
		names[i] = schema.Name(value.ValueString())
	}
	return names
}

func stringsOfNames(names []schema.Name) []types.String {
	if len(names) == 0 {
		return nil
	}
	values := make([]types.String, len(names))
	for i, name := range names {
		values[i] = types.StringValue(string(name))
	}
	return values
}

func int64Pointer(value types.Int64) *int64 {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	n := value.ValueInt64()
	return &n
}

// oneOf restricts a string to the given words.
func oneOf(words ...string) []validator.String {
	return []validator.String{stringvalidator.OneOf(words...)}
}

func nameValidators() []validator.String { return []validator.String{nameValidator{}} }

func expressionValidators() []validator.String { return []validator.String{expressionValidator{}} }

// nameValidator refuses what PostgreSQL could not store as an identifier.
type nameValidator struct{}

func (nameValidator) Description(context.Context) string {
	return "an identifier of at most 63 bytes, written without quotes"
}

func (v nameValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (nameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	text := req.ConfigValue.ValueString()
	if err := schema.Name(text).Validate(); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid name", err.Error())
		return
	}
	if len(text) > 1 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		resp.Diagnostics.AddAttributeWarning(req.Path, "Name "+text+" contains double quotes",
			"Names are written without SQL quotes here; these quotes become a part of the name.")
	}
}

// expressionValidator refuses what cannot be one SQL expression, whatever the
// server thinks of its content.
type expressionValidator struct{}

func (expressionValidator) Description(context.Context) string { return "one SQL expression" }

func (v expressionValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (expressionValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := (schema.Expression{Text: req.ConfigValue.ValueString()}).Validate(); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid SQL expression", err.Error())
	}
}

// typeValidator refuses what cannot be the name of one data type.
type typeValidator struct{}

func (typeValidator) Description(context.Context) string { return "a data type" }

func (v typeValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (typeValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := (schema.Type{Text: req.ConfigValue.ValueString()}).Validate(); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid data type", err.Error())
	}
}

// qualifiedNameValidator refuses what is not name or schema.name.
type qualifiedNameValidator struct{}

func (qualifiedNameValidator) Description(context.Context) string {
	return "name or schema.name, quoted as in SQL"
}

func (v qualifiedNameValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (qualifiedNameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := schema.ParseOptionallyQualifiedName(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid name", err.Error())
	}
}

// tableIDValidator refuses what is not schema.table.
type tableIDValidator struct{}

func (tableIDValidator) Description(context.Context) string { return "schema.table, quoted as in SQL" }

func (v tableIDValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (tableIDValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := schema.ParseQualifiedName(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid table", err.Error()+
			"\n\nA table is named schema.table; the attribute id of a pgphase_table is such a name.")
	}
}

// commentValidators refuse the empty comment, which PostgreSQL does not store.
func commentValidators() []validator.String {
	return []validator.String{stringvalidator.LengthAtLeast(1)}
}
