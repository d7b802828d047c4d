// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Create runs the reviewed operations and leaves state only when all of them ran.
func (r *neighbourResource[M, O]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	nothing := tfsdk.State{Schema: req.Plan.Schema, Raw: tftypes.NewValue(req.Plan.Raw.Type(), nil)}
	object, diags := r.apply(ctx, req.Plan, nothing, noPrivate{}, &resp.State)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(writeObserved(ctx, resp.Private, *object, nil, settlement{})...)
	r.setIdentity(ctx, resp.Identity, *object, &resp.Diagnostics)
}

// Update runs the reviewed operations. After a failure the state says what was
// reached.
func (r *neighbourResource[M, O]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	object, diags := r.apply(ctx, req.Plan, req.State, req.Private, &resp.State)
	resp.Diagnostics.Append(diags...)
	if object == nil {
		return
	}
	resp.Diagnostics.Append(writeObserved(ctx, resp.Private, *object, nil, settlement{})...)
	r.setIdentity(ctx, resp.Identity, *object, &resp.Diagnostics)
}

// apply takes the turn of the object, reads it, derives the operations anew,
// compares them with the reviewed ones and runs them. It returns the object as
// it is then, or nil where the state stays as it was.
func (r *neighbourResource[M, O]) apply(ctx context.Context, plan tfsdk.Plan, state tfsdk.State, private privateReader, result *tfsdk.State) (*O, diag.Diagnostics) {
	p, diags := r.prepare(ctx, plan, state, private)
	if diags.HasError() {
		return nil, diags
	}
	name := r.kind.name(p.desired)
	session, err := r.db.lock(ctx, name)
	if err != nil {
		return nil, r.db.report(err)
	}
	defer session.Close()
	defer r.db.forget(name)
	snapshot, err := readNeighbour(ctx, session, name)
	if err != nil {
		return nil, r.db.report(err)
	}
	id := r.kind.id(p.desired)
	if !p.create && r.kind.find(snapshot, p.desired) == nil {
		diags.AddError(id+" is gone", "It was there when the change was planned. Nothing was run. Plan again: the next plan starts from what the database has.")
		return nil, diags
	}
	if diags.Append(r.derive(ctx, snapshot, nil, p)...); diags.HasError() {
		return nil, diags
	}
	for _, finding := range r.db.verdict(p.raw).all(p.plan.Findings) {
		if finding.Severity == hazard.Error { // warnings were given at plan time
			appendFinding(&diags, finding, r.pathOf(finding), "")
		}
	}
	planned, known, moreDiags := plannedOperations(ctx, plan)
	diags.Append(moreDiags...)
	if diags.HasError() {
		return nil, diags
	}
	if known && !sameOperations(planned, p.plan.Operations) {
		return nil, diag.Diagnostics{changedSincePlan(id, planned, p.plan.Operations, nil)}
	}
	if err := session.Run(ctx, p.plan.Operations); err != nil {
		diags.Append(r.db.failedRun(id, err)...)
	}
	return r.reached(ctx, session, plan, p, result, diags)
}

// reached reads the object again and makes the state of it: the planned one
// where everything ran, else what is there now.
func (r *neighbourResource[M, O]) reached(ctx context.Context, session *executor.Session, plan tfsdk.Plan, p *neighbourPlanning[M, O], result *tfsdk.State, diags diag.Diagnostics) (*O, diag.Diagnostics) {
	// An interrupted apply still has to tell its state.
	ctx = context.WithoutCancel(ctx)
	snapshot, err := readNeighbour(ctx, session, r.kind.name(p.desired))
	if err != nil {
		if !diags.HasError() {
			diags.Append(r.db.report(err)...)
		}
		return nil, diags
	}
	now := r.kind.find(snapshot, p.desired)
	if !diags.HasError() {
		if left := r.kind.plan(p.desired, now); len(left.Operations) > 0 || left.Refused() {
			diags.AddError(fmt.Sprintf("%s is not what was planned", r.kind.id(p.desired)),
				"Every operation ran, and yet these would be needed:\n\n"+indent(sqlOf(left.Operations))+
					"\n\nEither the object was changed by someone else at the same time, or this is a bug in the provider.")
		}
	}
	switch {
	case !diags.HasError():
		result.Raw = plan.Raw
		diags.Append(setOperations(ctx, result, p.plan.Operations)...)
		return now, diags
	case p.create || now == nil:
		return nil, diags
	}
	model, moreDiags := r.kind.encode(ctx, *now, p.stateModel)
	diags.Append(moreDiags...)
	if !moreDiags.HasError() {
		diags.Append(result.Set(ctx, &model)...)
	}
	return now, diags
}

// readNeighbour reads an object as it is now, on the connection that holds its
// turn.
func readNeighbour(ctx context.Context, session *executor.Session, name schema.QualifiedName) (*catalog.Snapshot, error) {
	return catalog.Read(ctx, session.Conn(), catalog.Scope{Tables: []schema.QualifiedName{name}})
}

// planDestroy says what a destroy runs, and stops what the guards forbid. What
// goes with the same plan is in nobody's way.
func (r *neighbourResource[M, O]) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.db.known() {
		return
	}
	like, diags := r.kind.decode(ctx, &state)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(guardDeletion(ctx, req.State.GetAttribute, r.kind.typeName(), r.kind.id(like), "Destroying the resource drops it. ")...)
	if resp.Diagnostics.HasError() {
		return
	}
	snapshot, err := r.db.snapshot(ctx)
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	observed := r.kind.find(snapshot, like)
	if observed == nil {
		return
	}
	id := r.kind.id(*observed)
	r.db.announcements.leave(schema.ColumnName{Table: r.kind.name(*observed)})
	var dependents []catalog.Dependent
	err = r.db.withConnection(ctx, func(conn *pgx.Conn) (err error) {
		dependents, err = r.kind.dependents(ctx, conn, *observed)
		return err
	})
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	staying, open := r.db.announcements.staying(ctx, dependents)
	if open {
		resp.Diagnostics.AddWarning(fmt.Sprintf("The %s %s can only be dropped once nothing uses it", r.kind.typeName(), id),
			"So many objects go away with this plan that it is not known yet whether all that use it are among them. If one is not, the apply fails before it drops this one.")
		staying = nil
	}
	plan := r.db.withHistory(ctx, r.kind.planDrop(*observed, named(staying)))
	if owner, may := r.kind.mayAlter(snapshot, *observed); !may {
		plan.Findings = append(plan.Findings, notOwner(id, owner))
	}
	v := r.db.verdict(req.State.Raw)
	for _, finding := range v.all(append(plan.Findings, v.unsaid(id, plan.Operations, plan.Findings)...)) {
		appendFinding(&resp.Diagnostics, finding, r.pathOf(finding), "")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	detail := "Destroying it runs:\n\n" + indent(sqlOf(plan.Operations))
	for _, o := range plan.Operations {
		if o.Lock() != "" {
			detail += "\n\nLocks:\n\n    " + o.Lock()
		}
	}
	resp.Diagnostics.AddWarning(fmt.Sprintf("The %s %s will be dropped", r.kind.typeName(), id), detail)
}

// namedDependents is how many dependents a diagnostic lists.
const namedDependents = 10

func named(dependents []catalog.Dependent) planner.Dependents {
	list := planner.Dependents{Count: len(dependents)}
	for i, dependent := range dependents {
		if i == namedDependents {
			break
		}
		list.Named = append(list.Named, dependent.Name)
	}
	return list
}

// Delete drops the object, unless anything depends on it by then.
func (r *neighbourResource[M, O]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	like, diags := r.kind.decode(ctx, &state)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(guardDeletion(ctx, req.State.GetAttribute, r.kind.typeName(), r.kind.id(like), "Destroying the resource drops it. ")...)
	if resp.Diagnostics.HasError() {
		return
	}
	name := r.kind.name(like)
	session, err := r.db.lock(ctx, name)
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	defer session.Close()
	defer r.db.forget(name)
	snapshot, err := readNeighbour(ctx, session, name)
	var dependents []catalog.Dependent
	var observed *O
	if err == nil {
		observed = r.kind.find(snapshot, like)
	}
	if observed != nil {
		dependents, err = r.kind.dependents(ctx, session.Conn(), *observed)
	}
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	if observed == nil {
		return
	}
	plan := r.db.withHistory(ctx, r.kind.planDrop(*observed, named(dependents)))
	for _, finding := range r.db.verdict(req.State.Raw).all(plan.Findings) {
		if finding.Severity == hazard.Error {
			appendFinding(&resp.Diagnostics, finding, r.pathOf(finding), "")
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if err := session.Run(ctx, plan.Operations); err != nil {
		resp.Diagnostics.Append(r.db.failedRun(r.kind.id(*observed), err)...)
	}
}
