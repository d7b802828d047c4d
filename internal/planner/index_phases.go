// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// IndexHalves returns what stands beside an index that is being redefined: the
// new one until the swap, the old one after it. Both are nil at rest.
func IndexHalves(table schema.Table, index schema.QualifiedName) (successor, predecessor *schema.Index) {
	return table.Index(halfName("new", index.Schema, index.Name)), table.Index(halfName("old", index.Schema, index.Name))
}

// RetainedIndex lists what waits for the contract of an index.
func RetainedIndex(table schema.Table, index schema.QualifiedName) []string {
	successor, predecessor := IndexHalves(table, index)
	switch {
	case predecessor != nil:
		return retainedIndex(predecessor.Name)
	case successor != nil && !successor.Invalid:
		return retainedIndex(index)
	}
	return nil
}

func retainedIndex(name schema.QualifiedName) []string { return []string{"index " + name.String()} }

// indexRedefinition plans an index that is there, wherever an earlier apply has
// left it.
type indexRedefinition struct {
	redefinition

	desired, observed schema.Index
	// next is the new definition before the swap, last the old one after it.
	next, last *schema.Index
}

func planExistingIndex(c Change, table schema.Table, desired, observed schema.Index) Plan {
	r := indexRedefinition{desired: desired, observed: observed, redefinition: redefinition{
		change: c, table: table, what: "index " + observed.Name.String(), kind: schema.IndexRedefined, renamed: observed.Name != desired.Name,
	}}
	r.next, r.last = IndexHalves(table, desired.Name)
	if next, last := IndexHalves(table, observed.Name); r.renamed && (next != nil || last != nil) {
		return Plan{Findings: r.openUnderItsName()}
	}
	switch {
	case observed.Invalid && !table.Partitioned():
		return r.rebuild()
	case r.same(desired, observed):
		return r.settle()
	}
	if findings := neededElsewhere(table, observed, "redefine"); len(findings) > 0 {
		return Plan{Findings: findings}
	}
	if r.last != nil && !r.last.Invalid && r.same(desired, *r.last) {
		return r.takeBack()
	}
	return r.redefine()
}

// same compares what needs another index when it changes.
func (r indexRedefinition) same(a, b schema.Index) bool {
	if r.table.Partitioned() {
		return samePartitionedIndex(a, b)
	}
	return sameIndex(a, b)
}

// temporary is the desired index under the name that it has before the swap.
func (r indexRedefinition) temporary() schema.Index {
	return withName(r.desired, r.retired("new"))
}

func (r indexRedefinition) retired(kind string) schema.QualifiedName {
	name := r.desired.Name
	return schema.QualifiedName{Schema: name.Schema, Name: halfName(kind, name.Schema, name.Name)}
}

func (r indexRedefinition) drop(index schema.QualifiedName) Operation {
	if r.table.Partitioned() {
		return dropPartitionedIndex(r.table, index)
	}
	return dropIndexConcurrently(r.table.Name, index)
}

// swap gives one index the name of another, which gets a temporary one. The
// index that the table is clustered on stays the one of that name.
func (r indexRedefinition) swap(out schema.QualifiedName, to string, in schema.QualifiedName, clustered bool) Operation {
	operation := Operation{Class: Brief, Statements: []string{
		ddl.RenameIndex(out, r.retired(to).Name),
		ddl.RenameIndex(in, r.desired.Name.Name),
	}}
	if clustered {
		operation.Statements = append(operation.Statements, ddl.ClusterOn(r.table.Name, r.desired.Name.Name))
		operation.Locks = []Lock{{Mode: schema.ShareUpdateExclusive, Table: r.table.Name}}
	}
	return operation
}

// rebuild takes away an INVALID index of an ordinary table, which nothing uses.
func (r indexRedefinition) rebuild() Plan {
	var plan Plan
	if r.next != nil {
		plan.Operations = append(plan.Operations, r.drop(r.next.Name))
	}
	plan.Operations = append(plan.Operations, r.drop(r.observed.Name))
	return r.end(plan.with(createPlainIndex(r.table, r.desired)))
}

// settle plans an index that is defined as desired: the swap is done, or was
// never wanted, or the redefinition is given up before it.
func (r indexRedefinition) settle() Plan {
	var plan Plan
	if r.next != nil {
		plan.Operations = append(plan.Operations, r.drop(r.next.Name))
	}
	plan = plan.with(r.adjust(r.desired, r.observed))
	if r.last == nil || r.change.Phase != schema.Expand {
		return r.end(plan)
	}
	back := r.swap(r.desired.Name, "new", r.last.Name, r.observed.Clustered)
	plan.Operations = append(plan.Operations, within(schema.Expand, back)...)
	plan.Retained = retainedIndex(r.desired.Name)
	return plan
}

// end drops the old index, unless it is to be kept.
func (r indexRedefinition) end(plan Plan) Plan {
	if r.last == nil {
		return plan
	}
	if r.change.Phase == schema.Expand || r.change.Phase == schema.Migrate {
		plan.Retained = retainedIndex(r.last.Name)
		return plan
	}
	findings := append(r.heldIndex(schema.Contract, *r.last), neededElsewhere(r.table, *r.last, "drop")...)
	if len(findings) > 0 {
		return Plan{Findings: findings}
	}
	plan.Ends = []schema.QualifiedName{r.last.Name, r.observed.Name}
	return plan.with(r.contract(r.last.Name))
}

func (r indexRedefinition) contract(old schema.QualifiedName) Plan {
	plan := Plan{Operations: within(schema.Contract, r.drop(old))}
	if r.table.Partitioned() {
		plan.Findings = append(plan.Findings, partitionedDropWarning(r.table, r.observed.Name))
	}
	return plan
}

func (r indexRedefinition) heldIndex(to schema.Phase, old schema.Index) []Finding {
	return r.held(to, old.Names, r.desired.Names)
}

// takeBack swaps back to the definition from before the swap, and drops the
// other one.
func (r indexRedefinition) takeBack() Plan {
	var plan Plan
	if r.next != nil {
		plan.Operations = append(plan.Operations, r.drop(r.next.Name))
	}
	plan.Operations = append(plan.Operations, r.swap(r.observed.Name, "new", r.last.Name, r.observed.Clustered))
	plan = plan.with(r.adjust(r.desired, withName(*r.last, r.desired.Name)))
	plan.Operations = append(plan.Operations, r.drop(r.retired("new")))
	return plan
}

// redefine builds the new index under a temporary name, swaps the names, and
// drops the old one last, as far as the phase goes: the name never disappears,
// queries and uniqueness never go without an index. Dropping first and renaming
// afterwards would need one transaction less to be undone, but a kill in
// between would leave the resource without the index that its state names.
func (r indexRedefinition) redefine() Plan {
	there := r.next
	if there != nil && (!r.same(r.temporary(), *there) || there.Invalid && !r.table.Partitioned()) {
		there = nil
	}
	begun := there != nil && !there.Invalid
	to, findings := r.target(begun)
	findings = append(findings, r.heldIndex(to, r.observed)...)
	if r.last != nil && r.change.Phase != schema.NoPhase {
		findings = append(findings, r.thirdDefinition("index "+r.last.Name.String())...)
	}
	if len(findings) > 0 {
		return Plan{Findings: findings}
	}
	var plan Plan
	if r.last != nil {
		plan = r.contract(r.last.Name)
	}
	if r.next != nil && there == nil {
		plan.Operations = append(plan.Operations, r.drop(r.next.Name))
		// Its partitions' indexes go with it, so that they must not be taken
		// for those of the new one.
		r.table.Partitions = withoutAttached(r.table.Partitions, r.next.Name)
	}
	plan = plan.with(r.build(there).in(schema.Expand))
	if to == schema.Expand {
		plan.Retained = retainedIndex(r.observed.Name)
		return plan
	}
	plan.Operations = append(plan.Operations, within(schema.Migrate, r.swap(r.observed.Name, "old", r.temporary().Name, r.observed.Clustered))...)
	if to == schema.Migrate {
		plan.Retained = retainedIndex(r.retired("old"))
		return plan
	}
	if begun {
		plan.Ends = []schema.QualifiedName{r.observed.Name, there.Name}
	}
	return plan.with(r.contract(r.retired("old")))
}

// build plans the new index under its temporary name, or what is missing of it.
func (r indexRedefinition) build(there *schema.Index) Plan {
	temporary := r.temporary()
	switch {
	case there != nil && (!r.table.Partitioned() || !there.Invalid):
		return r.adjust(temporary, *there)
	case r.table.Partitioned():
		plan := buildPartitionedIndex(r.table, temporary, r.desired.Name.Name, there)
		if there != nil && temporary.Comment != there.Comment {
			plan.Operations = append(plan.Operations, commentOnIndex(temporary.Name, temporary.Comment))
		}
		return plan
	}
	plan := createPlainIndex(r.table, temporary)
	// The temporary name says nothing to anybody.
	plan.Findings, plan.Probes = indexAdvice(r.table, r.desired), indexProbes(r.table, r.desired)
	return plan
}

// adjust changes what can be changed without a new definition.
func (r indexRedefinition) adjust(desired, observed schema.Index) Plan {
	if r.table.Partitioned() {
		return adjustPartitionedIndex(r.table, desired, observed)
	}
	return adjustIndex(r.table, desired, observed)
}
