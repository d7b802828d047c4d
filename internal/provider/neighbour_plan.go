// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// neighbourPlanning is one change on its way from configuration to operations.
type neighbourPlanning[M, O any] struct {
	create bool
	// known is false while configuration or server come into being in the same
	// apply.
	known      bool
	model      M
	raw        tftypes.Value
	stateModel *M
	// before is the object as the state's writer observed it, or nil.
	before  *O
	desired O
	// observed is what the plan starts from; nil where nothing is there.
	observed *O
	plan     planner.Plan
}

// ModifyPlan derives the operations of a change. As with tables, an existing
// object is planned from what Read left in private data: Terraform plans twice.
func (r *neighbourResource[M, O]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.db == nil {
		return
	}
	r.db.announcements.alive()
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	p, diags := r.prepare(ctx, req.Plan, req.State, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Plan.Raw = p.raw
	if !p.known {
		if !p.raw.Equal(req.State.Raw) {
			resp.Diagnostics.Append(setUnknownOperations(ctx, &resp.Plan)...)
		}
		return
	}
	snapshot, err := r.db.snapshot(ctx)
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	resp.Diagnostics.Append(r.derive(ctx, snapshot, p.before, p)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.report(ctx, snapshot, p)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if len(p.plan.Operations) > 0 {
		if u, matters := r.kind.upcoming(p.desired, p.observed); matters {
			r.db.announcements.create(u)
		}
	}
	resp.Diagnostics.Append(setOperations(ctx, &resp.Plan, p.plan.Operations)...)
	r.setIdentity(ctx, resp.Identity, p.desired, &resp.Diagnostics)
}

// prepare completes the planned value and decodes it, if it is known.
func (r *neighbourResource[M, O]) prepare(ctx context.Context, plan tfsdk.Plan, state tfsdk.State, private privateReader) (*neighbourPlanning[M, O], diag.Diagnostics) {
	p := &neighbourPlanning[M, O]{create: state.Raw.IsNull()}
	diags := plan.Get(ctx, &p.model)
	if !p.create {
		p.stateModel = new(M)
		diags.Append(state.Get(ctx, p.stateModel)...)
	}
	if diags.HasError() {
		return p, diags
	}
	r.kind.complete(&p.model, r.db.settings)
	completed := tfsdk.Plan{Schema: plan.Schema, Raw: plan.Raw}
	diags.Append(completed.Set(ctx, &p.model)...)
	p.raw = completed.Raw
	p.known = r.db.known() && knownExceptPlan(p.raw)
	if !p.known || diags.HasError() {
		return p, diags
	}
	var moreDiags diag.Diagnostics
	p.desired, moreDiags = r.kind.decode(ctx, &p.model)
	diags.Append(moreDiags...)
	if !p.create {
		p.before, moreDiags = readObserved[O](ctx, private)
		diags.Append(moreDiags...)
	}
	return p, diags
}

// derive plans. Where before is nil, it starts from what the snapshot has. It is
// the same code for a plan and for the check before an apply.
func (r *neighbourResource[M, O]) derive(ctx context.Context, snapshot *catalog.Snapshot, before *O, p *neighbourPlanning[M, O]) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, finding := range r.kind.validate(p.desired) {
		appendFinding(&diags, finding, r.pathOf(finding), "")
	}
	if diags.HasError() {
		return diags
	}
	p.observed = before
	if before == nil {
		like := p.desired
		if p.stateModel != nil {
			var moreDiags diag.Diagnostics
			like, moreDiags = r.kind.decode(ctx, p.stateModel)
			diags.Append(moreDiags...)
		}
		p.observed = r.kind.find(snapshot, like)
	}
	p.plan = r.kind.plan(p.desired, p.observed)
	if p.create && p.observed != nil {
		p.plan = r.takeOver(p)
	}
	p.plan = r.db.withHistory(ctx, p.plan)
	return diags
}

// takeOver plans a new resource whose object is there already. It holds no data
// that pgphase writes, so that one exactly as declared is taken over: an apply
// that was killed after its CREATE leaves it like that (decision 2).
func (r *neighbourResource[M, O]) takeOver(p *neighbourPlanning[M, O]) planner.Plan {
	id := r.kind.id(*p.observed)
	if len(p.plan.Operations) == 0 && !p.plan.Refused() {
		return planner.Plan{Findings: []planner.Finding{{
			Severity: hazard.Warning, Path: []string{"name"},
			Summary: fmt.Sprintf("The %s %s is there already, as declared", r.kind.typeName(), id),
			Detail:  "An apply that was interrupted leaves it like that. It is taken into the state as it is; nothing is run.",
		}}}
	}
	return planner.Plan{Findings: []planner.Finding{{
		Severity: hazard.Error, Refusal: true, Hazard: hazard.IdentifierDuplicate, Path: []string{"name"},
		Summary: fmt.Sprintf("The %s %s exists already, and not as declared", r.kind.typeName(), id),
		Detail: "pgphase does not create over what is there. To manage it as it is, import it; the plan after that shows every difference:\n\n" +
			fmt.Sprintf("    import {\n      to = pgphase_%s.<name>\n      id = %q\n    }", r.kind.typeName(), id),
	}}}
}

// report turns findings into diagnostics. An existing object with nothing to run
// gets no warnings about what it is.
func (r *neighbourResource[M, O]) report(ctx context.Context, snapshot *catalog.Snapshot, p *neighbourPlanning[M, O]) diag.Diagnostics {
	var diags diag.Diagnostics
	findings := p.plan.Findings
	v := r.db.verdict(p.raw)
	id := r.kind.id(p.desired)
	switch {
	case !p.create && len(p.plan.Operations) == 0:
		findings = slices.DeleteFunc(slices.Clone(findings), func(f planner.Finding) bool { return !isError(f) })
	case p.create && p.observed == nil:
		if missing := r.kind.check(&r.db.announcements, snapshot, p.desired); len(missing) > 0 {
			findings = missing
		} else {
			names := planner.NewNeighbourName(planner.NameKind(r.kind.typeName()), r.kind.name(p.desired))
			findings = slices.Concat(findings, planner.AdviseNames(r.db.naming, names))
		}
	case !p.create && r.kind.find(snapshot, *p.observed) != nil:
		if owner, may := r.kind.mayAlter(snapshot, *p.observed); !may {
			findings = append(slices.Clone(findings), notOwner(id, owner))
		}
	}
	findings = append(slices.Clone(findings), v.beside(id, p.plan, findings, !p.create && len(p.plan.Operations) > 0)...)
	for _, finding := range v.all(findings) {
		appendFinding(&diags, finding, r.pathOf(finding), "")
	}
	if diags.HasError() || !r.db.dataChecks || r.kind.find(snapshot, p.desired) == nil {
		return diags
	}
	for _, probe := range p.plan.Probes {
		answer, err := r.db.probe(ctx, probe)
		switch {
		case err != nil:
			diags.AddWarning(probe.Finding.Summary+": it could not be checked",
				fmt.Sprintf("%s\n\nThe apply finds out; a statement that fails there changes nothing.", capitalize(err.Error())))
		case answer != "":
			appendFinding(&diags, v.on(probe.Finding), r.pathOf(probe.Finding), answer)
		}
	}
	return diags
}

func notOwner(id string, owner schema.Name) planner.Finding {
	return planner.Finding{
		Severity: hazard.Error, Summary: fmt.Sprintf("The role may not change %s", id),
		Detail: fmt.Sprintf("Only the owner may change it, and the role that the provider connects as is neither %s nor a member of that role.\n\n"+
			"Connect as the owner, or let its owner grant the membership:\n\n    GRANT %s TO <role of the provider>;", owner, owner),
	}
}
