// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// renaming is the transition of a table to another name: for its time the table
// has both names, one of them as a view.
type renaming struct { //nolint:recvcheck // what fills it needs a pointer; what plans works on a copy
	change Change
	// name is the transition's; old and new are the names of the table.
	name     schema.Name
	old, new schema.QualifiedName
	// recorded is what the ledger has; nil while nothing has begun.
	recorded *schema.OpenTransition
	// wanted is false where there is nothing to rename.
	wanted bool
	// to is the phase to reach; schema.NoPhase to take it back.
	to       schema.Phase
	findings []Finding
}

// findRenaming compares the declared name with the one that the table has.
func findRenaming(c Change, desired, observed schema.Table) renaming {
	r := renaming{change: c, old: observed.Name, new: desired.Name}
	from := desired.RenamedFrom
	if from.Schema == "" && from.Name != "" {
		from.Schema = desired.Name.Schema
	}
	for i, t := range observed.Transitions {
		if t.Kind == schema.TableRenamed {
			r.recorded, r.name = &observed.Transitions[i], t.Name
			r.old, r.new = bothNames(t)
		}
	}
	switch {
	case r.recorded == nil && desired.Name == observed.Name:
		return r
	case r.recorded == nil && from != observed.Name:
		r.unexplained(desired)
	case r.recorded == nil && from.Schema != desired.Name.Schema:
		r.otherSchema(desired)
	case r.recorded == nil:
		r.name = schema.DerivedName("rename", r.old.Schema, r.old.Name, r.new.Name)
		r.toward()
	case desired.Name == r.old:
		r.wanted = true
	case desired.Name == r.new && from == r.old:
		r.toward()
	default:
		r.open(desired)
	}
	return r
}

// bothNames tells the old name of a table from the new one: the view has the
// new one up to migrate.
func bothNames(t schema.OpenTransition) (former, next schema.QualifiedName) {
	if t.Phase == schema.Migrate {
		return t.OtherName, t.Table
	}
	return t.Table, t.OtherName
}

func (r *renaming) toward() {
	r.wanted = true
	to, finding := phaseOf(r.change, r.recorded, schema.TableRenamed, r.verb())
	r.to = to
	if finding != nil {
		r.findings = append(r.findings, *finding)
	}
}

func (r renaming) verb() string { return "rename table " + r.old.String() + " to " + r.new.String() }

func (r renaming) from() schema.Phase {
	if r.recorded == nil {
		return schema.NoPhase
	}
	return r.recorded.Phase
}

// plan runs after all other changes, under the name that the table has until
// then.
func (r renaming) plan(table schema.Table) Plan {
	if !r.wanted {
		return Plan{}
	}
	plan := Plan{Findings: r.warnings(table)}
	add := func(o ...Operation) { plan.Operations = append(plan.Operations, o...) }
	if r.change.LedgerMissing && (r.recorded == nil || r.recorded.Recovered) {
		add(createLedger())
	}
	if r.recorded != nil && r.recorded.Recovered {
		add(Operation{Phase: r.from(), Class: Brief, Statements: []string{ddl.RecordTransition(*r.recorded)}})
	}
	if r.to == schema.NoPhase {
		add(r.rollBack())
		return plan
	}
	if r.recorded == nil {
		add(r.expand(table))
	}
	migrated := r.from() == schema.Migrate
	switch {
	case r.to == schema.Expand && migrated:
		add(r.swap(table, schema.Expand))
	case r.to != schema.Expand && !migrated:
		add(r.swap(table, schema.Migrate))
	}
	if r.to == schema.Contract {
		add(r.contract())
	}
	return plan
}

// left is the transition where it is open when the plan has run.
func (r renaming) left() []schema.OpenTransition {
	if !r.wanted || r.to == schema.NoPhase || r.to == schema.Contract {
		return nil
	}
	return []schema.OpenTransition{r.at(r.to)}
}

// at is the transition as it is in a phase.
func (r renaming) at(phase schema.Phase) schema.OpenTransition {
	t := schema.OpenTransition{Name: r.name, Kind: schema.TableRenamed, Table: r.old, OtherName: r.new, Phase: phase}
	if phase == schema.Migrate {
		t.Table, t.OtherName = r.new, r.old
	}
	return t
}

// expand makes the new name known: the view takes ACCESS SHARE on the table and
// makes nobody wait.
func (r renaming) expand(table schema.Table) Operation {
	t := r.at(schema.Expand)
	return Operation{
		Phase: schema.Expand, Class: Brief,
		Statements: append(ddl.CompatView(t, table, r.change.Server.Version), ddl.RecordTransition(t)),
		Hazards:    hazards(hazard.CompatViewLimits),
	}
}

// swap gives the table the other name and leaves a view under the one that it
// had, in one transaction: at no moment is one of the names missing.
func (r renaming) swap(table schema.Table, phase schema.Phase) Operation {
	t := r.at(phase)
	operation := Operation{
		Phase: phase, Class: Brief,
		Statements: []string{ddl.DropView(t.Table), ddl.RenameTable(t.OtherName, t.Table.Name)},
		Locks:      bothLocked(t),
		Hazards:    hazards(hazard.CompatViewLimits, hazard.TableRenameBreaksClients),
	}
	table.Name = t.Table
	operation.Statements = append(operation.Statements, ddl.CompatView(t, table, r.change.Server.Version)...)
	operation.Statements = append(operation.Statements, ddl.RecordTransition(t))
	return operation
}

func bothLocked(t schema.OpenTransition) []Lock {
	return []Lock{
		{Mode: schema.AccessExclusive, Table: t.OtherName},
		{Mode: schema.AccessExclusive, Table: t.Table},
	}
}

func (r renaming) contract() Operation {
	return Operation{
		Phase: schema.Contract, Class: Brief,
		Statements: append([]string{ddl.DropView(r.old)}, ddl.EndTransition(r.name, ddl.Contracted)...),
		Locks:      []Lock{{Mode: schema.AccessExclusive, Table: r.old}},
		Effect:     Effect{Drops: true},
		Hazards:    hazards(hazard.TableRenameBreaksClients),
	}
}

// rollBack leaves the table under its old name alone.
func (r renaming) rollBack() Operation {
	operation := Operation{
		Class: Brief, Statements: []string{ddl.DropView(r.new)},
		Locks:   []Lock{{Mode: schema.AccessExclusive, Table: r.new}},
		Effect:  Effect{Drops: true},
		Hazards: hazards(hazard.TableRenameBreaksClients),
	}
	if r.from() == schema.Migrate {
		operation.Statements = []string{ddl.DropView(r.old), ddl.RenameTable(r.new, r.old.Name)}
		operation.Locks = bothLocked(r.at(schema.Migrate))
	}
	operation.Statements = append(operation.Statements, ddl.EndTransition(r.name, ddl.RolledBack)...)
	return operation
}
