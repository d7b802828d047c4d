// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// applied is what an apply leaves.
type applied[O any] struct {
	// reached is false where there is nothing that a state could describe.
	reached bool
	raw     tftypes.Value
	object  O
	// own is the part of object that goes into private data.
	own O
	// open are the transitions of the object that are open then.
	open []schema.OpenTransition
	// settled says that everything ran and nothing is left.
	settled bool
	diags   diag.Diagnostics
}

// apply takes the lock of the table, reads the live catalog, derives the
// operations anew, compares them with the reviewed ones and runs them.
func (r *managedResource[M, O]) apply(ctx context.Context, plan tfsdk.Plan, state tfsdk.State, private privateReader) (done applied[O]) {
	p, diags := r.prepare(ctx, plan, state, private)
	done.diags.Append(diags...)
	if done.diags.HasError() {
		return done
	}
	relation, diags := r.relationOf(ctx, p)
	done.diags.Append(diags...)
	if done.diags.HasError() {
		return done
	}
	found, err := r.db.lookup(ctx, relation)
	if err != nil {
		done.diags.Append(r.db.report(err)...)
		return done
	}
	if found != nil {
		relation.table = found.Name
	}
	defer r.db.applying.begin(relation.table)()
	session, diags := r.deriveAlone(ctx, relation.table, p)
	done.diags.Append(diags...)
	if done.diags.HasError() {
		return done
	}
	defer session.Close()
	defer r.db.forget(append([]schema.QualifiedName{relation.table}, p.plan.Ties...)...)

	reviewed := p.table
	if p.before != nil {
		reviewed = r.kind.restore(p.table, *p.before)
	}
	if done.diags.Append(r.compare(ctx, plan, p, reviewed)...); done.diags.HasError() {
		return done
	}
	for _, finding := range r.verdict(p.planRaw).all(p.plan.Findings) {
		// Warnings were given at plan time; an error can only have come since.
		if finding.Severity == hazard.Error {
			appendFinding(&done.diags, finding, r.pathOf(finding), "")
		}
	}
	if done.diags.HasError() {
		return done
	}
	runErr := session.Run(ctx, p.plan.Operations)
	if runErr != nil {
		done.diags.Append(r.db.failedRun(r.kind.id(p.desired), runErr)...)
	}
	r.reached(ctx, session, relation.table, plan, p, &done)
	return done
}

// deriveAlone derives the operations from the live catalog, while nobody else
// works on the table, nor on another one whose foreign keys they exchange. Which
// ones these are the operations say: then it begins anew with all of them. No
// session is returned with an error.
func (r *managedResource[M, O]) deriveAlone(ctx context.Context, table schema.QualifiedName, p *planning[M, O]) (*executor.Session, diag.Diagnostics) {
	var ties []schema.QualifiedName
	turns := r.db.applying.turns()
	for {
		session, err := r.db.lock(ctx, table, ties...)
		if err != nil {
			return nil, r.db.report(err)
		}
		diags := r.deriveLive(ctx, session, table, p)
		others := slices.DeleteFunc(slices.Clone(p.plan.Ties), func(n schema.QualifiedName) bool { return n == table || slices.Contains(ties, n) })
		ready := len(others) == 0 && !turns.wait(p.plan.Awaits)
		if !diags.HasError() && ready {
			return session, diags
		}
		session.Close()
		if diags.HasError() {
			return nil, diags
		}
		if len(others) == 0 {
			turns.pause(ctx)
		}
		ties = append(ties, others...)
	}
}

func (r *managedResource[M, O]) deriveLive(ctx context.Context, session *executor.Session, table schema.QualifiedName, p *planning[M, O]) (diags diag.Diagnostics) {
	var err error
	if p.table, err = readTable(ctx, session.Conn(), table); err != nil {
		return r.db.report(err)
	}
	if p.table == nil && !p.create {
		diags.AddError(fmt.Sprintf("Table %s is gone", table),
			"It was there when the change was planned. Nothing was run. Plan again: the next plan starts from what the database has.")
		return diags
	}
	if p.create && !r.kind.createsTable() {
		p.table = r.db.withoutMadePartitions(p.table)
	}
	p.observed, p.prior = nil, nil
	return r.derive(ctx, r.db.askerOn(session), p)
}

// relationOf finds the table that an apply works on.
func (r *managedResource[M, O]) relationOf(ctx context.Context, p *planning[M, O]) (relation, diag.Diagnostics) {
	like := &p.planModel
	if p.stateModel != nil {
		like = p.stateModel
	}
	object, diags := r.kind.decode(ctx, like)
	return r.kind.relation(object), diags
}

// compare stops an apply that would run anything else than what was reviewed.
func (r *managedResource[M, O]) compare(ctx context.Context, plan tfsdk.Plan, p *planning[M, O], reviewed *schema.Table) diag.Diagnostics {
	planned, known, diags := plannedOperations(ctx, plan)
	if diags.HasError() || !known || sameOperations(planned, p.plan.Operations) {
		return diags
	}
	diags.Append(changedSincePlan(r.kind.id(p.desired), planned, p.plan.Operations, schema.Differences(reviewed, p.table)))
	return diags
}

// changedSincePlan is the error of an apply that would run something else.
func changedSincePlan(id string, planned []operationModel, now []planner.Operation, changes []string) diag.Diagnostic {
	detail := "The operations that the database needs now are not those that were reviewed. Nothing was run.\n\n"
	if len(changes) > 0 {
		detail += "Changed since the plan:\n\n    " + strings.Join(changes, "\n    ") + "\n\n"
	}
	detail += "Reviewed:\n\n" + indent(sqlOfModels(planned)) + "\n\nNeeded now:\n\n" + indent(sqlOf(now)) +
		"\n\nPlan again and review the new plan."
	return diag.NewAttributeErrorDiagnostic(path.Root(operationsAttribute), fmt.Sprintf("%s changed since the plan", id), detail)
}

// plannedOperations returns the reviewed operations; known is false where the
// plan could not know them.
func plannedOperations(ctx context.Context, plan tfsdk.Plan) (models []operationModel, known bool, diags diag.Diagnostics) {
	attributes, ok := fields(plan.Raw)
	if !ok || !attributes[operationsAttribute].IsFullyKnown() {
		return nil, false, nil
	}
	diags = plan.GetAttribute(ctx, path.Root(operationsAttribute), &models)
	return models, true, diags
}

// reached reads the table again and makes the state of it: the planned one
// where everything ran, else what is there now.
func (r *managedResource[M, O]) reached(ctx context.Context, session *executor.Session, name schema.QualifiedName, plan tfsdk.Plan, p *planning[M, O], done *applied[O]) {
	// An interrupted apply still has to tell its state: the context may be
	// cancelled already.
	ctx = context.WithoutCancel(ctx)
	// A renamed table has its new name by now, or the old one still; a step
	// back gives it that of its compatibility view.
	renamed := r.kind.relation(p.desired).table
	defer r.db.forget(renamed)
	names := []schema.QualifiedName{renamed, name}
	if p.table != nil && !secondName(p.table).IsZero() {
		second := secondName(p.table)
		defer r.db.forget(second)
		names = append(names, second)
	}
	table, err := readTable(ctx, session.Conn(), names...)
	if err != nil {
		// The first error says what happened; without a table the state stays
		// as it was, and the next Read repairs it.
		if !done.diags.HasError() {
			done.diags.Append(r.db.report(err)...)
		}
		return
	}
	failed := done.diags.HasError()
	if table == nil {
		return
	}
	object := r.kind.find(table, p.desired)
	if object == nil && p.prior != nil {
		object = r.kind.find(table, *p.prior)
	}
	if object == nil {
		return
	}
	if !failed {
		left := r.kind.plan(p.change, table, p.desired, &p.desired, object)
		if len(left.Operations) > 0 {
			done.diags.AddError(fmt.Sprintf("%s is not what was planned", r.kind.id(p.desired)),
				"Every operation ran, and yet these would be needed:\n\n"+indent(sqlOf(left.Operations))+
					"\n\nEither the object was changed by someone else at the same time, or this is a bug in the provider.")
			failed = true
		}
	}
	done.object = *object
	done.open = r.open(table, p.desired)
	if !failed {
		done.reached, done.raw = true, r.withOperations(ctx, plan, p, table)
		done.own, done.settled = r.kind.own(*object, p.desired), true
		return
	}
	if p.create {
		return
	}
	nowRaw, diags := r.encodeRaw(ctx, *object, p.stateModel)
	done.diags.Append(diags...)
	if diags.HasError() {
		return
	}
	done.reached = true
	done.raw = keepSpelling(p.stateRaw, p.observedRaw, nowRaw)
	done.own = r.kind.own(*object, r.named(ctx, done.raw, p.desired))
}

// withOperations fills what was unknown at plan time: operations, and what
// follows from them.
func (r *managedResource[M, O]) withOperations(ctx context.Context, plan tfsdk.Plan, p *planning[M, O], table *schema.Table) tftypes.Value {
	state := tfsdk.State(plan)
	setOperations(ctx, &state, p.plan.Operations)
	r.settleRetained(ctx, &state, table, p.desired)
	return state.Raw
}

func sqlOf(operations []planner.Operation) string {
	texts := make([]string, len(operations))
	for i, o := range operations {
		texts[i] = o.SQL()
	}
	return strings.Join(texts, "")
}

func sqlOfModels(operations []operationModel) string {
	texts := make([]string, len(operations))
	for i, o := range operations {
		texts[i] = o.SQL.ValueString()
	}
	return strings.Join(texts, "")
}
