// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// neighbourAttributes are those that all resources without a table share. what is
// the object: "enum type".
func neighbourAttributes(what string, own map[string]rschema.Attribute) map[string]rschema.Attribute {
	attributes := map[string]rschema.Attribute{
		"comment": rschema.StringAttribute{
			Optional: true, Validators: commentValidators(),
			MarkdownDescription: "Comment on the " + what + ".",
		},
		"deletion_protection": deletionProtectionAttribute(what),
	}
	maps.Copy(attributes, planAttributes())
	maps.Copy(attributes, own)
	return attributes
}

// inSchemaAttributes are id, schema and name of an object in a schema.
func inSchemaAttributes(what, label string) map[string]rschema.Attribute {
	return map[string]rschema.Attribute{
		"id": rschema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`schema.name`, each part quoted where PostgreSQL would quote it: " + label,
		},
		"schema": rschema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString("public"), Validators: nameValidators(),
			MarkdownDescription: "Schema of the " + what + ". Default: `public`. It cannot change.",
		},
		"name": rschema.StringAttribute{
			Required: true, Validators: nameValidators(),
			MarkdownDescription: "Name of the " + what + ", without quotes: at most 63 bytes. It cannot change: code knows it.",
		},
	}
}

func inSchemaIdentity(what string) identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"schema": identityschema.StringAttribute{OptionalForImport: true, Description: "Schema of the " + what + ". Default: public."},
		"name":   identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the " + what + "."},
	}}
}

// inSchemaIdentityModel is the resource identity of an object in a schema.
type inSchemaIdentityModel struct {
	Schema types.String `tfsdk:"schema"`
	Name   types.String `tfsdk:"name"`
}

func identityOf(name schema.QualifiedName) inSchemaIdentityModel {
	return inSchemaIdentityModel{types.StringValue(string(name.Schema)), types.StringValue(string(name.Name))}
}

func nameFromIdentity(read func(any) error) (schema.QualifiedName, error) {
	var identity inSchemaIdentityModel
	if err := read(&identity); err != nil {
		return schema.QualifiedName{}, err
	}
	name := schema.QualifiedName{Schema: schemaOrPublic(identity.Schema), Name: schema.Name(identity.Name.ValueString())}
	return name, name.Validate()
}

// completeName fills schema and id of an object in a schema.
func completeName(id, within *types.String, name types.String) {
	if within.IsNull() {
		*within = types.StringValue("public")
	}
	if !within.IsUnknown() && !name.IsUnknown() {
		*id = types.StringValue(qualified(*within, name).String())
	}
}

func qualified(within, name types.String) schema.QualifiedName {
	return schema.QualifiedName{Schema: schema.Name(within.ValueString()), Name: schema.Name(name.ValueString())}
}

func completeProtection(protection *types.Bool, s settings) {
	if protection.IsNull() || protection.IsUnknown() {
		*protection = types.BoolValue(s.deletionProtection)
	}
}
