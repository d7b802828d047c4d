// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// begin plans what comes before the columns and constraints of the table: new
// structure beside the old one, and the values of the rows of today. Table
// becomes what that leaves.
func (m moves) begin(table *schema.Table) Plan {
	plan := Plan{Operations: m.ledger()}
	var expanded []Operation
	for _, move := range m.list {
		switch {
		case move.takenBack():
			plan = plan.with(move.loss(*table))
		case move.recorded == nil:
			begun := move.expand(table)
			plan.Findings = append(plan.Findings, begun.Findings...)
			expanded = append(expanded, begun.Operations...)
		default:
			plan = plan.with(move.renew(*table)).with(Plan{Findings: move.stale()})
		}
	}
	plan.Operations = append(plan.Operations, together(expanded)...)
	for _, r := range m.retypes {
		plan = plan.with(r.begin(m.change, table))
	}
	for _, move := range m.list {
		if move.replaces() && !move.takenBack() {
			plan = plan.with(move.fill(*table))
		}
	}
	return plan
}

// ledger creates the ledger where a transition is the first one to need it.
func (m moves) ledger() []Operation {
	for _, move := range m.list {
		if m.change.LedgerMissing && (move.recorded == nil || move.recorded.Recovered) {
			return []Operation{createLedger()}
		}
	}
	for _, r := range m.retypes {
		if m.change.LedgerMissing && (r.recorded == nil || r.recorded.Recovered) {
			return []Operation{createLedger()}
		}
	}
	return nil
}

func createLedger() Operation {
	return Operation{Phase: schema.Expand, Class: Brief, Statements: ddl.CreateLedger()}
}

// WithLedger puts the creation of the ledger before the operations of a plan,
// so that its history is complete. A plan that has nothing to run, or creates it
// already, stays as it is.
func (p Plan) WithLedger() Plan {
	if len(p.Operations) == 0 || slices.ContainsFunc(p.Operations, CreatesLedger) {
		return p
	}
	creation := createLedger()
	creation.Phase = schema.NoPhase
	p.Operations = append([]Operation{creation}, p.Operations...)
	return p
}

// CreatesLedger reports whether an operation is the creation of the ledger: of
// several tables that need it in one run, the first one makes it.
func CreatesLedger(o Operation) bool {
	return o.Class == Brief && len(o.Statements) > 0 && o.Statements[0] == ddl.CreateLedger()[0]
}

// expand is one transaction, so that there is no state between the old
// structure alone and both of them with all that keeps them in step.
func (m move) expand(table *schema.Table) Plan {
	var findings []Finding
	var statements []string
	if m.replaces() {
		added, found := m.addColumns(table)
		statements, findings = append(statements, added...), append(findings, found...)
		findings = append(findings, m.mayStarve(*table)...)
	}
	note := ""
	if m.replaces() {
		note = m.unfedNote()
	}
	optional, found := makeOptional(*table, m.OldNotNull, m.path, note)
	statements, findings = append(statements, optional...), append(findings, found...)
	ids := []hazard.ID{}
	if len(optional) > 0 {
		ids = append(ids, hazard.ColumnDropNotNullBreaksReaders)
	}
	operation := m.step(schema.Expand)
	if m.replaces() {
		ids = append(ids, hazard.ColumnAddBreaksStarClients, hazard.TriggerCreateBlocksWrites)
		if len(table.Publications) > 0 {
			ids = append(ids, hazard.LogicalSubscriberMissingColumn)
		}
		statements = append(statements, ddl.CreateDualWrite(m.OpenTransition, *table)...)
	}
	if len(statements) > 0 {
		operation.Locks = tableLocks(schema.AccessExclusive, *table)
	}
	statements = append(statements, ddl.RecordTransition(m.OpenTransition))
	operation.Statements = statements
	operation.Hazards = hazards(ids...)
	for _, name := range m.OldNotNull {
		column := *table.Column(name)
		column.Nullable, column.NotNull = true, nil
		*table = withColumn(*table, column)
	}
	return Plan{Operations: []Operation{operation}, Findings: findings}
}

// together makes one transaction of several: what moves together begins
// together.
func together(operations []Operation) []Operation {
	if len(operations) == 0 {
		return nil
	}
	one := operations[0]
	for _, o := range operations[1:] {
		one.Statements = slices.Concat(one.Statements, o.Statements)
		one.Hazards = hazards(slices.Concat(one.Hazards, o.Hazards)...)
		if len(o.Locks) > 0 {
			one.Locks = o.Locks
		}
	}
	return []Operation{one}
}

// addColumns adds the new columns bare: NOT NULL waits for migrate, and a
// default for contract, as an INSERT of old code that leaves the new column out
// could not be told from one that sets it.
func (m move) addColumns(table *schema.Table) (statements []string, findings []Finding) {
	for _, column := range m.columns {
		bare := column
		bare.Nullable, bare.Default, bare.Replaces = true, nil, nil
		add := addColumn(*table, bare, nil)
		statements = append(statements, add.Statements...)
		found := append(publishedFindings(*table, column.Name), starClients(*table, column.Name))
		findings = append(findings, Plan{Findings: found}.under("columns", string(column.Name)).Findings...)
		*table = withColumn(*table, bare)
	}
	return statements, findings
}

// unfedNote says what becomes of old columns that nothing feeds.
func (m move) unfedNote() string {
	unfed := m.unfed()
	if len(unfed) == 0 {
		return ""
	}
	return fmt.Sprintf("\n\nNothing computes %s from %s: what new code writes does not reach old code. To keep old code up to date, write `down`, "+
		"for example\n\n  down = { %s = \"...\" }", schema.QuoteNames(unfed), schema.QuoteNames(m.New), unfed[0].Quote())
}

// renew brings ledger and trigger to what the configuration and the database
// say, where they differ.
func (m move) renew(table schema.Table) Plan {
	var findings []Finding
	operation := m.step(m.from())
	if m.redefined() || m.defaultsChanged() {
		operation.Statements = ddl.ReplaceDualWrite(m.OpenTransition, table)
	}
	if m.redefined() {
		// Whether a row matters to the trigger follows from the expressions.
		operation.Statements = append(ddl.DropDualWriteTrigger(*m.recorded, table.Name), ddl.DropDualWriteObjects(*m.recorded)...)
		still := slices.DeleteFunc(slices.Clone(m.OldNotNull), func(n schema.Name) bool { return table.Column(n).Nullable })
		optional, found := makeOptional(table, still, m.path, m.unfedNote())
		operation.Statements, findings = append(operation.Statements, optional...), found
		operation.Statements = append(operation.Statements, ddl.CreateDualWrite(m.OpenTransition, table)...)
		operation.Locks = tableLocks(schema.AccessExclusive, table)
		operation.Hazards = hazards(hazard.TriggerCreateBlocksWrites, hazard.TriggerDropExclusive)
	}
	if len(operation.Statements) == 0 && !m.recorded.Recovered {
		return Plan{}
	}
	operation.Statements = append(operation.Statements, ddl.RecordTransition(m.OpenTransition))
	return Plan{Operations: []Operation{operation}, Findings: findings}
}

// step is a brief operation that locks nothing of the table yet.
func (m move) step(phase schema.Phase) Operation {
	return Operation{Phase: phase, Class: Brief}
}

// fill plans the backfill of the new columns, and asks beforehand whether their
// constraints will hold.
func (m move) fill(table schema.Table) Plan {
	plan := Plan{Probes: m.nullProbes(table)}
	if !m.migrates() {
		return plan
	}
	var assignments []Assignment
	for _, column := range m.columns {
		value := schema.Expression{Text: ddl.UpExpression(m.OpenTransition, column.Name)}
		assignments = append(assignments, Assignment{Column: column.Name, Value: value})
	}
	operation := batch(table, Backfill{Assignments: assignments, Condition: ddl.Unmigrated(m.OpenTransition), Transition: m.Name})
	operation.Phase = schema.Migrate
	plan.Operations = append(plan.Operations, operation)
	plan.Findings = append(plan.Findings, backfillFindings(withoutOwnTriggers(table), m.New[0], m.path)...)
	return plan
}

// nullProbes ask for rows that would be NULL in a column that is to be NOT NULL
// once it is filled: better before expand than in the middle of migrate.
func (m move) nullProbes(table schema.Table) []Probe {
	var probes []Probe
	for _, column := range m.columns {
		if column.Nullable || m.from().Reaches(schema.Migrate) {
			continue
		}
		condition := ddl.UpExpression(m.OpenTransition, column.Name) + " IS NULL"
		if m.recorded != nil {
			condition = column.Name.Quote() + " IS NULL AND " + condition
		}
		probes = append(probes, Probe{
			Query: rowsWhere(table, condition),
			Finding: Finding{
				Hazard: hazard.ColumnSetNotNullFailsOnNulls, Severity: hazard.Error, Path: []string{"columns", string(column.Name), "nullable"},
				Summary: fmt.Sprintf("Cannot set %s NOT NULL", columnID(table, column.Name)),
				Detail: fmt.Sprintf("Its value comes from (%s), which is NULL for some rows: the proof would fail (23502 or 23514). Fill the old "+
					"columns, let `up` give a value, or write nullable = true.", m.Up[column.Name]),
			},
		})
	}
	return probes
}
