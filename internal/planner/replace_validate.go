// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// columnIDs names several columns of a table.
func columnIDs(table schema.Table, columns []schema.Name) string {
	text := columnID(table, columns[0])
	for _, column := range columns[1:] {
		text += ", " + column.Quote()
	}
	return text
}

// validateReplaces reports what is wrong with `replaces` whatever the server
// says. Paths start at the column.
func validateReplaces(desired schema.Column) []Finding {
	r := desired.Replaces
	if r == nil {
		return nil
	}
	var findings []Finding
	fail := func(detail string, attribute ...string) {
		findings = append(findings, refusal(append([]string{"replaces"}, attribute...), fmt.Sprintf("Invalid column %s", desired.Name), detail))
	}
	seen := map[schema.Name]bool{}
	for _, old := range r.Columns {
		if err := old.Validate(); err != nil {
			fail("The name "+err.Error()+".", "columns")
		}
		if seen[old] {
			fail(fmt.Sprintf("It names the column %s twice.", old), "columns")
		}
		if old == desired.Name {
			fail("A column cannot replace itself. To change its type, change `type`.", "columns")
		}
		seen[old] = true
	}
	switch {
	case len(r.Columns) == 0:
		fail("It names no column to replace.", "columns")
	case len(r.Columns) > 1 && r.Up == nil:
		fail(fmt.Sprintf("It replaces %d columns: write `up`, an expression over them, for example up = \"%s || ' ' || %s\".",
			len(r.Columns), r.Columns[0].Quote(), r.Columns[1].Quote()), "up")
	}
	if r.Up != nil {
		if err := r.Up.Validate(); err != nil {
			fail("In the expression, "+err.Error()+".", "up")
		}
	}
	for _, old := range slices.Sorted(maps.Keys(r.Down)) {
		if err := r.Down[old].Validate(); err != nil {
			fail("In the expression, "+err.Error()+".", "down", string(old))
		}
		if !seen[old] {
			fail(fmt.Sprintf("`down` computes %s, which is not among the columns that it replaces (%s).", old, schema.QuoteNames(r.Columns)), "down", string(old))
		}
	}
	switch {
	case desired.Generated != nil:
		fail("A generated column cannot be written by the trigger that keeps both sides in step. Make it an ordinary column.")
	case desired.Identity != nil:
		fail("An identity column takes its values from its sequence, not from another column. Replace the column first and make it an identity column after contract.")
	case desired.Backfill != nil:
		fail("`up` says what the rows of today get: remove `backfill`.")
	}
	return findings
}

// replaceable reports what the table has or lacks that makes the replacement
// impossible.
func (m *moves) replaceable(desired, observed schema.Table, group []schema.Column) {
	if len(observed.Children) > 0 {
		m.refuse(replacesPath(group[0]), fmt.Sprintf("Cannot replace %s", columnIDs(observed, replacedBy(group))),
			fmt.Sprintf("Other tables inherit from %s. A trigger of a parent does not fire for rows that are written to a child, so that old and new code "+
				"would fall out of step there.", observed.Name))
	}
	for _, column := range group {
		path := append(replacesPath(column), "columns")
		summary := fmt.Sprintf("Cannot replace %s by %s", columnIDs(observed, column.Replaces.Columns), column.Name)
		fail := func(detail string) { m.refuse(path, summary, detail) }
		inTransition := slices.ContainsFunc(observed.Transitions, func(t schema.OpenTransition) bool { return contains(t.New, column.Name) })
		if observed.Column(column.Name) != nil && !inTransition {
			fail(fmt.Sprintf("The column %s is there already, beside the one that it replaces, and no transition ties them to each other: its values may "+
				"be anything. Drop it, or choose another name; where it holds all that the old one does, remove `replaces` and leave %s out of `columns`, "+
				"which removes it by a transition of its own.", column.Name, schema.QuoteNames(column.Replaces.Columns)))
		}
		if f := column.Type.Facts; f != nil && f.Constrained {
			fail(fmt.Sprintf("%s is a domain with a constraint: adding the column would write the whole table anew under ACCESS EXCLUSIVE (%s). Use the "+
				"domain's base type and declare the constraint in `checks`.", column.Type.SQL(), hazard.ColumnAddConstrainedDomainRewrite))
		}
		for _, old := range column.Replaces.Columns {
			m.replaceableColumn(desired, observed, old, fail)
		}
	}
}

func (m *moves) replaceableColumn(desired, observed schema.Table, name schema.Name, fail func(string)) {
	old := observed.Column(name)
	if c := desired.Column(name); c != nil && c.Replaces != nil {
		fail(fmt.Sprintf("%s is itself about to replace another column. End that transition first.", name))
		return
	}
	switch {
	case old == nil:
		fail(fmt.Sprintf("The table has no column %s, and not the new one either.", name))
		return
	case old.Generated != nil:
		fail(fmt.Sprintf("%s is a generated column: nothing can write it, so old and new code cannot be kept in step. Declare the new column as "+
			"generated, and remove the old one afterwards.", name))
	case old.Inherited:
		fail(fmt.Sprintf("%s comes from a parent table, and only goes with it. Replace it there.", name))
	case inPartitionKey(observed, name):
		fail(fmt.Sprintf("%s belongs to the partition key, which PostgreSQL cannot change. Create a new table, fill it, and swap the names.", name))
	}
	for _, t := range observed.Transitions {
		if contains(t.Old, name) || contains(t.New, name) {
			fail(fmt.Sprintf("%s already takes part in a transition (%s: %s), which has reached %q. End it first, by contract or by declaring the old "+
				"structure again.", name, t.Kind, transitionSides(t), t.Phase))
		}
	}
}

func transitionSides(t schema.OpenTransition) string {
	if len(t.New) == 0 {
		return schema.QuoteNames(t.Old)
	}
	return schema.QuoteNames(t.Old) + " to " + schema.QuoteNames(t.New)
}

func inPartitionKey(table schema.Table, column schema.Name) bool {
	return table.PartitionBy != nil && slices.ContainsFunc(table.PartitionBy.Keys, func(k schema.IndexKey) bool {
		return k.Column == column || k.Expression != nil && k.Expression.Mentions(column)
	})
}

// becomeOptional are the old columns whose NOT NULL would make writers fail that
// know the new columns only: nothing gives them a value then. One that has a
// default needs none.
func becomeOptional(observed schema.Table, m move) []schema.Name {
	var optional []schema.Name
	for _, name := range m.Old {
		old := observed.Column(name)
		if old.Nullable || old.Default != nil || old.Identity != nil {
			continue
		}
		down, fed := m.Down[name]
		copied := len(m.columns) == 1 && down == m.columns[0].Name.Quote() && m.columns[0].Nullable
		if !fed || copied {
			optional = append(optional, name)
		}
	}
	return optional
}

// mayStarve warns of a down that can give NULL for an old column that is NOT
// NULL.
func (m move) mayStarve(observed schema.Table) []Finding {
	var findings []Finding
	open := slices.IndexFunc(m.columns, func(c schema.Column) bool { return c.Nullable })
	for _, name := range m.Old {
		down, fed := m.Down[name]
		if old := observed.Column(name); open < 0 || !fed || old.Nullable || contains(m.OldNotNull, name) {
			continue
		}
		findings = append(findings, Finding{
			Severity: hazard.Warning, Path: append(slices.Clone(m.path), "down"),
			Summary: fmt.Sprintf("Column %s stays NOT NULL", columnID(observed, name)),
			Detail: fmt.Sprintf("New code feeds it by (%s). Where that gives NULL, the write fails (23502): %s may be NULL. Use coalesce(), or make new "+
				"code write all of %s.", down, m.columns[open].Name, schema.QuoteNames(m.New)),
		})
	}
	return findings
}

// makeOptional drops the NOT NULL of old columns, or says why that is refused.
func makeOptional(observed schema.Table, columns []schema.Name, path []string, fed string) (statements []string, findings []Finding) {
	for _, name := range columns {
		column := *observed.Column(name)
		nullable := column
		nullable.Nullable = true
		drop, found := dropNotNull(observed, nullable, column)
		for _, f := range found {
			f.Path = path
			if f.Severity == hazard.Error {
				f.Summary = fmt.Sprintf("Cannot make %s optional", columnID(observed, name))
				f.Detail += fed
			} else {
				f.Summary = fmt.Sprintf("Column %s becomes optional", columnID(observed, name))
				f.Detail = "New code may leave it out from then on: code that still reads it can then meet NULL in rows that new code has written." + fed
			}
			findings = append(findings, f)
		}
		statements = append(statements, drop...)
	}
	return statements, findings
}
