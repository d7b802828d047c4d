// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// move is a transition of columns on its way: what it is made of, how far it
// is, and how far it shall go.
type move struct {
	// OpenTransition is the transition as the configuration has it.
	schema.OpenTransition
	// recorded is what the ledger has; nil while nothing has begun.
	recorded *schema.OpenTransition
	// to is the phase to reach; schema.NoPhase for a move that is taken back.
	to schema.Phase
	// columns are the declared new columns.
	columns []schema.Column
	// path leads to the attribute that wants it.
	path []string
}

// from is the phase that was reached; schema.NoPhase while nothing has begun.
func (m move) from() schema.Phase {
	if m.recorded == nil {
		return schema.NoPhase
	}
	return m.recorded.Phase
}

// takenBack reports that the configuration declares the old structure again.
func (m move) takenBack() bool { return m.to == schema.NoPhase }

// migrates reports that the plan takes the move to migrate, or past it.
func (m move) migrates() bool {
	return m.to.Reaches(schema.Migrate) && !m.from().Reaches(schema.Migrate)
}

func (m move) replaces() bool { return m.Kind == schema.ColumnReplaced }

// unfed are the old columns that nothing keeps current.
func (m move) unfed() []schema.Name {
	return slices.DeleteFunc(slices.Clone(m.Old), func(n schema.Name) bool { _, fed := m.Down[n]; return fed })
}

// moves are all transitions of columns that a change of a table meets.
type moves struct { //nolint:recvcheck // what fills it needs a pointer; what plans works on a copy
	change Change
	// separate reports that the resource is a column of its own.
	separate bool
	list     []move
	// retypes are columns that are retyped in place.
	retypes []retype
	// foreign are open transitions that another resource declares.
	foreign []schema.OpenTransition
	// findings are errors: what is wanted cannot be done, or not in this phase.
	findings []Finding
}

// findMoves compares what is declared, what the state names and what is open.
func findMoves(c Change, desired, prior, observed schema.Table, separate bool) moves {
	m := moves{change: c, separate: separate}
	m.replacements(desired, prior, observed)
	m.removals(desired, prior, observed)
	m.findRetypes(desired, prior, observed)
	slices.SortStableFunc(m.list, func(a, b move) int {
		return schema.QualifiedName{Schema: schema.Name(a.Kind), Name: a.Name}.Compare(
			schema.QualifiedName{Schema: schema.Name(b.Kind), Name: b.Name})
	})
	for i := range m.list {
		if !m.list[i].takenBack() {
			to, finding := targetPhase(c, m.list[i])
			m.list[i].to = to
			if finding != nil {
				m.findings = append(m.findings, *finding)
			}
		}
	}
	m.obstacles(desired, prior, observed)
	return m
}

func (m *moves) refuse(path []string, summary, detail string) {
	m.findings = append(m.findings, refusal(path, summary, detail))
}

// refused reports errors after which there is nothing to plan.
func (m moves) refused() bool { return Plan{Findings: m.findings}.Refused() }

// of returns the move that has the column as a new one.
func (m moves) of(column schema.Name) *move {
	for i := range m.list {
		if contains(m.list[i].New, column) {
			return &m.list[i]
		}
	}
	return nil
}

// leaving returns the move that will drop one of the columns, or nil.
func (m moves) leaving(columns ...schema.Name) *move {
	for i := range m.list {
		if !m.list[i].takenBack() && intersect(m.list[i].Old, columns) {
			return &m.list[i]
		}
	}
	return nil
}

// retains reports that an open or wanted transition still needs one of the
// columns.
func (m moves) retains(columns ...schema.Name) bool {
	return m.leaving(columns...) != nil ||
		slices.ContainsFunc(m.foreign, func(t schema.OpenTransition) bool {
			return t.Kind != schema.ColumnRetyped && intersect(t.Old, columns)
		})
}

func intersect(a, b []schema.Name) bool {
	return slices.ContainsFunc(a, func(n schema.Name) bool { return contains(b, n) })
}

// Retained lists what waits for the contract of open transitions.
func Retained(observed schema.Table) []string {
	var retained []string
	for _, t := range observed.Transitions {
		switch t.Kind {
		case schema.TableRenamed:
			what := "name "
			name := t.Table
			if t.Phase == schema.Migrate {
				what, name = "view ", t.OtherName
			}
			retained = append(retained, what+name.String())
		default:
			for _, column := range t.Old {
				retyped := t.Kind == schema.ColumnRetyped
				if retyped && t.Phase == schema.Migrate || !retyped && observed.Column(column) != nil {
					retained = append(retained, "column "+columnID(observed, column))
				}
			}
		}
	}
	slices.Sort(retained)
	return retained
}
