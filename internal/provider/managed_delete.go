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
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// planDestroy says in diagnostics what a destroy runs, since Terraform shows
// no planned value of an object that goes away, and stops what the guards
// forbid. Replacement never comes here, so Delete checks the guards again.
func (r *managedResource[M, O]) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.db.known() {
		return
	}
	like, diags := r.kind.decode(ctx, &state)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.guardDeletion(ctx, req.State.GetAttribute, like)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if kind, ok := r.kind.(withdrawing[O]); ok {
		if finding := kind.withdraw(&r.db.announcements, like); finding != nil {
			appendFinding(&resp.Diagnostics, *finding, r.pathOf(*finding), "")
			return
		}
	}
	table, err := r.db.lookup(ctx, r.kind.relation(like))
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	releasing, releases := r.kind.(releasing[O])
	if releases && table != nil {
		// Before it waits itself: two tables that refer to each other go together.
		r.db.announcements.decide(true, releasing.releases(table, like)...)
	}
	if leaving, ok := r.kind.(departing[O]); ok && table != nil {
		r.db.announcements.leave(leaving.departure(like))
	}
	var open []schema.ForeignKey
	if r.kind.createsTable() {
		table, open = r.db.announcements.withoutLeaving(ctx, table)
	}
	plan := r.dropPlan(ctx, table, like)
	verdict := r.verdict(req.State.Raw)
	for _, finding := range verdict.all(slices.Concat(plan.Findings, verdict.unsaid(r.kind.id(like), plan.Operations, plan.Findings))) {
		appendFinding(&resp.Diagnostics, finding, r.pathOf(finding), "")
	}
	if resp.Diagnostics.HasError() || len(plan.Operations) == 0 {
		return
	}
	for _, fk := range open {
		resp.Diagnostics.AddWarning(fmt.Sprintf("%s can only be dropped once foreign key %s of %s is gone", r.kind.id(like), fk.Name, fk.Table),
			"It refers to the table. So many tables go away with this plan that it is not known yet whether it is dropped as well. If it is not, the apply fails before it drops the table.")
	}
	detail := "Destroying it runs:\n\n" + indent(sqlOf(plan.Operations)) + "\n\nLocks:\n"
	for _, o := range plan.Operations {
		if o.Lock() != "" {
			detail += "\n    " + o.Lock()
		}
	}
	if object := r.kind.find(table, like); object != nil {
		if use := r.db.lastUse(ctx, table.Name, *object); use != "" {
			detail += "\n\n" + use
		}
	}
	if circumstances := r.db.circumstances(ctx, table.Name, plan.Operations); circumstances != "" {
		detail += "\n\n" + circumstances
	}
	resp.Diagnostics.AddWarning(fmt.Sprintf("%s will be dropped", r.kind.id(like)), detail)
}

// withdrawing is a kind whose objects another resource may declare as well.
type withdrawing[O any] interface {
	// withdraw registers a planned destroy. It returns a finding where another
	// resource declares the object.
	withdraw(a *announcements, object O) *planner.Finding
}

func (columnKind) withdraw(a *announcements, object tableColumn) *planner.Finding {
	return a.drop(object.name())
}

// departing is a kind whose drop takes away what keeps schemas, types and
// sequences.
type departing[O any] interface {
	departure(object O) schema.ColumnName
}

func (tableKind) departure(table schema.Table) schema.ColumnName {
	return schema.ColumnName{Table: table.Name}
}

func (columnKind) departure(column tableColumn) schema.ColumnName { return column.name() }

// releasing is a kind whose drop takes foreign keys away.
type releasing[O any] interface {
	releases(table *schema.Table, object O) []schema.ForeignKey
}

func (tableKind) releases(table *schema.Table, _ schema.Table) []schema.ForeignKey {
	return table.ForeignKeys
}

func (foreignKeyKind) releases(table *schema.Table, fk schema.ForeignKey) []schema.ForeignKey {
	keys := []schema.ForeignKey{fk}
	successor, predecessor := planner.ForeignKeyHalves(*table, fk.Name)
	for _, half := range []*schema.ForeignKey{successor, predecessor} {
		if half != nil {
			keys = append(keys, *half)
		}
	}
	return keys
}

// dropPlan plans the drop of what is there; nothing where nothing is.
func (r *managedResource[M, O]) dropPlan(ctx context.Context, table *schema.Table, like O) planner.Plan {
	if table == nil {
		return planner.Plan{}
	}
	object := r.kind.find(table, like)
	if object == nil {
		return planner.Plan{}
	}
	server, err := r.db.server(ctx)
	if err != nil {
		return planner.Plan{}
	}
	return r.db.withHistory(ctx, r.kind.planDrop(planner.Change{Server: server}, table, *object))
}

// guardDeletion refuses to drop what is protected.
func (r *managedResource[M, O]) guardDeletion(ctx context.Context, get func(context.Context, path.Path, any) diag.Diagnostics, object O) diag.Diagnostics {
	if _, protects := r.schema.Attributes["deletion_protection"]; !protects {
		return nil
	}
	return guardDeletion(ctx, get, r.kind.typeName(), r.kind.id(object), "Dropping it would delete its data for good.\n\n")
}

// guardDeletion refuses to drop what is protected; why begins the detail.
func guardDeletion(ctx context.Context, get func(context.Context, path.Path, any) diag.Diagnostics, typeName, id, why string) diag.Diagnostics {
	var protected types.Bool
	diags := get(ctx, protectionPath, &protected)
	if !diags.HasError() && (protected.IsNull() || protected.ValueBool()) {
		diags.AddAttributeError(protectionPath, id+" is protected from deletion",
			fmt.Sprintf("%sIf that is what you want, set deletion_protection = false on the resource, apply that, and destroy it then. "+
				"If pgphase should only forget it, remove it from the state instead:\n\n"+
				"    removed {\n      from = pgphase_%s.<name>\n      lifecycle {\n        destroy = false\n      }\n    }", why, typeName))
	}
	return diags
}

// Delete drops the object, in the same steps as every other change.
func (r *managedResource[M, O]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state M
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	like, diags := r.kind.decode(ctx, &state)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(r.guardDeletion(ctx, req.State.GetAttribute, like)...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, err := r.db.lookup(ctx, r.kind.relation(like))
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	if found == nil {
		return
	}
	var ties []schema.QualifiedName
	if !found.PartitionOf.IsZero() && r.kind.createsTable() {
		// Two partitions of one table cannot be detached at the same time.
		ties = append(ties, found.PartitionOf)
	}
	session, err := r.db.lock(ctx, found.Name, ties...)
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	defer session.Close()
	defer r.db.forget(append([]schema.QualifiedName{found.Name}, ties...)...)
	table, err := readTable(ctx, session.Conn(), found.Name)
	if err != nil {
		resp.Diagnostics.Append(r.db.report(err)...)
		return
	}
	plan := r.dropPlan(ctx, table, like)
	for _, finding := range r.verdict(req.State.Raw).all(plan.Findings) {
		if finding.Severity == hazard.Error {
			appendFinding(&resp.Diagnostics, finding, r.pathOf(finding), "")
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if err := session.Run(ctx, plan.Operations); err != nil {
		resp.Diagnostics.Append(r.db.failedRun(r.kind.id(like), err)...)
	}
}
