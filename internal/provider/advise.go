// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// advising is a kind of whose changes there is something to say besides what
// they run. observed is nil for a new object.
type advising[O any] interface {
	advise(table *schema.Table, desired O, observed *O) []planner.Finding
}

var (
	_ advising[schema.Table]      = tableKind{}
	_ advising[tableColumn]       = columnKind{}
	_ advising[schema.Index]      = indexKind{}
	_ advising[schema.ForeignKey] = foreignKeyKind{}
)

// advice is what there is to say of a change.
func (r *managedResource[M, O]) advice(ctx context.Context, p *planning[M, O], v verdict) []planner.Finding {
	findings := r.db.standbyAdvice(ctx, r.kind.id(p.desired), p.plan.Operations, v)
	if kind, ok := r.kind.(advising[O]); ok {
		findings = append(findings, kind.advise(p.table, p.desired, p.observed)...)
	}
	return findings
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
