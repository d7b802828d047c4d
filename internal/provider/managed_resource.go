// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// managedResource carries every resource of the provider: a kind says what is
// particular to a type, and the order of reading, planning, checking again and
// running is the same for all.
type managedResource[M, O any] struct {
	kind   kind[M, O]
	schema rschema.Schema
	db     *database
}

func newManagedResource[M, O any](k kind[M, O]) resource.Resource {
	return &managedResource[M, O]{kind: k, schema: k.schema()}
}

func (r *managedResource[M, O]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.kind.typeName()
	// A rename changes the identity of an object that stays the same.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *managedResource[M, O]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema
}

func (r *managedResource[M, O]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = r.kind.identitySchema()
}

func (r *managedResource[M, O]) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.db, _ = req.ProviderData.(*database)
}

// ValidateConfig reports what needs no server to be seen, as soon as every
// value of the configuration is known.
func (r *managedResource[M, O]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	if !knownExceptPlan(req.Config.Raw) {
		return
	}
	var model M
	if !readModel(ctx, req.Config.Raw, r.schema.Type(), &model) {
		model = *new(M)
		resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	r.kind.complete(&model, nil, defaultSettings())
	resp.Diagnostics.Append(r.consistent(&model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	object, diags := r.kind.decode(ctx, &model)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	for _, finding := range r.kind.validate(object) {
		appendFinding(&resp.Diagnostics, finding, r.pathOf(finding), "")
	}
}

// suspending is a kind whose objects another resource may take away for a
// while. Where that was interrupted, such an object stays in the state as it
// was: who took it away plans its return, and a plan to create it as well would
// turn into another one while that runs.
type suspending[O any] interface {
	suspended(table *schema.Table, object O) bool
}

// Read refreshes the state from the catalog snapshot that all resources of a
// run share, and leaves the table in private data for the plan.
func (r *managedResource[M, O]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
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
	if r.db == nil || !r.db.known() {
		// The framework insists on an identity where it has an object.
		r.setIdentity(ctx, resp.Identity, like, &resp.Diagnostics)
		return
	}
	r.db.announcements.alive()
	table, err := r.db.lookup(ctx, r.kind.relation(like))
	if err == nil && table == nil && r.kind.createsTable() {
		table, err = r.afterRename(ctx, req.Private, like)
	}
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	if kind, ok := r.kind.(suspending[O]); ok && table != nil && kind.suspended(table, like) {
		r.setIdentity(ctx, resp.Identity, like, &resp.Diagnostics)
		return
	}
	if table == nil || r.kind.find(table, like) == nil {
		// Even of an object that is gone the framework wants an identity.
		then, diags := readObserved[O](ctx, req.Private)
		resp.Diagnostics.Append(diags...)
		r.noteDrift(like, then, nil)
		r.setIdentity(ctx, resp.Identity, like, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	}
	now := *r.kind.find(table, like)

	nowRaw, diags := r.encodeRaw(ctx, now, &state)
	resp.Diagnostics.Append(diags...)
	then, diags := readObserved[O](ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.State.Raw = nowRaw
	opened, diags := readOpen(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if then != nil {
		thenRaw, diags := r.encodeRaw(ctx, r.meant(like, *then, ended(opened, table)), &state)
		resp.Diagnostics.Append(diags...)
		resp.State.Raw = keepSpelling(req.State.Raw, thenRaw, nowRaw)
	}
	if then == nil && r.kind.createsTable() {
		r.db.adoptions.note(table.Name)
	}
	r.noteDrift(like, then, &now)
	like = r.named(ctx, resp.State.Raw, like)
	resp.Diagnostics.Append(r.settleRetained(ctx, &resp.State, table, like)...)
	resp.Diagnostics.Append(refreshObserved(ctx, req.Private, resp.Private, r.kind.own(now, like), r.open(table, like))...)
	r.setIdentity(ctx, resp.Identity, now, &resp.Diagnostics)
}

// Create runs the reviewed operations. It leaves state only when all of them
// ran: an object with a half-written state would be tainted, and the next plan
// would drop it. What ran is seen by the next plan, which goes on from there.
func (r *managedResource[M, O]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	nothing := tfsdk.State{Schema: req.Plan.Schema, Raw: tftypes.NewValue(req.Plan.Raw.Type(), nil)}
	done := r.apply(ctx, req.Plan, nothing, noPrivate{})
	resp.Diagnostics.Append(done.diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.kind.createsTable() {
		r.db.noteMade(r.kind.relation(done.object).table)
	}
	resp.State.Raw = done.raw
	resp.Diagnostics.Append(writeObserved(ctx, resp.Private, done.own, done.open, settledBy(ctx, done))...)
	r.setIdentity(ctx, resp.Identity, done.object, &resp.Diagnostics)
}

// Update runs the reviewed operations. After a failure the state says what was
// reached.
func (r *managedResource[M, O]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	done := r.apply(ctx, req.Plan, req.State, req.Private)
	resp.Diagnostics.Append(done.diags...)
	if !done.reached {
		return
	}
	resp.State.Raw = done.raw
	resp.Diagnostics.Append(writeObserved(ctx, resp.Private, done.own, done.open, settledBy(ctx, done))...)
	r.setIdentity(ctx, resp.Identity, done.object, &resp.Diagnostics)
}

// ImportState takes an id or a resource identity; Read does the rest.
func (r *managedResource[M, O]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	model, err := r.imported(ctx, req)
	if err != nil {
		resp.Diagnostics.AddError(fmt.Sprintf("Cannot import %q as pgphase_%s", req.ID, r.kind.typeName()), err.Error())
		return
	}
	r.kind.complete(&model, nil, r.settings())
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setOperations(ctx, &resp.State, nil)...)
}

func (r *managedResource[M, O]) imported(ctx context.Context, req resource.ImportStateRequest) (M, error) {
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

// named decodes a state, which says what a resource answers for.
func (r *managedResource[M, O]) named(ctx context.Context, raw tftypes.Value, otherwise O) O {
	model, diags := r.model(ctx, raw)
	if diags.HasError() {
		return otherwise
	}
	object, diags := r.kind.decode(ctx, &model)
	if diags.HasError() {
		return otherwise
	}
	return object
}

func (r *managedResource[M, O]) settings() settings {
	if r.db == nil {
		return defaultSettings()
	}
	return r.db.settings
}

func (r *managedResource[M, O]) setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, object O, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.Set(ctx, r.kind.identity(object))...)
	}
}

// raw, model and encodeRaw go between models and whole values.
func (r *managedResource[M, O]) raw(ctx context.Context, model *M) (tftypes.Value, diag.Diagnostics) {
	state := tfsdk.State{Schema: r.schema, Raw: tftypes.NewValue(r.schema.Type().TerraformType(ctx), nil)}
	diags := state.Set(ctx, model)
	return state.Raw, diags
}

func (r *managedResource[M, O]) model(ctx context.Context, raw tftypes.Value) (M, diag.Diagnostics) {
	var model M
	state := tfsdk.State{Schema: r.schema, Raw: raw}
	diags := state.Get(ctx, &model)
	return model, diags
}

func (r *managedResource[M, O]) encodeRaw(ctx context.Context, object O, like *M) (tftypes.Value, diag.Diagnostics) {
	model, diags := r.kind.encode(ctx, object, like)
	if diags.HasError() {
		return tftypes.Value{}, diags
	}
	raw, moreDiags := r.raw(ctx, &model)
	diags.Append(moreDiags...)
	return raw, diags
}

// noPrivate stands for the private data of an object that does not exist yet.
type noPrivate struct{}

func (noPrivate) GetKey(context.Context, string) ([]byte, diag.Diagnostics) { return nil, nil }

var protectionPath = path.Root("deletion_protection")
