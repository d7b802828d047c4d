// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// ModifyPlan derives the operations of a change and puts them into the plan.
// Terraform calls it twice for each change, the second time in another process
// just before the apply, and compares: for an existing object everything is
// derived from the snapshot that Read left in private data, never from the
// live catalog. The live catalog is read for new objects and for diagnostics.
func (r *managedResource[M, O]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
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
	resp.Plan.Raw = p.planRaw
	if !p.known {
		// Nothing to do stays nothing to do, though the server is not known:
		// else all of its resources would show as changed.
		if !p.planRaw.Equal(p.stateRaw) {
			resp.Diagnostics.Append(setUnknownOperations(ctx, &resp.Plan)...)
		}
		return
	}
	resp.Diagnostics.Append(r.observeForPlan(ctx, p)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(r.derive(ctx, r.db.asker(), p)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if kind, ok := r.kind.(announcing[O]); ok {
		if finding := kind.announce(&r.db.announcements, p.change, p.table, p.desired); finding != nil {
			appendFinding(&resp.Diagnostics, *finding, r.pathOf(*finding), "")
		}
	}
	resp.Diagnostics.Append(r.report(ctx, p)...)
	if resp.Diagnostics.HasError() {
		return
	}
	planned, diags := r.respell(ctx, p)
	resp.Diagnostics.Append(diags...)
	resp.Plan.Raw = planned
	resp.Diagnostics.Append(setOperations(ctx, &resp.Plan, p.plan.Operations)...)
	resp.Diagnostics.Append(r.planRetained(ctx, &resp.Plan, p)...)
	r.setIdentity(ctx, resp.Identity, p.desired, &resp.Diagnostics)
}

// planning is one change on its way from configuration to operations.
type planning[M, O any] struct {
	create bool
	// known is false while configuration or server come into being in the
	// same apply.
	known bool

	planModel M
	planRaw   tftypes.Value
	stateRaw  tftypes.Value
	// stateModel is nil for a new object.
	stateModel *M

	// before is the object as the state's writer observed it; nil for a new
	// one, and where nobody kept it.
	before *O
	// opened are the transitions that were open then.
	opened []schema.OpenTransition
	// table is the table as the plan starts from it, with before in it; nil
	// where it is not there (yet).
	table *schema.Table
	// observed is the object in table; nil for a new one.
	observed *O
	// observedRaw is before in the server's spelling, as a resource value.
	observedRaw tftypes.Value
	// prior is the object that the state names, in the server's spelling.
	prior   *O
	desired O
	change  planner.Change
	plan    planner.Plan
}

// prepare completes the planned value and finds out whether everything is
// known that a plan needs.
func (r *managedResource[M, O]) prepare(ctx context.Context, plan tfsdk.Plan, state tfsdk.State, private privateReader) (*planning[M, O], diag.Diagnostics) {
	p := &planning[M, O]{create: state.Raw.IsNull(), stateRaw: state.Raw}
	diags := plan.Get(ctx, &p.planModel)
	if !p.create {
		p.stateModel = new(M)
		diags.Append(state.Get(ctx, p.stateModel)...)
	}
	if diags.HasError() {
		return p, diags
	}
	r.kind.complete(&p.planModel, p.stateModel, r.db.settings)
	completed := tfsdk.Plan{Schema: plan.Schema, Raw: plan.Raw}
	diags.Append(completed.Set(ctx, &p.planModel)...)
	p.planRaw = completed.Raw
	p.known = r.db.known() && knownExceptPlan(p.planRaw)
	if !p.known || p.create || diags.HasError() {
		return p, diags
	}
	before, moreDiags := readObserved[O](ctx, private)
	diags.Append(moreDiags...)
	p.before = before
	p.opened, moreDiags = readOpen(ctx, private)
	diags.Append(moreDiags...)
	return p, diags
}

// knownExceptPlan reports whether everything but the attributes that carry
// the plan is known.
func knownExceptPlan(raw tftypes.Value) bool {
	attributes, ok := fields(raw)
	if !ok {
		return false
	}
	for name, value := range attributes {
		switch name {
		case operationsAttribute, strongestLockAttribute, destructiveAttribute, retainedAttribute:
		default:
			if !value.IsFullyKnown() {
				return false
			}
		}
	}
	return true
}

// observeForPlan finds the table of a new object in the live catalog, and that
// of an existing one there only where private data has none.
func (r *managedResource[M, O]) observeForPlan(ctx context.Context, p *planning[M, O]) diag.Diagnostics {
	var diags diag.Diagnostics
	relation, diags := r.relationOf(ctx, p)
	if diags.HasError() {
		return diags
	}
	table, err := r.db.lookup(ctx, relation)
	if err != nil {
		diags.Append(r.db.report(err)...)
		return diags
	}
	if !r.kind.createsTable() {
		table = r.db.asRenamed(table)
	}
	p.table = table
	if p.before != nil {
		p.table = r.kind.restore(table, *p.before)
	}
	if p.create && !r.kind.createsTable() {
		p.table = r.db.announcements.overlay(r.db.withoutNewPartitions(table), relation.table)
	}
	return diags
}

// derive decodes the desired object, lets the server say what it means, and
// plans. It is the same code for a plan and for the check before an apply.
func (r *managedResource[M, O]) derive(ctx context.Context, asker *asker, p *planning[M, O]) diag.Diagnostics {
	var diags diag.Diagnostics
	if p.stateModel != nil {
		diags.Append(r.observePrior(ctx, p)...)
		if diags.HasError() {
			return diags
		}
	}
	desiredRaw := p.planRaw
	if p.prior != nil {
		desiredRaw = serverSpelling(p.planRaw, p.stateRaw, p.observedRaw)
	}
	if diags.Append(r.consistent(&p.planModel)...); diags.HasError() {
		return diags
	}
	desiredModel, moreDiags := r.model(ctx, desiredRaw)
	diags.Append(moreDiags...)
	if diags.HasError() {
		return diags
	}
	p.desired, moreDiags = r.kind.decode(ctx, &desiredModel)
	diags.Append(moreDiags...)
	if diags.HasError() {
		return diags
	}
	p.desired = r.attach(p.desired)
	for _, finding := range r.kind.validate(p.desired) {
		appendFinding(&diags, finding, r.pathOf(finding), "")
	}
	if diags.HasError() {
		return diags
	}
	if p.table == nil && !r.kind.createsTable() {
		diags.Append(r.missingTable(p.desired)...)
		return diags
	}
	if p.create && p.table != nil {
		p.observed = r.kind.find(p.table, p.desired)
	}
	if r.adopt(p) {
		diags.Append(r.kind.ask(ctx, asker, p.table, &p.desired)...)
		if diags.HasError() {
			return diags
		}
		// PostgreSQL prints some of its own texts in another way when it reads
		// them again: the same words are the same thing.
		r.adopt(p)
	}
	server, err := r.db.server(ctx)
	if err != nil {
		diags.Append(r.db.report(err)...)
		return diags
	}
	p.change = planner.Change{Server: server}
	r.settle(&p.change, &p.planModel)
	p.plan = r.db.withHistory(ctx, r.kind.plan(p.change, p.table, p.desired, p.prior, p.observed))
	return diags
}

// adopt takes over what the server has said of the same words before, and
// reports whether anything is left to ask.
func (r *managedResource[M, O]) adopt(p *planning[M, O]) (rest bool) {
	rest = true
	for _, known := range []*O{p.observed, p.before} {
		if known != nil {
			rest = r.kind.adopt(&p.desired, *known)
		}
	}
	return rest
}

// observePrior finds the object that the state describes in the table that the
// plan starts from, and what the words of the state mean to the server. The
// words belong to the object that was observed when they were written: in an
// apply, the table may have another one by now.
func (r *managedResource[M, O]) observePrior(ctx context.Context, p *planning[M, O]) diag.Diagnostics {
	like, diags := r.kind.decode(ctx, p.stateModel)
	if diags.HasError() || p.table == nil {
		return diags
	}
	if found := r.kind.find(p.table, like); found != nil {
		// A foreign key was observed when the table that it references had its
		// old name: that is no other table.
		observed := r.attach(*found)
		p.observed = &observed
	}
	before := p.before
	if before == nil {
		before = p.observed
	}
	if before == nil {
		return diags
	}
	declared := *before
	if kind, ok := r.kind.(phased[M, O]); ok {
		declared = kind.declared(like, *before, slices.Concat(p.table.Transitions, ended(p.opened, p.table)))
	}
	model, moreDiags := r.kind.encode(ctx, declared, p.stateModel)
	diags.Append(moreDiags...)
	if diags.HasError() {
		return diags
	}
	p.observedRaw, moreDiags = r.raw(ctx, &model)
	diags.Append(moreDiags...)
	if diags.HasError() {
		return diags
	}
	prior, moreDiags := r.kind.decode(ctx, &model)
	diags.Append(moreDiags...)
	r.kind.adopt(&prior, *before)
	prior = r.attach(prior)
	p.prior = &prior
	return diags
}

// respell puts the spelling of the state back where only the words changed.
func (r *managedResource[M, O]) respell(ctx context.Context, p *planning[M, O]) (tftypes.Value, diag.Diagnostics) {
	if p.prior == nil {
		return p.planRaw, nil
	}
	model, diags := r.kind.encode(ctx, p.desired, &p.planModel)
	if diags.HasError() {
		return p.planRaw, diags
	}
	desiredRaw, moreDiags := r.raw(ctx, &model)
	diags.Append(moreDiags...)
	return priorSpelling(p.planRaw, p.stateRaw, desiredRaw, p.observedRaw), diags
}

// report turns findings into diagnostics, and asks the data what only data
// can tell. Nothing that is planned depends on the answers. An existing object
// with nothing to run gets no warnings about what it is.
func (r *managedResource[M, O]) report(ctx context.Context, p *planning[M, O]) diag.Diagnostics {
	var diags diag.Diagnostics
	verdict := r.verdict(p.planRaw)
	findings := p.plan.Findings
	idle := !p.create && len(p.plan.Operations) == 0
	if idle {
		findings = slices.DeleteFunc(slices.Clone(findings), func(f planner.Finding) bool { return !isError(f) })
	} else {
		more, err := r.preconditions(ctx, p)
		if err != nil {
			return r.db.report(err)
		}
		evidence, err := r.evidence(ctx, p)
		if err != nil {
			return r.db.report(err)
		}
		findings = slices.Concat(more, findings, evidence)
		if slices.ContainsFunc(more, isError) {
			// What cannot be done at all needs no advice on how.
			findings = slices.DeleteFunc(findings, func(f planner.Finding) bool { return !isError(f) })
		} else {
			if !p.plan.Refused() {
				findings = append(findings, r.advice(ctx, p, verdict)...)
			}
			findings = append(findings, verdict.beside(r.kind.id(p.desired), p.plan, findings, judgesNeedless(p.planRaw, p.plan, r.exists(ctx, p)))...)
		}
	}
	findings = verdict.all(findings)
	// What a refused plan leaves undeclared, it would have dealt with.
	if noticing, ok := r.kind.(noticing[O]); ok && !slices.ContainsFunc(findings, isError) {
		open := p.plan.Open
		if p.table != nil {
			open = slices.Concat(open, p.table.Transitions)
		}
		findings = slices.Concat(findings, noticing.notices(r.db.driftPolicy, p.table, p.desired, p.prior, open))
	}
	findings = slices.Concat(findings, r.driftFindings(p))
	if !slices.ContainsFunc(findings, isError) {
		findings = append(findings, r.migratorFindings(ctx, p)...)
	}
	heaviest := heaviest(findings)
	for i, finding := range findings {
		more := ""
		if p.table != nil && i == heaviest {
			more = r.db.circumstances(ctx, p.table.Name, p.plan.Operations)
		}
		if finding.Severity == hazard.Warning {
			object := r.kind.id(p.desired)
			shorter, elsewhere := r.db.told.shorten(finding, object, namesOf(object, r.kind.relation(p.desired).table, finding))
			if elsewhere != "" {
				appendParagraphs(&diags, shorter, r.pathOf(finding), more, elsewhere)
				continue
			}
		}
		appendFinding(&diags, finding, r.pathOf(finding), more)
	}
	if diags.HasError() {
		return diags
	}
	diags.Append(r.probe(ctx, p, verdict)...)
	return diags
}

// exists reports that the table of a change is in the database.
func (r *managedResource[M, O]) exists(ctx context.Context, p *planning[M, O]) bool {
	live, err := r.db.lookup(ctx, r.kind.relation(p.desired))
	return err == nil && live != nil
}

func isError(f planner.Finding) bool { return f.Severity == hazard.Error }

// heaviest is the place of the finding that tells how large and busy the table
// is: the first error that depends on it, or else the first warning. -1 where
// none does.
func heaviest(findings []planner.Finding) int {
	if i := slices.IndexFunc(findings, func(f planner.Finding) bool { return isError(f) && dependsOnSize(f) }); i >= 0 {
		return i
	}
	return slices.IndexFunc(findings, dependsOnSize)
}

// dependsOnSize reports a finding that weighs more on a large or busy table.
func dependsOnSize(f planner.Finding) bool {
	h, known := hazard.Lookup(f.Hazard)
	if !known {
		return false
	}
	switch h.Category {
	case hazard.Locking, hazard.Rewrite, hazard.Scan, hazard.Destructive, hazard.DataDependent:
		return true
	case hazard.AppBreaking, hazard.Replication, hazard.Naming, hazard.Dependency, hazard.Design:
		return false
	}
	return false
}

// probe asks the planner's questions of a table that is there.
func (r *managedResource[M, O]) probe(ctx context.Context, p *planning[M, O], verdict verdict) diag.Diagnostics {
	var diags diag.Diagnostics
	if !r.db.dataChecks || !r.exists(ctx, p) {
		return diags
	}
	for _, probe := range p.plan.Probes {
		probe.Finding = verdict.on(probe.Finding)
		at := r.pathOf(probe.Finding)
		answer, err := r.db.probe(ctx, probe)
		if err != nil {
			diags.AddAttributeWarning(shown(at), probe.Finding.Summary+": it could not be checked",
				fmt.Sprintf("Whether the data allows the change could not be found out: %s\n\nThe apply finds out; a statement that fails there changes nothing.", err))
			continue
		}
		if answer != "" {
			appendFinding(&diags, probe.Finding, at, answer)
		}
	}
	return diags
}

// missingTable explains a reference to a table that neither exists nor is
// created by this run.
func (r *managedResource[M, O]) missingTable(object O) diag.Diagnostics {
	var diags diag.Diagnostics
	table := r.kind.relation(object).table
	diags.AddAttributeError(path.Root("table"), fmt.Sprintf("Table %s does not exist", table),
		fmt.Sprintf("%s belongs to the table %s, which the database does not have and no resource planned before this one creates.\n\n"+
			"If a pgphase_table of this configuration creates it, refer to that resource, so that Terraform creates the table first:\n\n"+
			"    table = pgphase_table.<name>.id", r.kind.id(object), table))
	return diags
}

// pathOf finds the attribute of a finding; one that a resource does not have
// is reported on the resource as a whole.
func (r *managedResource[M, O]) pathOf(finding planner.Finding) path.Path {
	if len(finding.Path) == 0 || r.schema.Attributes[finding.Path[0]] == nil {
		return path.Empty()
	}
	return attributePath(finding.Path)
}
