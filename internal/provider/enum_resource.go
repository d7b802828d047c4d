// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// newEnumResource returns pgphase_enum.
func newEnumResource() resource.Resource {
	return newNeighbourResource[enumModel, schema.Enum](enumKind{})
}

// enumModel is pgphase_enum.
type enumModel struct {
	ID                 types.String `tfsdk:"id"`
	Schema             types.String `tfsdk:"schema"`
	Name               types.String `tfsdk:"name"`
	Values             types.List   `tfsdk:"values"`
	Comment            types.String `tfsdk:"comment"`
	DeletionProtection types.Bool   `tfsdk:"deletion_protection"`
	Acknowledge        types.Set    `tfsdk:"acknowledge"`
	Operations         types.List   `tfsdk:"operations"`
	StrongestLock      types.String `tfsdk:"strongest_lock"`
	Destructive        types.Bool   `tfsdk:"destructive"`
}

type enumKind struct{}

var _ neighbourKind[enumModel, schema.Enum] = enumKind{}

func (enumKind) typeName() string { return "enum" }

func (enumKind) schema() rschema.Schema {
	own := inSchemaAttributes("enum type", "`public.mood`. Columns refer to it: `type = pgphase_enum.<name>.id`, and `\"${pgphase_enum.<name>.id}[]\"` for an array.")
	own["values"] = rschema.ListAttribute{
		Required: true, ElementType: types.StringType,
		Validators: []validator.List{listvalidator.UniqueValues(), listvalidator.ValueStringsAre(labelValidator{})},
		MarkdownDescription: "The values in their sort order, each at most 63 bytes. New ones may stand anywhere; they are added in their places while reads and writes go on. " +
			"A value can neither be removed nor renamed nor change its place: that takes a second type, which the guide [Phases](../guides/phases.md) describes.",
	}
	return rschema.Schema{
		MarkdownDescription: "An enum type. Values are added online and in position, each in a transaction of its own, so that no statement uses one too early. " +
			"The type is dropped only when nothing uses it.",
		Attributes: neighbourAttributes("enum type", own),
	}
}

func (enumKind) identitySchema() identityschema.Schema { return inSchemaIdentity("enum type") }

func (enumKind) complete(m *enumModel, s settings) {
	completeProtection(&m.DeletionProtection, s)
	completeName(&m.ID, &m.Schema, m.Name)
}

func (enumKind) decode(_ context.Context, m *enumModel) (schema.Enum, diag.Diagnostics) {
	enum := schema.Enum{Name: qualified(m.Schema, m.Name), Comment: m.Comment.ValueString()}
	for _, element := range m.Values.Elements() { // an import has none
		if value, ok := element.(types.String); ok {
			enum.Values = append(enum.Values, value.ValueString())
		}
	}
	return enum, nil
}

func (enumKind) encode(_ context.Context, enum schema.Enum, like *enumModel) (enumModel, diag.Diagnostics) {
	m := *like
	m.ID, m.Schema, m.Name = types.StringValue(enum.Name.String()), types.StringValue(string(enum.Name.Schema)), types.StringValue(string(enum.Name.Name))
	m.Comment = stringOrNull(enum.Comment)
	m.Values = stringsOf(enum.Values)
	return m, nil
}

func (enumKind) id(enum schema.Enum) string    { return enum.Name.String() }
func (enumKind) identity(enum schema.Enum) any { return identityOf(enum.Name) }

func (enumKind) fromIdentity(read func(any) error) (enumModel, error) {
	name, err := nameFromIdentity(read)
	return importedEnum(name), err
}

func (enumKind) parseID(id string) (enumModel, error) {
	name, err := schema.ParseQualifiedName(id)
	return importedEnum(name), err
}

func importedEnum(name schema.QualifiedName) enumModel {
	return enumModel{
		Schema: types.StringValue(string(name.Schema)), Name: types.StringValue(string(name.Name)), Values: types.ListNull(types.StringType),
		Acknowledge: types.SetNull(types.StringType), Operations: types.ListNull(operationType),
	}
}

func (enumKind) name(enum schema.Enum) schema.QualifiedName { return enum.Name }

func (enumKind) find(snapshot *catalog.Snapshot, like schema.Enum) *schema.Enum {
	return snapshot.Enum(like.Name)
}

func (enumKind) mayAlter(snapshot *catalog.Snapshot, enum schema.Enum) (schema.Name, bool) {
	return snapshot.NeighbourOwner(enum.Name)
}

func (enumKind) check(a *announcements, snapshot *catalog.Snapshot, desired schema.Enum) []planner.Finding {
	if kind, taken := snapshot.Object(desired.Name); taken {
		return []planner.Finding{nameTaken(desired.Name.String(), kind)}
	}
	return creates(a, snapshot, "enum type", desired.Name)
}

// upcoming has a type with new values made anew under its name: a value that is
// added cannot be used in the same transaction (55P04).
func (enumKind) upcoming(desired schema.Enum, observed *schema.Enum) (upcoming, bool) {
	u := upcoming{enum: &desired, exists: func(s *catalog.Snapshot) bool {
		now := s.Enum(desired.Name)
		return now != nil && slices.Equal(now.Values, desired.Values)
	}}
	if observed != nil {
		aside := schema.DerivedName("old", desired.Name.Schema, desired.Name.Name)
		u.statements = append(u.statements, ddl.RenameType(desired.Name, aside))
	}
	u.statements = append(u.statements, ddl.CreateEnum(desired))
	return u, observed == nil || !slices.Equal(observed.Values, desired.Values)
}

func (enumKind) validate(schema.Enum) []planner.Finding { return nil }

func (enumKind) plan(desired schema.Enum, observed *schema.Enum) planner.Plan {
	return planner.PlanEnum(desired, observed)
}

func (enumKind) dependents(ctx context.Context, conn *pgx.Conn, observed schema.Enum) ([]catalog.Dependent, error) {
	return catalog.TypeDependents(ctx, conn, observed.Name)
}

func (enumKind) planDrop(observed schema.Enum, dependents planner.Dependents) planner.Plan {
	return planner.PlanEnumDrop(observed, dependents)
}

// labelValidator refuses what PostgreSQL could not store as a value.
type labelValidator struct{}

func (labelValidator) Description(context.Context) string { return "a label of at most 63 bytes" }

func (v labelValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (labelValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsUnknown() {
		return
	}
	if req.ConfigValue.IsNull() {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value of an enum", "A value cannot be null.")
		return
	}
	if problem := schema.InvalidLabel(req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid value of an enum",
			fmt.Sprintf("%q cannot be one: %s.", req.ConfigValue.ValueString(), problem))
	}
}
