// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// advising is a kind of whose changes there is something to say besides what
// they run. observed is nil for a new object.
type advising[O any] interface {
	advise(table *schema.Table, desired O, observed *O) []planner.Finding
	// names are those that the change gives to something.
	names(desired O, observed *O) []planner.NewName
}

var (
	_ advising[schema.Table]      = tableKind{}
	_ advising[tableColumn]       = columnKind{}
	_ advising[schema.Index]      = indexKind{}
	_ advising[schema.ForeignKey] = foreignKeyKind{}
)

// advice is what there is to say of a change.
func (r *managedResource[M, O]) advice(ctx context.Context, p *planning[M, O], v verdict) []planner.Finding {
	object := r.kind.id(p.desired)
	findings := r.db.standbyAdvice(ctx, object, p.plan.Operations, v)
	if p.table != nil && !r.kind.createsTable() || p.observed != nil {
		findings = append(findings, subscribedAdvice(object, r.kind.relation(p.desired).table, r.db.goings(ctx).Subscribed, p.plan.Operations)...)
	}
	if snapshot, err := r.db.snapshot(ctx); err == nil && p.table != nil {
		if size, known := snapshot.Size(p.table.Name); known {
			findings = append(findings, largeTableAdvice(object, p.table.Name, size, p.plan.Operations)...)
		}
	}
	if kind, ok := r.kind.(advising[O]); ok {
		findings = append(findings, kind.advise(p.table, p.desired, p.observed)...)
		findings = append(findings, planner.AdviseNames(r.db.naming, kind.names(p.desired, p.observed))...)
	}
	if kind, ok := r.kind.(indexing[O]); ok && p.table != nil && v.hears(hazard.IndexBreaksHOTUpdates) {
		findings = append(findings, kind.adviseUpdates(p.change.Server, *p.table, p.desired, p.observed, func() catalog.Updates {
			return r.db.updates(ctx, p.table.Name)
		})...)
	}
	return findings
}

// subscribedAdvice is about a table that a subscription fills: what the publisher
// sends has to find its columns, and to fit.
func subscribedAdvice(object string, table schema.QualifiedName, subscribed []catalog.Subscribed, operations []planner.Operation) []planner.Finding {
	at := slices.IndexFunc(subscribed, func(s catalog.Subscribed) bool { return s.QualifiedName == table })
	if at < 0 || !slices.ContainsFunc(operations, takesOrRefuses) {
		return nil
	}
	return []planner.Finding{{
		Hazard: hazard.LogicalSubscriberStricter, Severity: hazard.Warning,
		Summary: object + ": the publisher may send what the table no longer takes",
		Detail: fmt.Sprintf("The subscription %s fills %s. The first row that violates a constraint of its own, or that has a column which it does not have, stops the "+
			"apply worker, and the slot on the publisher keeps WAL until it goes on. Change the publisher first.", subscribed[at].Subscription.Quote(), table),
	}}
}

// takesOrRefuses reports a step after which a table has less, or takes less.
func takesOrRefuses(o planner.Operation) bool {
	return slices.ContainsFunc(o.Hazards, func(id hazard.ID) bool {
		h, known := hazard.Lookup(id)
		return known && (h.Category == hazard.Destructive || h.Category == hazard.DataDependent)
	})
}

// Sizes from which a table is better divided than extended: what GitLab allows
// on its own.
const (
	largeForIndexes = 50 << 30
	largeForColumns = 100 << 30
)

// largeTableAdvice is about what makes a large table larger.
func largeTableAdvice(object string, table schema.QualifiedName, size schema.Size, operations []planner.Operation) []planner.Finding {
	addsColumn := slices.ContainsFunc(operations, func(o planner.Operation) bool { return slices.Contains(o.Hazards, hazard.ColumnAddBreaksStarClients) })
	addsIndex := slices.ContainsFunc(operations, func(o planner.Operation) bool { return !o.Builds.IsZero() })
	large := addsColumn && size.TableBytes > largeForColumns || addsIndex && size.TableBytes > largeForIndexes
	if !large {
		return nil
	}
	return []planner.Finding{{
		Hazard: hazard.DesignTableTooLarge, Severity: hazard.Info,
		Summary: object + ": the table is large for this change",
		Detail: fmt.Sprintf("%s has %s. Each column and each index more makes every later change, backup and restore of it slower. Consider a table of its own "+
			"for what is new, or partitions.", table, bytesInWords(size.TableBytes)),
	}}
}

func (tableKind) names(desired schema.Table, observed *schema.Table) []planner.NewName {
	return planner.NewTableNames(desired, observed)
}

func (columnKind) names(desired tableColumn, observed *tableColumn) []planner.NewName {
	if observed == nil {
		return planner.NewColumnNames(desired.Table, desired.Column, nil)
	}
	return planner.NewColumnNames(desired.Table, desired.Column, &observed.Column)
}

func (indexKind) names(desired schema.Index, observed *schema.Index) []planner.NewName {
	return planner.NewIndexNames(desired.Table, desired, observed)
}

func (foreignKeyKind) names(desired schema.ForeignKey, observed *schema.ForeignKey) []planner.NewName {
	return planner.NewForeignKeyNames(desired, observed)
}

func (tableKind) advise(_ *schema.Table, desired schema.Table, observed *schema.Table) []planner.Finding {
	return planner.AdviseTable(desired, observed)
}

func (columnKind) advise(table *schema.Table, desired tableColumn, observed *tableColumn) []planner.Finding {
	if observed == nil {
		return planner.AdviseColumn(*table, desired.Column, nil)
	}
	return planner.AdviseColumn(*table, desired.Column, &observed.Column)
}

func (indexKind) advise(table *schema.Table, desired schema.Index, observed *schema.Index) []planner.Finding {
	return planner.AdviseIndex(*table, desired, observed)
}

func (foreignKeyKind) advise(_ *schema.Table, desired schema.ForeignKey, observed *schema.ForeignKey) []planner.Finding {
	return planner.AdviseForeignKey(desired, observed)
}
