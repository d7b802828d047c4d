// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// ForeignKeyHalves returns what stands beside a foreign key that is being
// redefined: the new one until the swap, the old one after it. Both are nil at
// rest.
func ForeignKeyHalves(table schema.Table, name schema.Name) (successor, predecessor *schema.ForeignKey) {
	return table.ForeignKey(halfName("new", table.Name.Schema, name)), table.ForeignKey(halfName("old", table.Name.Schema, name))
}

// RetainedForeignKey lists what waits for the contract of a foreign key.
func RetainedForeignKey(table schema.Table, name schema.Name) []string {
	successor, predecessor := ForeignKeyHalves(table, name)
	switch {
	case predecessor != nil:
		return retainedForeignKey(table.Name, predecessor.Name)
	case successor != nil:
		return retainedForeignKey(table.Name, name)
	}
	return nil
}

func retainedForeignKey(table schema.QualifiedName, name schema.Name) []string {
	return []string{"foreign key " + schema.ColumnName{Table: table, Column: name}.String()}
}

// foreignKeyRedefinition plans a foreign key that is there, wherever an earlier
// apply has left it.
type foreignKeyRedefinition struct {
	foreignKeyPlanner

	rules             redefinition
	desired, observed schema.ForeignKey
	// next is the new definition before the swap, last the old one after it.
	next, last *schema.ForeignKey
}

func (p foreignKeyPlanner) existing(desired, observed schema.ForeignKey) Plan {
	r := foreignKeyRedefinition{foreignKeyPlanner: p, desired: desired, observed: observed, rules: redefinition{
		change: p.change, table: p.table, what: fmt.Sprintf("foreign key %s of %s", observed.Name, p.table.Name), kind: schema.ConstraintRedefined,
		renamed: observed.Name != desired.Name,
	}}
	r.next, r.last = ForeignKeyHalves(p.table, desired.Name)
	if next, last := ForeignKeyHalves(p.table, observed.Name); r.rules.renamed && (next != nil || last != nil) {
		return Plan{Findings: r.rules.openUnderItsName()}
	}
	switch {
	case sameForeignKey(desired, observed):
		return r.settle()
	case r.last != nil && sameForeignKey(desired, *r.last):
		return r.takeBack()
	}
	return r.redefine()
}

func (r foreignKeyRedefinition) half(kind string) schema.Name {
	return halfName(kind, r.table.Name.Schema, r.desired.Name)
}

// as is the foreign key under another name.
func as(fk schema.ForeignKey, name schema.Name) schema.ForeignKey {
	fk.Name = name
	return fk
}

// swap gives one foreign key the name of another, which gets a temporary one:
// both are enforced, before and after.
func (r foreignKeyRedefinition) swap(out schema.Name, to string, in schema.Name) Operation {
	table := r.table.Name
	return Operation{
		Class: Brief,
		Statements: []string{
			ddl.RenameConstraint(table, out, r.half(to)),
			ddl.RenameConstraint(table, in, r.desired.Name),
		},
		Locks: []Lock{{Mode: schema.AccessExclusive, Table: table}},
	}
}

// replace drops one foreign key and gives its name to another, in one
// transaction.
func (r foreignKeyRedefinition) replace(out schema.ForeignKey, in schema.Name) Operation {
	operation := r.drop(out)
	operation.Statements = append(operation.Statements, ddl.RenameConstraint(r.table.Name, in, r.desired.Name))
	return operation
}

// settle plans a foreign key that is defined as desired: the swap is done, or
// was never wanted, or the redefinition is given up before it.
func (r foreignKeyRedefinition) settle() Plan {
	var plan Plan
	if r.next != nil {
		plan.Operations = append(plan.Operations, r.drop(*r.next))
	}
	plan.Operations = append(plan.Operations, r.dropLooseParts(r.desired.Name)...)
	plan = plan.with(r.adjust(r.desired, r.observed, true))
	switch phase := r.change.Phase; {
	case r.last == nil:
	case phase == schema.Expand:
		plan.Operations = append(plan.Operations, within(schema.Expand, r.swap(r.desired.Name, "new", r.last.Name))...)
		plan.Retained = retainedForeignKey(r.table.Name, r.desired.Name)
	case phase == schema.Migrate:
		plan.Retained = retainedForeignKey(r.table.Name, r.last.Name)
	default:
		if findings := r.heldKey(schema.Contract, *r.last); len(findings) > 0 {
			return Plan{Findings: findings}
		}
		plan.Operations = append(plan.Operations, within(schema.Contract, r.drop(*r.last))...)
	}
	return plan
}

// takeBack swaps back to the definition from before the swap, and drops the
// other one.
func (r foreignKeyRedefinition) takeBack() Plan {
	var plan Plan
	if r.next != nil {
		plan.Operations = append(plan.Operations, r.drop(*r.next))
	}
	plan.Operations = append(plan.Operations, r.replace(r.observed, r.last.Name))
	return plan.with(r.adjust(r.desired, as(*r.last, r.desired.Name), true))
}

func (r foreignKeyRedefinition) heldKey(to schema.Phase, old schema.ForeignKey) []Finding {
	return r.rules.held(to, old.Names, r.desired.Names)
}

// redefine adds the new foreign key beside the old one, proves it, and swaps
// them, as far as the phase goes: the reference is enforced all the time. In one
// apply the swap drops the old one.
func (r foreignKeyRedefinition) redefine() Plan {
	there := r.next
	if there != nil && !sameForeignKey(r.desired, *there) {
		there = nil
	}
	to, findings := r.rules.target(there != nil)
	findings = append(findings, r.heldKey(to, r.observed)...)
	if r.last != nil && r.change.Phase != schema.NoPhase {
		findings = append(findings, r.rules.thirdDefinition(string(r.last.Name))...)
	}
	if len(findings) > 0 {
		return Plan{Findings: findings}
	}
	var plan Plan
	if r.last != nil {
		plan.Operations = within(schema.Contract, r.drop(*r.last))
	}
	if r.next != nil && there == nil {
		plan.Operations = append(plan.Operations, r.drop(*r.next))
	}
	temporary := as(r.desired, r.half("new"))
	plan = plan.with(r.begin(temporary, there).in(schema.Expand))
	if to.Reaches(schema.Migrate) {
		plan = plan.with(r.prove(temporary, there).in(schema.Migrate))
	}
	for i := range plan.Probes {
		// The temporary name says nothing to anybody.
		plan.Probes[i] = r.orphanProbe(r.desired)
	}
	if to == schema.Expand {
		plan.Retained = retainedForeignKey(r.table.Name, r.observed.Name)
		return plan
	}
	if to == schema.Migrate {
		plan.Operations = append(plan.Operations, within(schema.Migrate, r.swap(r.observed.Name, "old", temporary.Name))...)
		plan.Retained = retainedForeignKey(r.table.Name, r.half("old"))
		return plan
	}
	plan.Operations = append(plan.Operations, within(schema.Contract, r.replace(r.observed, temporary.Name))...)
	return plan
}

// begin adds the new foreign key under its temporary name: on a partitioned
// table before PostgreSQL 18, which knows no NOT VALID there, with its proof.
func (r foreignKeyRedefinition) begin(temporary schema.ForeignKey, there *schema.ForeignKey) Plan {
	if there != nil {
		return r.adjust(temporary, *there, false)
	}
	plan := Plan{Operations: []Operation{r.addNotValid(r.table, temporary)}}
	if r.addsByPartition() {
		plan = r.addByPartition(temporary)
	}
	plan.Findings = append(plan.Findings, r.advice(r.desired)...)
	if temporary.Comment != "" {
		plan.Operations = append(plan.Operations, commentOnConstraint(r.table.Name, temporary.Name, temporary.Comment))
	}
	return plan
}

// prove validates the new foreign key, unless it is proven.
func (r foreignKeyRedefinition) prove(temporary schema.ForeignKey, there *schema.ForeignKey) Plan {
	if there == nil && r.addsByPartition() || there != nil && !there.NotValid {
		return Plan{}
	}
	return r.validate(temporary)
}

// adjust changes what can be changed without another constraint, and proves it
// where that is wanted.
func (r foreignKeyRedefinition) adjust(desired, observed schema.ForeignKey, prove bool) Plan {
	table := r.table
	var plan Plan
	if observed.NotValid && prove {
		plan = plan.with(r.validate(as(desired, observed.Name)))
	}
	if desired.Name != observed.Name {
		plan.Operations = append(plan.Operations, Operation{
			Class:      Brief,
			Statements: []string{ddl.RenameConstraint(table.Name, observed.Name, desired.Name)},
			Locks:      []Lock{{Mode: schema.AccessExclusive, Table: table.Name}},
			Hazards:    []hazard.ID{hazard.NameReferencedByClients},
		})
	}
	if desired.Deferral != observed.Deferral {
		plan.Operations = append(plan.Operations, Operation{
			Class:      Brief,
			Statements: []string{ddl.AlterForeignKeyDeferral(table.Name, desired.Name, desired.Deferral)},
			Locks:      []Lock{{Mode: schema.AccessExclusive, Table: table.Name, Partitions: table.Partitioned()}},
		})
	}
	if desired.Comment != observed.Comment {
		plan.Operations = append(plan.Operations, commentOnConstraint(table.Name, desired.Name, desired.Comment))
	}
	return plan
}

// dropLooseParts drops what was added to partitions for the successor of a
// foreign key that is given up before the whole table had it.
func (p foreignKeyPlanner) dropLooseParts(name schema.Name) []Operation {
	successor := halfName("new", p.table.Name.Schema, name)
	var operations []Operation
	for _, leaf := range leavesOf(p.table.Partitions) {
		for _, fk := range leaf.ForeignKeys {
			if !fk.Inherited && (fk.Name == successor || fk.Name == partForeignKeyName(leaf, successor)) {
				of := foreignKeyPlanner{change: p.change, table: schema.Table{Name: leaf.Name}}
				operations = append(operations, of.drop(fk))
			}
		}
	}
	return operations
}
