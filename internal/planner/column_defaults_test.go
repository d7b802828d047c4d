// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"math"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// What is written out and yet the default is no change of a column that has the
// default.
func TestPlanColumnWithDefaultsWrittenOut(t *testing.T) {
	t.Parallel()
	small := schema.Type{Text: "smallint", Canonical: "smallint", Facts: &schema.TypeFacts{Kind: "b", Length: 2, Align: "s", Storage: "plain"}}
	words := schema.Type{Text: "text", Canonical: "text", Facts: &schema.TypeFacts{Kind: "b", Length: -1, Align: "i", Storage: "extended"}}
	options := func(start, increment, lowest, highest int64) *schema.Identity {
		return &schema.Identity{Sequence: schema.SequenceOptions{
			Start: &start, Increment: &increment, MinValue: &lowest, MaxValue: &highest, Cache: new(int64(1)),
		}}
	}
	for _, test := range []struct{ desired, observed schema.Column }{
		{
			schema.Column{
				Name: "c", Type: words, Nullable: true, Storage: "extended", Collation: schema.QualifiedName{Name: "default"},
				Default: &schema.Expression{Text: "null::text", Canonical: "NULL"},
			},
			schema.Column{Name: "c", Type: words, Nullable: true},
		},
		{
			schema.Column{Name: "c", Type: bigint, Identity: options(1, 1, 1, math.MaxInt64)},
			schema.Column{Name: "c", Type: bigint, Identity: &schema.Identity{}},
		},
		{
			schema.Column{Name: "c", Type: small, Identity: options(-1, -2, math.MinInt16, -1)},
			schema.Column{Name: "c", Type: small, Identity: &schema.Identity{Sequence: schema.SequenceOptions{Increment: new(int64(-2))}}},
		},
		{
			schema.Column{Name: "c", Type: integer, Identity: options(10, 1, 10, math.MaxInt32)},
			schema.Column{Name: "c", Type: integer, Identity: &schema.Identity{Sequence: schema.SequenceOptions{MinValue: new(int64(10))}}},
		},
	} {
		table := schema.Table{Name: users, Columns: []schema.Column{test.observed}}
		plan := planner.PlanColumn(planner.Change{Server: planner.Server{Version: 180000}}, table, test.desired, &test.observed)
		if len(plan.Operations)+len(plan.Findings) > 0 {
			t.Errorf("%s:\n%s", test.desired.Type.Text, render(plan))
		}
	}
}
