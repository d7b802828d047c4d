// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// replacements finds the columns that are replaced, those whose replacement is
// taken back, and those that another resource replaces.
func (m *moves) replacements(desired, prior, observed schema.Table) {
	taken := map[schema.Name]bool{}
	for _, group := range replacingGroups(desired, observed) {
		var recorded *schema.OpenTransition
		for i, t := range observed.Transitions {
			if t.Kind == schema.ColumnReplaced && sameNames(t.New, names(group)) && sameNames(t.Old, replacedBy(group)) {
				recorded, taken[t.Name] = &observed.Transitions[i], true
			}
		}
		if found := m.replacement(desired, observed, group, recorded); found != nil {
			m.list = append(m.list, *found)
		}
	}
	for i, t := range observed.Transitions {
		if t.Kind != schema.ColumnReplaced || taken[t.Name] {
			continue
		}
		m.undeclared(desired, prior, observed, &observed.Transitions[i])
	}
}

// undeclared decides about an open replacement that the configuration does not
// declare as it is.
func (m *moves) undeclared(desired, prior, observed schema.Table, t *schema.OpenTransition) {
	declares := func(table schema.Table, columns []schema.Name) bool { return intersect(names(table.Columns), columns) }
	everyOld := !slices.ContainsFunc(t.Old, func(n schema.Name) bool { return desired.Column(n) == nil })
	summary := fmt.Sprintf("Replacement of %s is open", columnIDs(observed, t.Old))
	again := fmt.Sprintf("the columns %s with `replaces`, as they were", schema.QuoteNames(t.New))
	switch {
	case declares(desired, t.New):
		m.refuse([]string{"columns"}, summary, fmt.Sprintf("A transition from %s to %s has reached %q and does not end by itself. Declare %s, until "+
			"`phase = \"contract\"` has ended it; or take it back: declare %s again, and not %s.", schema.QuoteNames(t.Old), schema.QuoteNames(t.New),
			t.Phase, again, schema.QuoteNames(t.Old), schema.QuoteNames(t.New)))
	case m.separate && !declares(prior, t.New), !m.separate && t.Separate:
		m.foreign = append(m.foreign, *t)
	case everyOld:
		m.list = append(m.list, move{OpenTransition: *t, recorded: t, path: []string{"columns"}})
	default:
		m.refuse([]string{"columns"}, summary, fmt.Sprintf("The configuration declares neither side of a transition from %s to %s. Declare %s to go on "+
			"with it, or all of %s to take it back.", schema.QuoteNames(t.Old), schema.QuoteNames(t.New), again, schema.QuoteNames(t.Old)))
	}
}

// replacingGroups are the columns whose replacement is not over, those together
// that share old columns.
func replacingGroups(desired, observed schema.Table) [][]schema.Column {
	var groups [][]schema.Column
	for _, column := range sortedByName(desired.Columns, func(c schema.Column) schema.Name { return c.Name }) {
		if column.Replaces == nil || replacementIsOver(column, observed) {
			continue
		}
		joined := []schema.Column{column}
		var rest [][]schema.Column
		for _, group := range groups {
			if intersect(replacedBy(group), column.Replaces.Columns) {
				joined = append(slices.Clone(group), joined...)
			} else {
				rest = append(rest, group)
			}
		}
		rest = append(rest, sortedByName(joined, func(c schema.Column) schema.Name { return c.Name }))
		groups = rest
	}
	return groups
}

// replacementIsOver reports that the new column is there and nothing of the old
// side is: another environment, or the apply of contract, has done it.
func replacementIsOver(column schema.Column, observed schema.Table) bool {
	return observed.Column(column.Name) != nil &&
		!slices.ContainsFunc(column.Replaces.Columns, func(n schema.Name) bool { return observed.Column(n) != nil })
}

func replacedBy(group []schema.Column) []schema.Name {
	var old []schema.Name
	for _, column := range group {
		old = append(old, column.Replaces.Columns...)
	}
	slices.Sort(old)
	return slices.Compact(old)
}

// replacement describes one transition, or reports why it cannot be.
func (m *moves) replacement(desired, observed schema.Table, group []schema.Column, recorded *schema.OpenTransition) *move {
	before := len(m.findings)
	found := &move{recorded: recorded, to: schema.Expand, columns: group, path: replacesPath(group[0])}
	found.OpenTransition = schema.OpenTransition{
		Name: schema.DerivedName("transition", append([]schema.Name{observed.Name.Schema, observed.Name.Name}, names(group)...)...),
		Kind: schema.ColumnReplaced, Table: observed.Name, Phase: schema.Expand, New: names(group), Old: replacedBy(group),
		Separate: m.separate,
	}
	ddl.NameDualWrite(&found.OpenTransition)
	m.directions(found, observed, group)
	if recorded != nil {
		found.Name, found.Phase, found.OldNotNull, found.Separate = recorded.Name, recorded.Phase, recorded.OldNotNull, recorded.Separate
		found.Trigger, found.Function, found.Counter = recorded.Trigger, recorded.Function, recorded.Counter
		m.redefinition(*found)
		if found.redefined() {
			// One that the trigger fed may have to become optional now.
			found.OldNotNull = sortedNames(found.OldNotNull, becomeOptional(observed, *found))
		}
	} else {
		m.replaceable(desired, observed, group)
		if len(m.findings) == before {
			found.OldNotNull = becomeOptional(observed, *found)
		}
	}
	if len(m.findings) > before {
		return nil
	}
	return found
}

func sortedNames(a, b []schema.Name) []schema.Name {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func replacesPath(column schema.Column) []string {
	return []string{"columns", string(column.Name), "replaces"}
}

// directions fills in how each side follows from the other one.
func (m *moves) directions(found *move, observed schema.Table, group []schema.Column) {
	found.Up, found.Down, found.Defaults = map[schema.Name]string{}, map[schema.Name]string{}, map[schema.Name]string{}
	for _, column := range group {
		r := column.Replaces
		if r.Up != nil {
			found.Up[column.Name] = spelled(*r.Up)
			if r.Up.Volatility == schema.Volatile {
				m.refuse(append(replacesPath(column), "up"), fmt.Sprintf("Cannot compute %s", columnID(observed, column.Name)),
					"The expression calls a volatile function: it gives another value each time, so that nothing could tell whether both sides agree.")
			}
		} else {
			found.Up[column.Name] = r.Columns[0].Quote()
		}
		if column.Default != nil {
			found.Defaults[column.Name] = spelled(*column.Default)
		}
		for _, old := range slices.Sorted(maps.Keys(r.Down)) {
			text := spelled(r.Down[old])
			if other, twice := found.Down[old]; twice && other != text {
				m.refuse(append(replacesPath(column), "down"), fmt.Sprintf("Cannot compute %s", columnID(observed, old)),
					"Two of the columns that replace it say how, and not the same. Write `down` for it once.")
			}
			found.Down[old] = text
		}
	}
	if len(group) == 1 && len(found.Old) == 1 && group[0].Replaces.Up == nil {
		if _, said := found.Down[found.Old[0]]; !said {
			found.Down[found.Old[0]] = group[0].Name.Quote()
		}
	}
}

// redefinition refuses another up or down once rows were filled by it.
func (m *moves) redefinition(found move) {
	if !found.redefined() || found.recorded.Phase == schema.Expand {
		return
	}
	m.refuse(found.path, found.summary(), fmt.Sprintf("`up`, `down` or the columns have changed, and rows were filled as they were before. Take the "+
		"transition back (declare %s again, and not %s), and begin anew.", schema.QuoteNames(found.Old), schema.QuoteNames(found.New)))
}

// redefined reports that the configuration says something else than the trigger
// does.
func (m move) redefined() bool {
	return m.recorded != nil && m.replaces() && (!maps.Equal(m.Up, m.recorded.Up) || !maps.Equal(m.Down, m.recorded.Down))
}

// defaultsChanged reports that the trigger supplies other defaults than the
// declared ones.
func (m move) defaultsChanged() bool {
	return m.recorded != nil && m.replaces() && !maps.Equal(m.Defaults, m.recorded.Defaults)
}

// spelled is an expression in the server's words, where it has been asked.
func spelled(e schema.Expression) string {
	if e.Canonical != "" {
		return e.Canonical
	}
	return e.Text
}
