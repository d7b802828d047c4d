// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// begin plans what comes before the columns and constraints of the table,
// which then have the type that they are declared with.
func (r retype) begin(c Change, table *schema.Table) Plan {
	plan := Plan{Findings: r.warnings(*table), Probes: r.conversionProbes(c, *table)}
	if r.begins() {
		plan.Operations = append(plan.Operations, r.expand(table))
	} else if r.recorded.Recovered {
		plan.Operations = append(plan.Operations, Operation{
			Phase: r.recorded.Phase, Class: Brief, Statements: []string{ddl.RecordTransition(*r.recorded)},
		})
	}
	switch {
	case !r.swapped() && r.to.Reaches(schema.Migrate):
		return plan.with(r.forth(c, table))
	case r.swapped() && (r.takenBack() || r.to == schema.Expand):
		return plan.with(r.back(c, table))
	case !r.begins() && r.recorded.Strict && r.to == schema.Expand:
		plan.Operations = append(plan.Operations, r.leniently()...)
	}
	return plan
}

// expand adds the hidden column and the trigger in one transaction.
func (r retype) expand(table *schema.Table) Operation {
	shadow := schema.Column{Name: r.New[0], Type: r.current.Type, Collation: r.current.Collation, Nullable: true}
	with := withColumn(*table, shadow)
	ids := []hazard.ID{hazard.ColumnAddBreaksStarClients, hazard.TriggerCreateBlocksWrites}
	if len(table.Publications) > 0 {
		ids = append(ids, hazard.LogicalSubscriberMissingColumn)
	}
	operation := alterTable(*table, ids, ddl.AddColumn(table.Name, shadow))
	operation.Phase = schema.Expand
	operation.Statements = append(operation.Statements, ddl.CreateFollower(r.OpenTransition, with, ddl.OldLeads)...)
	operation.Statements = append(operation.Statements, ddl.RecordTransition(r.OpenTransition))
	*table = with
	return operation
}

// forth fills the hidden column, builds all that the visible one has, and
// exchanges the two.
func (r retype) forth(c Change, table *schema.Table) Plan {
	before, after := r.at(schema.Expand), r.at(schema.Migrate)
	shadow := before.New[0]
	fill := batch(*table, Backfill{
		Assignments: []Assignment{{Column: shadow, Value: schema.Expression{Text: ddl.UpExpression(before, shadow)}}},
		Condition:   ddl.Unmigrated(before), Transition: r.Name,
	})
	plan := Plan{Operations: append(r.strictly(before), fill)}
	plan.Findings = append(plan.Findings, backfillFindings(withoutOwnTriggers(*table), shadow, r.path)...)
	if !c.SkipVerify {
		plan.Operations = append(plan.Operations, Operation{
			Class: Verify, Statements: []string{ddl.Bounded(ddl.InconsistentFollower(before, *table, ddl.OldLeads))}, Effect: Effect{Scans: true},
		})
	}
	return plan.with(r.exchange(c, table, shadow, after, ddl.NewLeads)).in(schema.Migrate)
}

// strictly refuses, from migrate on, a write whose value does not convert: one
// that came between the backfill and the swap would be lost with it.
func (r retype) strictly(t schema.OpenTransition) []Operation {
	if !t.Lenient || !r.begins() && r.recorded.Strict {
		return nil
	}
	t.Strict = true
	return []Operation{r.renewed(t)}
}

// leniently takes that back, for a migrate that was given up before the swap.
func (r retype) leniently() []Operation {
	operation := r.renewed(r.at(schema.Expand))
	operation.Phase = schema.Expand
	return []Operation{operation}
}

// renewed replaces the function of the trigger while the old column leads.
func (r retype) renewed(t schema.OpenTransition) Operation {
	return Operation{
		Class: Brief, Statements: append(ddl.ReplaceFollowerFunction(t, ddl.OldLeads), ddl.RecordTransition(t)),
		Locks: []Lock{{Mode: schema.ShareRowExclusive, Table: r.Table}},
	}
}

// back is the way to expand: the old column gets its name and all that it had
// again. Values that it could not hold stop it.
func (r retype) back(c Change, table *schema.Table) Plan {
	before, after := r.at(schema.Migrate), r.at(schema.Expand)
	retired := before.Old[0]
	lost := ddl.LostByReturn(before, *table)
	detail := fmt.Sprintf("Rows that were written since migrate hold values that %s cannot hold. Change them, or go on with %s.",
		typeName(r.old), typeName(r.current))
	if r.ways.lenient {
		detail = fmt.Sprintf("Rows that were written since migrate hold values that do not follow from the old column, which `down` or the cast back has not "+
			"given them. They would be lost. Change them, or go on with %s.", typeName(r.current))
	}
	plan := Plan{
		Operations: []Operation{{Class: Verify, Statements: []string{ddl.Bounded(lost)}, Effect: Effect{Scans: true}}},
		Probes: []Probe{{Query: lost, Finding: Finding{
			Hazard: hazard.ColumnTypeNarrowingFails, Severity: hazard.Error, Path: r.path,
			Summary: fmt.Sprintf("Cannot take %s back to %s", columnID(*table, r.column), typeName(r.old)), Detail: detail,
		}}},
	}
	return plan.with(r.exchange(c, table, retired, after, ddl.OldLeads)).in(r.to)
}

// exchange proves the hidden column NOT NULL where the visible one is, builds
// the counterparts and swaps. Table becomes what that leaves.
func (r retype) exchange(c Change, table *schema.Table, hidden schema.Name, then schema.OpenTransition, leader ddl.Leader) Plan {
	x := exchange{change: c, table: *table, visible: r.column, hidden: hidden}
	x, awaits := x.takeTurns()
	visible := *table.Column(r.column)
	x.hadDefault = visible.Default != nil
	if shadow, retired := hiddenNames(table.Name, r.column); hidden == shadow {
		x.retired = retired
		then.Originals = x.texts()
		if r.ways.lenient && visible.Default != nil {
			then.Defaults = map[schema.Name]string{retired: visible.Default.Text}
		}
	} else {
		x.retired, x.originals = shadow, r.Originals
	}
	visible.Default = r.defaultFor(leader, visible.Default)
	x.table = withColumn(x.table, visible)
	var operations []Operation
	if !visible.Nullable {
		for _, o := range proveNotNull(c, *table, *table.Column(hidden)) {
			// The trigger gives it a value whoever writes.
			operations = append(operations, withoutHazard(o, hazard.ColumnSetNotNullBreaksWriters))
		}
	}
	operations = append(operations, x.prepare()...)
	operations = append(operations, x.analyze())
	after := x.after()
	operations = append(operations, x.swap(ddl.ReplaceFollower(then, after, leader), ddl.RecordTransition(then)))
	*table = after
	// The counterpart of a foreign key names the columns that both sides have
	// by then: were the other side exchanged meanwhile, it would tie to the
	// column that has lost its name.
	return Plan{Operations: operations, Ties: x.tied(), Awaits: awaits}
}

// defaultFor is the default that the column gets with the exchange: as it is
// declared, and not with the casts that the server wrote for the type that the
// column had. On the way back of a column that is declared with the new type, it
// is the one from before.
func (r retype) defaultFor(leader ddl.Leader, have *schema.Expression) *schema.Expression {
	if !r.ways.lenient {
		return recastDefault(have, r.value)
	}
	if leader == ddl.NewLeads || r.takenBack() {
		return r.value
	}
	if text, had := r.Defaults[r.Old[0]]; had {
		return &schema.Expression{Text: text, Canonical: text}
	}
	return nil
}

func withoutHazard(o Operation, id hazard.ID) Operation {
	var rest []hazard.ID
	for _, h := range o.Hazards {
		if h != id {
			rest = append(rest, h)
		}
	}
	o.Hazards = rest
	return o
}

// finish ends the transition: contract drops the old column, a roll-back the
// new one. By then nothing but the trigger belongs to it.
func (r retype) finish(c Change, table *schema.Table) Plan {
	var plan Plan
	t, outcome := r.at(schema.Migrate), ddl.Contracted
	switch {
	case r.to == schema.Contract:
		if !c.SkipVerify {
			plan.Operations = append(plan.Operations, Operation{
				Class: Verify, Statements: []string{ddl.Bounded(ddl.InconsistentFollower(t, *table, ddl.NewLeads))}, Effect: Effect{Scans: true},
			})
		}
	case r.takenBack():
		t, outcome = r.at(schema.Expand), ddl.RolledBack
	default:
		return plan
	}
	hidden := t.Old[0]
	if r.takenBack() {
		hidden = t.New[0]
	}
	x := exchange{change: c, table: *table, visible: r.column, hidden: hidden}
	plan.Operations = append(plan.Operations, x.dropped(nil)...)
	statements := ddl.DropDualWriteTrigger(t, table.Name)
	if table.Check(notNullHelper(*table, hidden)) != nil {
		statements = append(statements, ddl.DropConstraint(table.Name, notNullHelper(*table, hidden)))
	}
	statements = append(statements, ddl.DropColumn(table.Name, hidden))
	statements = append(statements, ddl.DropDualWriteObjects(t)...)
	drop := alterTable(*table, []hazard.ID{hazard.TriggerDropExclusive}, append(statements, ddl.EndTransition(t.Name, outcome)...)...)
	drop.Effect.Drops = true
	plan.Operations = append(plan.Operations, drop)
	*table = withoutColumns(*table, []schema.Name{hidden})
	return plan.in(r.to)
}
