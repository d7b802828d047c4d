// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// neighbourKind is what one type of neighbourResource adds: its attributes, how a
// model M becomes an object O and back, and which planner functions decide.
type neighbourKind[M, O any] interface { //nolint:interfacebloat // all that differs between resource types, in one place
	// typeName is the type without the provider's prefix: "enum".
	typeName() string
	schema() rschema.Schema
	identitySchema() identityschema.Schema

	// complete fills what the configuration leaves to the provider.
	complete(plan *M, settings settings)
	// decode turns a wholly known model into the desired object.
	decode(ctx context.Context, model *M) (O, diag.Diagnostics)
	// encode turns an object of the server into a model. What the database does
	// not know is copied from like.
	encode(ctx context.Context, object O, like *M) (M, diag.Diagnostics)

	id(object O) string
	identity(object O) any
	// parseID and fromIdentity make as much of a model as find needs.
	parseID(id string) (M, error)
	fromIdentity(read func(any) error) (M, error)

	// name is what the object is locked and read anew by.
	name(object O) schema.QualifiedName
	find(snapshot *catalog.Snapshot, like O) *O
	// mayAlter says whose the object is, and whether the role may change it.
	mayAlter(snapshot *catalog.Snapshot, object O) (owner schema.Name, may bool)
	// check finds what is in the way of a new object.
	check(a *announcements, snapshot *catalog.Snapshot, desired O) []planner.Finding
	// upcoming describes a new object, or one that changes, to what is planned
	// after it. It reports false where that makes no difference to anything.
	upcoming(desired O, observed *O) (upcoming, bool)

	validate(desired O) []planner.Finding
	plan(desired O, observed *O) planner.Plan
	// dependents are what a drop would meet.
	dependents(ctx context.Context, conn *pgx.Conn, observed O) ([]catalog.Dependent, error)
	planDrop(observed O, dependents planner.Dependents) planner.Plan
}

// neighbourResource carries the resources that belong to no table: the order of
// reading, planning, checking again and running is that of managedResource.
// Their objects have one spelling, no transition and no expression, which leaves
// little of it.
type neighbourResource[M, O any] struct {
	kind   neighbourKind[M, O]
	schema rschema.Schema
	db     *database
}

func newNeighbourResource[M, O any](k neighbourKind[M, O]) resource.Resource {
	return &neighbourResource[M, O]{kind: k, schema: k.schema()}
}

func (r *neighbourResource[M, O]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.kind.typeName()
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *neighbourResource[M, O]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

func (r *neighbourResource[M, O]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = r.kind.identitySchema()
}

func (r *neighbourResource[M, O]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.db, _ = req.ProviderData.(*database)
}

// ValidateConfig reports what needs no server to be seen.
func (r *neighbourResource[M, O]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if !knownExceptPlan(req.Config.Raw) {
		return
	}
	var model M
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.kind.complete(&model, defaultSettings())
	object, diags := r.kind.decode(ctx, &model)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	for _, finding := range r.kind.validate(object) {
		appendFinding(&resp.Diagnostics, finding, r.pathOf(finding), "")
	}
}

// Read refreshes the state from the shared snapshot, and leaves the object in
// private data for the plan.
func (r *neighbourResource[M, O]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	like, diags := r.kind.decode(ctx, &state)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// The framework insists on an identity, even of an object that is gone.
	r.setIdentity(ctx, resp.Identity, like, &resp.Diagnostics)
	if r.db == nil || !r.db.known() {
		return
	}
	r.db.announcements.alive()
	snapshot, err := r.db.snapshot(ctx)
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	now := r.kind.find(snapshot, like)
	if now == nil {
		resp.State.RemoveResource(ctx)
		return
	}
	model, diags := r.kind.encode(ctx, *now, &state)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(refreshObserved(ctx, req.Private, resp.Private, *now, nil)...)
}

// ImportState takes an id or a resource identity; Read does the rest.
func (r *neighbourResource[M, O]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	model, err := r.imported(ctx, req)
	if err != nil {
		resp.Diagnostics.AddError(fmt.Sprintf("Cannot import %q as pgphase_%s", req.ID, r.kind.typeName()), err.Error())
		return
	}
	settings := defaultSettings()
	if r.db != nil {
		settings = r.db.settings
	}
	r.kind.complete(&model, settings)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setOperations(ctx, &resp.State, nil)...)
}

func (r *neighbourResource[M, O]) imported(ctx context.Context, req resource.ImportStateRequest) (M, error) {
	if req.ID != "" || req.Identity == nil {
		return r.kind.parseID(req.ID)
	}
	return r.kind.fromIdentity(func(target any) error {
		diags := req.Identity.Get(ctx, target)
		if diags.HasError() {
			return fmt.Errorf("read the identity: %s", diags.Errors()[0].Detail())
		}
		return nil
	})
}

func (r *neighbourResource[M, O]) setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, object O, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.Set(ctx, r.kind.identity(object))...)
	}
}

// pathOf finds the attribute of a finding.
func (r *neighbourResource[M, O]) pathOf(finding planner.Finding) path.Path {
	if len(finding.Path) == 0 || r.schema.Attributes[finding.Path[0]] == nil {
		return path.Empty()
	}
	return attributePath(finding.Path)
}
