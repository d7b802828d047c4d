// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// finish plans what comes after the columns and constraints: the phase that was
// reached, and the end of the old structure, or of the new one where it is taken
// back. Swaps exchange constraints of old columns for those of new ones.
func (m moves) finish(table schema.Table, swaps []Operation) Plan {
	var plan Plan
	for _, move := range m.list {
		plan.Operations = append(plan.Operations, move.reached()...)
	}
	for _, move := range m.list {
		if move.to == schema.Contract && move.replaces() && !m.change.SkipVerify {
			plan.Operations = append(plan.Operations, move.verify(table))
		}
	}
	plan.Operations = append(plan.Operations, swaps...)
	var kept []Operation
	for _, move := range m.list {
		switch {
		case move.takenBack() && !move.replaces():
			kept = append(kept, move.keep())
		case move.to == schema.Contract:
			plan = plan.with(move.contract(table))
			table = withoutColumns(table, move.Old)
		case move.takenBack():
			plan = plan.with(move.rollBack(table))
			table = withoutColumns(table, move.New)
		}
	}
	plan.Operations = append(plan.Operations, together(kept)...)
	for _, r := range m.retypes {
		plan = plan.with(r.finish(m.change, &table))
	}
	return plan
}

// reached records migrate, also on the way to contract: an apply that is
// interrupted there need not fill the table again.
func (m move) reached() []Operation {
	operation := m.step(schema.Migrate)
	switch {
	case m.to == schema.Expand && m.from() == schema.Migrate:
		operation.Phase = schema.Expand
		operation.Statements = []string{ddl.ReachPhase(m.Name, schema.Expand)}
	case m.migrates() && (m.replaces() || m.to == schema.Migrate):
		operation.Statements = []string{ddl.ReachPhase(m.Name, schema.Migrate)}
	default:
		return nil
	}
	return []Operation{operation}
}

// verify compares both sides: what it finds, contract would lose.
func (m move) verify(table schema.Table) Operation {
	return Operation{
		Phase: schema.Contract, Class: Verify,
		Statements: []string{ddl.Bounded(ddl.Inconsistent(m.OpenTransition, table))},
		Effect:     Effect{Scans: true},
	}
}

// contract drops the old columns with all that kept them in step, in one short
// transaction: there is no moment at which a writer of either side goes wrong.
func (m move) contract(table schema.Table) Plan {
	drop := columnDrop{table: table, columns: presentOf(table, m.Old), after: ddl.EndTransition(m.Name, ddl.Contracted)}
	if m.replaces() {
		drop.before = append(ddl.DropDualWriteTrigger(m.OpenTransition, table.Name), m.keepSequences(table)...)
		drop.hazards = []hazard.ID{hazard.TriggerDropExclusive}
		var after []string
		for _, column := range m.columns {
			if column.Default != nil {
				after = append(after, ddl.SetDefault(table.Name, column.Name, column.Default))
			}
		}
		after = append(after, ddl.DropDualWriteObjects(m.OpenTransition)...)
		drop.after = append(after, drop.after...)
	}
	var plan Plan
	for _, name := range drop.columns {
		plan.Findings = append(plan.Findings, Plan{Findings: columnDropWarnings(table, *table.Column(name))}.under(m.path...).Findings...)
	}
	return plan.with(drop.plan().in(schema.Contract))
}

// keepSequences hands the sequences of old columns on to new ones whose default
// is to use them: they would go with the columns that own them.
func (m move) keepSequences(table schema.Table) []string {
	var statements []string
	for _, name := range presentOf(table, m.Old) {
		sequence := table.Column(name).OwnedSequence
		used := func(c schema.Column) bool {
			return c.Default != nil && strings.Contains(c.Default.Text+c.Default.Canonical, string(sequence.Name))
		}
		if i := slices.IndexFunc(m.columns, used); !sequence.IsZero() && i >= 0 {
			statements = append(statements, ddl.DisownSequence(sequence))
		}
	}
	return statements
}

// keep ends the removal of a column that is declared again.
func (m move) keep() Operation {
	operation := m.step(schema.NoPhase)
	operation.Statements = ddl.EndTransition(m.Name, ddl.RolledBack)
	return operation
}

// rollBack ends a replacement that the configuration no longer wants: the new
// columns go, the old ones are what they were.
func (m move) rollBack(table schema.Table) Plan {
	end := ddl.EndTransition(m.Name, ddl.RolledBack)
	drop := columnDrop{
		table: table, columns: presentOf(table, m.New),
		before:  ddl.DropDualWriteTrigger(m.OpenTransition, table.Name),
		after:   append(ddl.DropDualWriteObjects(m.OpenTransition), end...),
		hazards: []hazard.ID{hazard.TriggerDropExclusive},
	}
	return drop.plan()
}

// restore makes old columns NOT NULL again for a roll-back that no declared
// column asks for.
func (m moves) restore(table schema.Table) Plan {
	var plan Plan
	for _, move := range m.list {
		for _, name := range presentOf(table, move.OldNotNull) {
			desired, observed := *table.Column(name), *table.Column(name)
			desired.Nullable = false
			plan = plan.with(planNotNull(m.change, table, desired, observed))
		}
	}
	return plan
}

// loss says what a roll-back costs, and refuses it where something has come to
// depend on the new columns.
func (m move) loss(table schema.Table) Plan {
	plan := Plan{}
	if !m.replaces() {
		return plan
	}
	rest := withoutOwnTriggers(table)
	rest.PrimaryKey, rest.Uniques, rest.Checks, rest.Exclusions = nil, nil, nil, nil
	rest = withoutReplaceable(rest)
	var blocking []string
	for _, name := range presentOf(table, m.New) {
		b, v := dependentsOf(rest, *table.Column(name))
		blocking = append(append(blocking, b...), v...)
	}
	summary := fmt.Sprintf("replacement of %s by %s", columnIDs(table, m.Old), schema.QuoteNames(m.New))
	if len(blocking) > 0 {
		plan.Findings = append(plan.Findings, refusal(m.path, "Cannot take back the "+summary,
			fmt.Sprintf("Other objects depend on the new columns (%s):\n\n%s\n\nDrop or change them first. CASCADE would drop them unseen, and is "+
				"never used.", hazard.ColumnDropBlockedByDependents, lines(sortedUnique(blocking)))))
	}
	const consequence = "The new columns are dropped, and code that names them fails at once (42703)."
	detail := consequence + " The trigger has kept the old ones current: nothing that was written is lost."
	if unfed := m.unfed(); len(unfed) > 0 {
		detail = fmt.Sprintf("%s Nothing has fed %s: what new code has written since expand is in the new columns alone, and is lost with them. "+
			"To find such rows:\n%s", consequence, schema.QuoteNames(unfed), indented(m.differing()))
	}
	plan.Findings = append(plan.Findings, Finding{
		Hazard: hazard.ColumnDropDeletesData, Severity: hazard.Warning, Path: m.path, Summary: "Taking back the " + summary, Detail: detail,
	})
	return plan
}

// stale warns of going back to expand, where code that reads the old columns
// misses what new code has written.
func (m move) stale() []Finding {
	unfed := m.unfed()
	if !m.replaces() || m.from() != schema.Migrate || m.to != schema.Expand || len(unfed) == 0 {
		return nil
	}
	return []Finding{{
		Severity: hazard.Warning, Path: []string{"phase"}, Summary: fmt.Sprintf("Going back with %s", columnID(schema.Table{Name: m.Table}, m.New[0])),
		Detail: fmt.Sprintf("Nothing has fed %s: code that reads it does not see what new code has written since expand. It stays in the new columns, "+
			"and would be lost with them. To find such rows:\n%s", schema.QuoteNames(unfed), indented(m.differing())),
	}}
}

// differing selects the rows in which new code has written something.
func (m move) differing() string {
	var conditions []string
	for _, name := range m.New {
		conditions = append(conditions, name.Quote()+" IS NOT NULL AND "+name.Quote()+" IS DISTINCT FROM "+ddl.UpExpression(m.OpenTransition, name))
	}
	query := "SELECT * FROM " + m.Table.String() + " WHERE " + conditions[0]
	for _, c := range conditions[1:] {
		query += " OR " + c
	}
	return query
}

func presentOf(table schema.Table, columns []schema.Name) []schema.Name {
	return slices.DeleteFunc(slices.Clone(columns), func(n schema.Name) bool { return table.Column(n) == nil })
}

func withoutColumns(table schema.Table, columns []schema.Name) schema.Table {
	table.Columns = slices.DeleteFunc(slices.Clone(table.Columns), func(c schema.Column) bool { return contains(columns, c.Name) })
	return table
}

// in is the plan with its operations in a phase.
func (p Plan) in(phase schema.Phase) Plan {
	p.Operations = slices.Clone(p.Operations)
	for i := range p.Operations {
		p.Operations[i].Phase = phase
	}
	return p
}

// left are the transitions that are open when the plan has run.
func (m moves) left(observed []schema.OpenTransition) []schema.OpenTransition {
	var open []schema.OpenTransition
	known := func(t schema.OpenTransition) bool {
		return slices.ContainsFunc(m.list, func(move move) bool { return move.Name == t.Name }) ||
			slices.ContainsFunc(m.retypes, func(r retype) bool { return r.Name == t.Name })
	}
	for _, t := range observed {
		if t.Kind != schema.TableRenamed && !known(t) {
			open = append(open, t)
		}
	}
	for _, move := range m.list {
		if move.takenBack() || move.to == schema.Contract {
			continue
		}
		t := move.OpenTransition
		t.Phase = move.to
		open = append(open, t)
	}
	for _, r := range m.retypes {
		if !r.takenBack() && r.to != schema.Contract {
			open = append(open, r.at(r.to))
		}
	}
	return open
}
