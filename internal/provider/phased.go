// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// phased is a kind that can be in a transition.
type phased[M, O any] interface {
	// phase says how far a transition may go.
	phase(model *M) (phase schema.Phase, verify bool)
	// has reports whether a column is one of the object.
	has(object O, column schema.Name) bool
	// transitions are the open ones that the resource answers for.
	transitions(table *schema.Table, desired O) []schema.OpenTransition
	// declared is the observed object as a state shows it meanwhile: what waits
	// for a later phase counts as if it were there.
	declared(like, observed O, open []schema.OpenTransition) O
}

func (tableKind) declared(like, observed schema.Table, open []schema.OpenTransition) schema.Table {
	observed.Transitions = open
	return planner.Declared(like, observed)
}

func (columnKind) declared(like, observed tableColumn, open []schema.OpenTransition) tableColumn {
	table := planner.Declared(
		schema.Table{Name: like.Table, Columns: []schema.Column{like.Column}},
		schema.Table{Name: observed.Table, Columns: []schema.Column{observed.Column}, Transitions: open})
	observed.Column = table.Columns[0]
	return observed
}

func (tableKind) phase(model *tableModel) (schema.Phase, bool) {
	return schema.Phase(model.Phase.ValueString()), model.Verify.ValueBool()
}

func (columnKind) phase(model *columnResourceModel) (schema.Phase, bool) {
	return schema.Phase(model.Phase.ValueString()), model.Verify.ValueBool()
}

func (tableKind) transitions(table *schema.Table, desired schema.Table) []schema.OpenTransition {
	return slices.DeleteFunc(slices.Clone(table.Transitions), func(t schema.OpenTransition) bool {
		return len(t.New) > 0 && !slices.ContainsFunc(t.New, func(n schema.Name) bool { return desired.Column(n) != nil })
	})
}

func (columnKind) transitions(table *schema.Table, desired tableColumn) []schema.OpenTransition {
	return transitionsToward(table, desired.Column.Name)
}

// open are the open transitions with columns of the object, old or new ones.
func (r *managedResource[M, O]) open(table *schema.Table, object O) []schema.OpenTransition {
	kind, ok := r.kind.(phased[M, O])
	if !ok {
		return nil
	}
	has := func(name schema.Name) bool { return kind.has(object, name) }
	return slices.DeleteFunc(slices.Clone(table.Transitions), func(t schema.OpenTransition) bool {
		return !slices.ContainsFunc(t.Old, has) && !slices.ContainsFunc(t.New, has)
	})
}

func (tableKind) has(table schema.Table, column schema.Name) bool { return table.Column(column) != nil }

func (columnKind) has(object tableColumn, column schema.Name) bool {
	return object.Column.Name == column
}

// ended are those of the transitions that the table does not have any more.
func ended(opened []schema.OpenTransition, table *schema.Table) []schema.OpenTransition {
	return slices.DeleteFunc(slices.Clone(opened), func(t schema.OpenTransition) bool {
		return table != nil && slices.ContainsFunc(table.Transitions, func(open schema.OpenTransition) bool { return open.Name == t.Name })
	})
}

// meant is an observed object as the state shows it that was written with it:
// ahead of the server by the transitions that were open. Where they have ended
// since, the state was not told: an apply that took them back died.
func (r *managedResource[M, O]) meant(like, observed O, ended []schema.OpenTransition) O {
	kind, ok := r.kind.(phased[M, O])
	if !ok || len(ended) == 0 {
		return observed
	}
	return kind.declared(like, observed, ended)
}

// transitionsToward are the open transitions that a column is the new side of.
func transitionsToward(table *schema.Table, column schema.Name) []schema.OpenTransition {
	return slices.DeleteFunc(slices.Clone(table.Transitions), func(t schema.OpenTransition) bool {
		return !slices.Contains(t.New, column)
	})
}

// retainedOf lists what the open transitions keep until contract.
func retainedOf(table *schema.Table, transitions []schema.OpenTransition) types.List {
	within := *table
	within.Transitions = transitions
	return stringsOf(planner.Retained(within))
}

// planRetained plans the attribute retained: what is still open when all
// operations have run.
func (r *managedResource[M, O]) planRetained(ctx context.Context, target attributeSetter, p *planning[M, O]) diag.Diagnostics {
	if _, ok := r.kind.(redefined[M, O]); ok {
		return target.SetAttribute(ctx, path.Root(retainedAttribute), stringsOf(p.plan.Retained))
	}
	kind, ok := r.kind.(phased[M, O])
	if !ok {
		return nil
	}
	retained := types.ListValueMust(types.StringType, []attr.Value{})
	if p.table != nil {
		then := *p.table
		then.Transitions = p.plan.Open
		retained = retainedOf(&then, kind.transitions(&then, p.desired))
	}
	return target.SetAttribute(ctx, path.Root(retainedAttribute), retained)
}

// settleRetained states the attribute after an apply.
func (r *managedResource[M, O]) settleRetained(ctx context.Context, target attributeSetter, table *schema.Table, object O) diag.Diagnostics {
	if kind, ok := r.kind.(redefined[M, O]); ok {
		return target.SetAttribute(ctx, path.Root(retainedAttribute), stringsOf(kind.retained(table, object)))
	}
	kind, ok := r.kind.(phased[M, O])
	if !ok {
		return nil
	}
	return target.SetAttribute(ctx, path.Root(retainedAttribute), retainedOf(table, kind.transitions(table, object)))
}

// settle completes what a planner function needs to know of phases.
func (r *managedResource[M, O]) settle(change *planner.Change, model *M) {
	kind, ok := r.kind.(interface {
		phase(model *M) (phase schema.Phase, verify bool)
	})
	if !ok {
		return
	}
	phase, verify := kind.phase(model)
	change.Phase = phase
	change.SkipVerify = !verify
	change.SingleStep = r.db.singleStep
	change.LedgerMissing = r.db.catalog.ledgerMissing
}

// withHistory has a plan create the ledger, where the history of all that runs is
// to be kept and there is none yet.
func (d *database) withHistory(ctx context.Context, plan planner.Plan) planner.Plan {
	if !d.history || len(plan.Operations) == 0 {
		return plan
	}
	if d.beganWithoutLedger(ctx) {
		return plan.WithLedger()
	}
	return plan
}

// evidence says what still uses the old structure, where the plan drops it.
func (r *managedResource[M, O]) evidence(ctx context.Context, p *planning[M, O]) ([]planner.Finding, error) {
	if ends := p.plan.Ends; len(ends) > 0 && p.table != nil {
		return r.db.indexUse(ctx, p.table.Name, ends[0], ends[1])
	}
	kind, ok := r.kind.(phased[M, O])
	contracts := func(o planner.Operation) bool { return o.Phase == schema.Contract }
	if !ok || p.table == nil || !slices.ContainsFunc(p.plan.Operations, contracts) {
		return nil, nil
	}
	ending := slices.DeleteFunc(kind.transitions(p.table, p.desired), func(t schema.OpenTransition) bool {
		return slices.ContainsFunc(p.plan.Open, func(open schema.OpenTransition) bool { return open.Name == t.Name })
	})
	return r.db.evidence(ctx, p.table, ending)
}
