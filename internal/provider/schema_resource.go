// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// newSchemaResource returns pgphase_schema.
func newSchemaResource() resource.Resource {
	return newNeighbourResource[schemaModel, schema.Namespace](schemaKind{})
}

// schemaModel is pgphase_schema.
type schemaModel struct {
	ID                 types.String `tfsdk:"id"`
	Name               types.String `tfsdk:"name"`
	Comment            types.String `tfsdk:"comment"`
	DeletionProtection types.Bool   `tfsdk:"deletion_protection"`
	Acknowledge        types.Set    `tfsdk:"acknowledge"`
	Operations         types.List   `tfsdk:"operations"`
	StrongestLock      types.String `tfsdk:"strongest_lock"`
	Destructive        types.Bool   `tfsdk:"destructive"`
}

type schemaKind struct{}

var _ neighbourKind[schemaModel, schema.Namespace] = schemaKind{}

func (schemaKind) typeName() string { return "schema" }

func (schemaKind) schema() rschema.Schema {
	return rschema.Schema{
		MarkdownDescription: "A schema. It is created before what is in it, and dropped only when it holds nothing; its owner and its privileges stay with whatever manages them today.",
		Attributes: neighbourAttributes("schema", map[string]rschema.Attribute{
			"id": rschema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The name, quoted where PostgreSQL would quote it.",
			},
			"name": rschema.StringAttribute{
				Required: true, Validators: nameValidators(),
				MarkdownDescription: "Name of the schema, without quotes: at most 63 bytes. It cannot change: code and `search_path` know it. Tables refer to it as `pgphase_schema.<name>.name`.",
			},
		}),
	}
}

func (schemaKind) identitySchema() identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"name": identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the schema."},
	}}
}

func (schemaKind) complete(m *schemaModel, s settings) {
	completeProtection(&m.DeletionProtection, s)
	if !m.Name.IsUnknown() {
		m.ID = types.StringValue(schema.Name(m.Name.ValueString()).Quote())
	}
}

func (schemaKind) decode(_ context.Context, m *schemaModel) (schema.Namespace, diag.Diagnostics) {
	return schema.Namespace{Name: schema.Name(m.Name.ValueString()), Comment: m.Comment.ValueString()}, nil
}

func (schemaKind) encode(_ context.Context, s schema.Namespace, like *schemaModel) (schemaModel, diag.Diagnostics) {
	m := *like
	m.ID, m.Name, m.Comment = types.StringValue(s.Name.Quote()), types.StringValue(string(s.Name)), stringOrNull(s.Comment)
	return m, nil
}

func (schemaKind) id(s schema.Namespace) string { return s.Name.Quote() }

// schemaIdentityModel is the resource identity of a schema.
type schemaIdentityModel struct {
	Name types.String `tfsdk:"name"`
}

func (schemaKind) identity(s schema.Namespace) any {
	return schemaIdentityModel{types.StringValue(string(s.Name))}
}

func (schemaKind) fromIdentity(read func(any) error) (schemaModel, error) {
	var identity schemaIdentityModel
	if err := read(&identity); err != nil {
		return schemaModel{}, err
	}
	name := schema.Name(identity.Name.ValueString())
	return importedSchema(name), name.Validate()
}

func (schemaKind) parseID(id string) (schemaModel, error) {
	name, err := schema.ParseOptionallyQualifiedName(id)
	if err == nil && name.Schema != "" {
		err = &schema.IDError{Text: id, Want: "schema", Reason: "it has two parts"}
	}
	return importedSchema(name.Name), err
}

func importedSchema(name schema.Name) schemaModel {
	return schemaModel{
		Name: types.StringValue(string(name)), Acknowledge: types.SetNull(types.StringType), Operations: types.ListNull(operationType),
	}
}

// name has no schema: nothing of a schema is read with the schema itself.
func (schemaKind) name(s schema.Namespace) schema.QualifiedName {
	return schema.QualifiedName{Name: s.Name}
}

func (schemaKind) find(snapshot *catalog.Snapshot, like schema.Namespace) *schema.Namespace {
	return snapshot.Namespace(like.Name)
}

func (schemaKind) mayAlter(snapshot *catalog.Snapshot, s schema.Namespace) (schema.Name, bool) {
	found, _ := snapshot.Schema(s.Name)
	return found.Owner, found.MayAlter
}

// check leaves to the server whether the role may create schemas in the database.
func (schemaKind) check(*announcements, *catalog.Snapshot, schema.Namespace) []planner.Finding {
	return nil
}

func (schemaKind) upcoming(desired schema.Namespace, observed *schema.Namespace) (upcoming, bool) {
	return upcoming{
		schema: desired.Name, statements: []string{ddl.CreateSchema(desired.Name)},
		exists: func(s *catalog.Snapshot) bool { return s.Namespace(desired.Name) != nil },
	}, observed == nil
}

// validate refuses the schemas that PostgreSQL and pgphase keep for themselves.
func (schemaKind) validate(desired schema.Namespace) []planner.Finding {
	refuse := func(detail string) []planner.Finding {
		return []planner.Finding{{
			Severity: hazard.Error, Refusal: true, Path: []string{"name"}, Summary: fmt.Sprintf("Schema %s cannot be managed", desired.Name), Detail: detail,
		}}
	}
	switch {
	case len(desired.Name) >= 3 && desired.Name[:3] == "pg_", desired.Name == "information_schema":
		return refuse("The system keeps information_schema and all names that begin with pg_ for itself.")
	case desired.Name == "pgphase":
		return refuse("pgphase keeps its ledger there, and creates the schema when a transition first needs it.")
	}
	return nil
}

func (schemaKind) plan(desired schema.Namespace, observed *schema.Namespace) planner.Plan {
	return planner.PlanSchema(desired, observed)
}

func (schemaKind) dependents(ctx context.Context, conn *pgx.Conn, observed schema.Namespace) ([]catalog.Dependent, error) {
	return catalog.SchemaContents(ctx, conn, observed.Name)
}

func (schemaKind) planDrop(observed schema.Namespace, contents planner.Dependents) planner.Plan {
	return planner.PlanSchemaDrop(observed, contents)
}
