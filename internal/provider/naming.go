// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

const namingAttribute = "naming"

// namingSchema has a pattern for each kind of name.
func namingSchema() schema.Attribute {
	described := map[planner.NameKind]string{
		planner.TableName: "tables", planner.ColumnName: "columns", planner.PrimaryKeyName: "primary keys", planner.UniqueName: "unique constraints",
		planner.CheckName: "check constraints", planner.ExclusionName: "exclusion constraints", planner.ForeignKeyName: "foreign keys", planner.IndexName: "indexes",
		planner.SchemaName: "schemas", planner.EnumName: "enum types", planner.SequenceName: "sequences",
	}
	attributes := map[string]schema.Attribute{}
	for _, kind := range planner.NameKinds() {
		attributes[string(kind)] = schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Pattern for names of " + described[kind] + ", without their schema.",
			Validators:          []validator.String{patternValidator{}},
		}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Patterns that new names have to match, as regular expressions ([RE2](https://github.com/google/re2/wiki/Syntax), as those of Terraform's `regex`): " +
			"one without `^` and `$` may match a part of the name. A name that does not match is a warning (`naming_policy`), or what `hazards` makes of it; names that are " +
			"there already are left alone.",
		Attributes: attributes,
	}
}

// patternValidator accepts regular expressions.
type patternValidator struct{}

func (patternValidator) Description(context.Context) string { return "a regular expression" }

func (v patternValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (patternValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := regexp.Compile(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, fmt.Sprintf("%q is not a regular expression", req.ConfigValue.ValueString()),
			capitalize(err.Error())+". Patterns are written as for Terraform's function regex; a backslash is doubled within quotes.")
	}
}

// naming reads the patterns. What is not known yet asks for nothing.
func (m providerModel) naming() (planner.Naming, diag.Diagnostics) {
	var diags diag.Diagnostics
	naming := planner.Naming{}
	for kind, value := range m.patterns {
		if value.IsNull() || value.IsUnknown() {
			continue
		}
		pattern, err := regexp.Compile(value.ValueString())
		if err != nil {
			diags.AddAttributeError(path.Root(namingAttribute).AtName(string(kind)), "Not a regular expression", err.Error())
			continue
		}
		naming[kind] = pattern
	}
	return naming, diags
}
