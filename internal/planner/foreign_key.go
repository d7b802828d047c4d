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

// PlanForeignKey plans a foreign key. Table is the referencing table as the
// server has it; observed is the foreign key under the name that it had, or nil
// for a new one.
func PlanForeignKey(c Change, table schema.Table, desired schema.ForeignKey, observed *schema.ForeignKey) Plan {
	desired.Table = table.Name
	p := foreignKeyPlanner{change: c, table: table}
	plan := Plan{Findings: p.findings(desired)}
	if plan.Refused() {
		return plan
	}
	if observed == nil {
		return plan.with(p.create(desired))
	}
	if observed.Inherited {
		plan.Findings = append(plan.Findings, p.inherited(*observed, "change"))
		return plan
	}
	if observed.Name != desired.Name && constraintNamed(table, desired.Name) {
		plan.Findings = append(plan.Findings, p.nameTaken(desired))
		return plan
	}
	return plan.with(p.existing(desired, *observed))
}

// PlanForeignKeyDrop plans the end of a foreign key.
func PlanForeignKeyDrop(c Change, table schema.Table, observed schema.ForeignKey) Plan {
	p := foreignKeyPlanner{change: c, table: table}
	if observed.Inherited {
		return Plan{Findings: []Finding{p.inherited(observed, "drop")}}
	}
	var operations []Operation
	successor, predecessor := ForeignKeyHalves(table, observed.Name)
	for _, left := range []*schema.ForeignKey{successor, predecessor} {
		if left != nil {
			operations = append(operations, p.drop(*left))
		}
	}
	operations = append(operations, p.dropLooseParts(observed.Name)...)
	o := p.drop(observed)
	o.Effect.Drops = true
	o.Hazards = []hazard.ID{hazard.ForeignKeyDropLosesIntegrity}
	return Plan{
		Operations: append(operations, o),
		Findings: []Finding{{
			Hazard: hazard.ForeignKeyDropLosesIntegrity, Severity: hazard.Warning,
			Summary: fmt.Sprintf("Dropping foreign key %s of %s", observed.Name, table.Name),
			Detail: fmt.Sprintf("Rows of %s may then point to rows of %s that do not exist, and adding the foreign key again will fail on them. "+
				"The drop takes ACCESS EXCLUSIVE on both tables for an instant.", table.Name, observed.References),
		}},
	}
}

type foreignKeyPlanner struct {
	change Change
	table  schema.Table
}

// sameForeignKey compares what needs another constraint when it changes. One
// that is NOT ENFORCED can be switched on only by a scan under ACCESS
// EXCLUSIVE, so it counts as another one.
func sameForeignKey(a, b schema.ForeignKey) bool {
	return slices.Equal(a.Columns, b.Columns) && a.References == b.References &&
		slices.Equal(a.ReferencedColumns, b.ReferencedColumns) && a.MatchFull == b.MatchFull &&
		a.OnDelete == b.OnDelete && slices.Equal(a.OnDeleteColumns, b.OnDeleteColumns) &&
		a.OnUpdate == b.OnUpdate && a.NotEnforced == b.NotEnforced
}

// create plans a foreign key that the configuration declares for the first
// time.
func (p foreignKeyPlanner) create(desired schema.ForeignKey) Plan {
	existing := p.table.ForeignKey(desired.Name)
	switch {
	case existing == nil && constraintNamed(p.table, desired.Name):
		return Plan{Findings: []Finding{p.nameTaken(desired)}}
	case existing == nil:
		plan := p.add(desired)
		plan.Findings = append(plan.Findings, p.advice(desired)...)
		if desired.Comment != "" {
			plan.Operations = append(plan.Operations, commentOnConstraint(p.table.Name, desired.Name, desired.Comment))
		}
		return plan
	case existing.Inherited || !sameForeignKey(desired, *existing):
		return Plan{Findings: []Finding{p.nameTaken(desired)}}
	}
	var plan Plan
	if !existing.NotValid {
		plan.Findings = append(plan.Findings, takenOver("foreign key", fmt.Sprintf("%s of %s", existing.Name, p.table.Name)))
	}
	return plan.with(p.existing(desired, *existing))
}

// add plans a foreign key that is not there: enforced for new rows at once,
// proven for old ones under a weak lock.
func (p foreignKeyPlanner) add(fk schema.ForeignKey) Plan {
	if p.addsByPartition() {
		return p.addByPartition(fk)
	}
	plan := Plan{Operations: []Operation{p.addNotValid(p.table, fk)}}
	return plan.with(p.validate(fk))
}

func (p foreignKeyPlanner) addNotValid(table schema.Table, fk schema.ForeignKey) Operation {
	fk.Table = table.Name
	return Operation{
		Class:      Brief,
		Statements: []string{ddl.AddForeignKeyNotValid(fk)},
		Locks:      p.locks(schema.ShareRowExclusive, schema.ShareRowExclusive, table, fk),
	}
}

// validate proves a foreign key for the rows that are there.
func (p foreignKeyPlanner) validate(fk schema.ForeignKey) Plan {
	if fk.NotValid {
		return Plan{} // its author wants to live with the rows that violate it
	}
	return Plan{
		Operations: []Operation{p.validateOn(p.table, fk)},
		Probes:     []Probe{p.orphanProbe(fk)},
	}
}

func (p foreignKeyPlanner) validateOn(table schema.Table, fk schema.ForeignKey) Operation {
	return Operation{
		Class:      Online,
		Statements: []string{ddl.ValidateConstraint(table.Name, fk.Name)},
		Locks:      p.locks(schema.ShareUpdateExclusive, schema.RowShare, table, fk),
		Effect:     Effect{Scans: true},
		Hazards:    []hazard.ID{hazard.ForeignKeyAddFailsOnOrphans},
	}
}

// drop locks the referenced table as well, though ADD does not: its triggers
// go.
func (p foreignKeyPlanner) drop(fk schema.ForeignKey) Operation {
	return Operation{
		Class:      Brief,
		Statements: []string{ddl.DropConstraint(p.table.Name, fk.Name)},
		Locks:      p.locks(schema.AccessExclusive, schema.AccessExclusive, p.table, fk),
	}
}

// locks are those on the referencing and on the referenced table, strongest
// first. The partitions of a referenced table that is partitioned are locked
// with it, but for a proof, which only reads them (measured).
func (p foreignKeyPlanner) locks(here, there schema.LockMode, table schema.Table, fk schema.ForeignKey) []Lock {
	own := Lock{Mode: here, Table: table.Name, Partitions: table.Partitioned()}
	if fk.References == table.Name {
		return []Lock{own}
	}
	other := Lock{Mode: there, Table: fk.References, Partitions: fk.ReferencesPartitioned && there > schema.RowShare}
	if there > here {
		return []Lock{other, own}
	}
	return []Lock{own, other}
}
