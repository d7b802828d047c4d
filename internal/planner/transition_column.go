// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// effective is a declared column as far as the phase lets it be: a new column
// is NOT NULL from migrate and has its default from contract on; an old one
// that another resource has made optional stays so.
func (m moves) effective(desired schema.Column, table schema.Table) schema.Column {
	desired.Replaces, desired.Conversion = nil, nil
	have := table.Column(desired.Name)
	move := m.of(desired.Name)
	if r := m.retypeOf(desired.Name); r != nil && have != nil {
		// The type it has by now is the one of the phase.
		if !sameType(desired, *have) {
			desired.Type, desired.Collation = have.Type, have.Collation
			desired.Storage, desired.Compression = have.Storage, have.Compression
			desired.Default = recastDefault(desired.Default, have.Default)
			if r.ways.lenient {
				// The declared one is of the other type.
				desired.Default = have.Default
			}
		}
	}
	switch {
	case have == nil:
	case move != nil && !move.takenBack():
		desired.Default = have.Default
		if !move.to.Reaches(schema.Migrate) {
			desired.Nullable = have.Nullable || have.NotNullPending()
		}
	default:
		for _, t := range m.foreign {
			if contains(t.OldNotNull, desired.Name) {
				desired.Nullable = true
			}
		}
	}
	return desired
}

// plannedColumn tags the plan of a column with the phase that asks for it.
// Whether a column holds NULLs nobody can say before it is filled.
func (m moves) plannedColumn(plan Plan, column schema.Name) Plan {
	move := m.of(column)
	if move == nil || !move.migrates() {
		return plan
	}
	plan.Probes = nil
	plan.Findings = slices.DeleteFunc(slices.Clone(plan.Findings), func(f Finding) bool {
		// The trigger writes it for code that does not.
		return f.Hazard == hazard.ColumnSetNotNullBreaksWriters
	})
	return plan.in(schema.Migrate)
}

// held reports that a declared constraint waits for migrate.
func (m moves) held(c constraint) bool {
	return slices.ContainsFunc(m.list, func(move move) bool {
		return move.to == schema.Expand && len(move.New) > 0 && c.names(move.New)
	})
}

// swapped returns the moves that a constraint is redefined for: away from their
// old columns. Until contract, code relies on the one that it has (ON CONFLICT
// names columns), so that the new one is prepared and takes its name then.
func (m moves) swapped(desired, observed constraint) []move {
	return slices.DeleteFunc(slices.Clone(m.list), func(move move) bool {
		return move.takenBack() || !observed.names(move.Old) || desired.names(move.Old)
	})
}

// concerning is the move that a constraint on new columns belongs to.
func (m moves) concerning(c constraint) *move {
	for i := range m.list {
		if len(m.list[i].New) > 0 && c.names(m.list[i].New) {
			return &m.list[i]
		}
	}
	return nil
}

// constrained tags the plan of a constraint on new columns with the phase that
// asks for it.
func (m moves) constrained(plan Plan, c constraint) Plan {
	move := m.concerning(c)
	if move == nil || !move.migrates() {
		return plan
	}
	return plan.in(schema.Migrate)
}

// single plans one column that is a resource of its own, with the transition
// that it takes part in.
func (m moves) single(c Change, table schema.Table, desired schema.Column) Plan {
	plan := Plan{Findings: m.findings}
	if m.refused() {
		return plan
	}
	plan = plan.with(relativeTo(m.begin(&table)))
	column := planColumn(c, table, m.effective(desired, table), table.Column(desired.Name))
	plan = plan.with(m.plannedColumn(column, desired.Name))
	if plan.Refused() {
		return plan
	}
	plan = plan.with(relativeTo(m.finish(table, nil)))
	plan.Open = m.left(table.Transitions)
	return plan
}

// relativeTo makes the paths of a table those of one of its columns.
func relativeTo(plan Plan) Plan {
	short := func(path []string) []string {
		if len(path) >= 2 && path[0] == "columns" {
			return path[2:]
		}
		if len(path) == 1 && path[0] == "columns" {
			return nil
		}
		return path
	}
	plan.Findings, plan.Probes = slices.Clone(plan.Findings), slices.Clone(plan.Probes)
	for i := range plan.Findings {
		plan.Findings[i].Path = short(plan.Findings[i].Path)
	}
	for i := range plan.Probes {
		plan.Probes[i].Finding.Path = short(plan.Probes[i].Finding.Path)
	}
	return plan
}

// involved reports whether the column takes part in a transition, or is to.
func involved(c Change, table schema.Table, desired schema.Column) bool {
	if have := table.Column(desired.Name); have != nil && becomesRetype(c, table, desired, *have) {
		return true
	}
	return desired.Replaces != nil || slices.ContainsFunc(table.Transitions, func(t schema.OpenTransition) bool {
		return contains(t.Old, desired.Name) || contains(t.New, desired.Name)
	})
}

// planResourceColumn plans a column with its transition. Prior is the name that
// the state has, which is another one where the column was renamed.
func planResourceColumn(c Change, table schema.Table, desired schema.Column, prior []schema.Column) Plan {
	if r := desired.Replaces; r != nil && len(r.Columns) > 1 {
		return Plan{Findings: []Finding{refusal([]string{"replaces", "columns"}, fmt.Sprintf("Cannot replace %s", columnIDs(table, r.Columns)),
			"A pgphase_column replaces one old column, at its own pace. Columns that are merged move together: declare them in the `columns` of a "+
				"pgphase_table.")}}
	}
	// A column that the table's own resource removes is none of its business.
	table.Transitions = slices.DeleteFunc(slices.Clone(table.Transitions), func(t schema.OpenTransition) bool {
		return t.Kind == schema.ColumnRemoved && !contains(t.Old, desired.Name)
	})
	declared := schema.Table{Name: table.Name, Columns: []schema.Column{desired}}
	m := findMoves(c, declared, schema.Table{Name: table.Name, Columns: prior}, table, true)
	m.findings = relativeTo(Plan{Findings: m.findings}).Findings
	return m.single(c, table, desired)
}
