// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// removals finds the columns that leave the table, each a transition of its
// own, and those that are declared again.
func (m *moves) removals(desired, prior, observed schema.Table) {
	inTransition := map[schema.Name]bool{}
	for i, t := range observed.Transitions {
		for _, name := range append(slices.Clone(t.Old), t.New...) {
			inTransition[name] = true
		}
		if t.Kind != schema.ColumnRemoved || observed.Column(t.Old[0]) == nil {
			continue
		}
		found := move{OpenTransition: t, recorded: &observed.Transitions[i], path: []string{"columns"}}
		if desired.Column(t.Old[0]) == nil && !contains(desired.IgnoredColumns, t.Old[0]) {
			found.to = schema.Expand
		}
		m.list = append(m.list, found)
	}
	for _, column := range sortedByName(prior.Columns, func(c schema.Column) schema.Name { return c.Name }) {
		have := observed.Column(column.Name)
		if have == nil || desired.Column(column.Name) != nil || inTransition[column.Name] ||
			contains(desired.IgnoredColumns, column.Name) || m.leaving(column.Name) != nil {
			continue
		}
		m.list = append(m.list, removal(observed, *have))
	}
}

// removal describes the end of a column that nothing replaces. A column with a
// default need not become optional: new code may leave it out as it is.
func removal(observed schema.Table, column schema.Column) move {
	found := move{to: schema.Expand, path: []string{"columns"}}
	found.OpenTransition = schema.OpenTransition{
		Name: schema.DerivedName("removal", observed.Name.Schema, observed.Name.Name, column.Name),
		Kind: schema.ColumnRemoved, Table: observed.Name, Phase: schema.Expand, Old: []schema.Name{column.Name},
	}
	if !column.Nullable && column.Default == nil && column.Identity == nil && column.Generated == nil {
		found.OldNotNull = found.Old
	}
	return found
}
