// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// obstacles is all that cannot be carried over to the other column: said before
// anything begins.
func (r retype) obstacles(c Change, table schema.Table) []Finding {
	var findings []Finding
	if detail := r.shape(table); detail != "" {
		findings = append(findings, refusal(r.path, r.summary(), detail))
	}
	findings = append(findings, r.unconvertible()...)
	var items []string
	add := func(format string, args ...any) { items = append(items, "  "+fmt.Sprintf(format, args...)) }
	for _, d := range withoutOwnTriggers(table).Dependents {
		if contains(d.Columns, r.column) && !knownElsewhere(d) || len(d.Columns) == 0 && d.BlocksRetype {
			add("%s %s", d.Kind, d.Name)
		}
	}
	for _, e := range table.Exclusions {
		if exclusionConstraint(e).names([]schema.Name{r.column}) {
			add("exclusion constraint %s", e.Name)
		}
	}
	for _, t := range table.Transitions {
		if t.Kind == schema.TableRenamed {
			add("the rename of the table, which is open")
		}
	}
	x := exchange{change: c, table: table, visible: r.column, hidden: r.hidden()}
	items = append(items, x.uncarried(sameBaseType(r.old.Type, r.current.Type))...)
	if !r.swapped() && r.declared != nil && r.declared.Facts != nil {
		for _, item := range r.declared.Facts.Uncarried {
			add("%s", item)
		}
	}
	for _, fk := range x.foreignKeys() {
		switch {
		case !joinable(r.old.Type, r.current.Type) || !sameCollation(r.old.Collation, r.current.Collation):
			add("foreign key %s of %s: the columns on both sides have to be of comparable types", fk.old.Name, fk.old.Table)
		case r.ways.up != r.column.Quote():
			add("foreign key %s of %s: `up` gives one side other values", fk.old.Name, fk.old.Table)
		}
	}
	if len(items) > 0 {
		findings = append(findings, refused(hazard.ColumnTypeChangeBlockedByDependents, r.path, r.summary(), fmt.Sprintf(
			"These cannot be carried over to another column:\n\n%s\n\nDrop or change them before the transition, and make them again after it.",
			lines(sortedUnique(items)))))
	}
	return findings
}

// inUse refuses to drop a hidden column that somebody has come to use.
func (r retype) inUse(table schema.Table) []Finding {
	var items []string
	for _, d := range withoutOwnTriggers(table).Dependents {
		if contains(d.Columns, r.hidden()) && !knownElsewhere(d) {
			items = append(items, fmt.Sprintf("  %s %s", d.Kind, d.Name))
		}
	}
	if len(items) == 0 {
		return nil
	}
	return []Finding{refused(hazard.ColumnDropBlockedByDependents, r.path, r.summary(), fmt.Sprintf(
		"Other objects use %s, which the transition is to drop:\n\n%s\n\nDrop or change them first. CASCADE would drop them unseen, and is never used.",
		columnID(table, r.hidden()), lines(sortedUnique(items))))}
}

// shape is why the table itself cannot have such a transition.
func (r retype) shape(table schema.Table) string {
	have := table.Column(r.column)
	shadow, retired := hiddenNames(table.Name, r.column)
	switch {
	case table.Partitioned() || !table.PartitionOf.IsZero():
		return "The table is partitioned, or a partition: its indexes and keys belong to several tables and cannot be exchanged in one short " +
			"transaction yet. Replace the column under a new name (`replaces`)."
	case len(table.Inherits) > 0 || len(table.Children) > 0 || have.Inherited:
		return "The table takes part in inheritance, and a trigger of one table does not fire for the rows of another."
	case have.Generated != nil:
		return "It is a generated column: PostgreSQL computes it, and nothing else can write it."
	case have.Identity != nil && !isInteger(r.current.Type):
		return fmt.Sprintf("It is an identity column, which %s cannot be. Remove `identity` first, in an apply of its own.", r.current.Type.SQL())
	case constrainedDomain(r.current.Type):
		return fmt.Sprintf("%s is a domain with a constraint: adding the column would write the whole table anew under ACCESS EXCLUSIVE (%s). Use the "+
			"domain's base type and declare the constraint in `checks`.", r.current.Type.SQL(), hazard.ColumnAddConstrainedDomainRewrite)
	case constrainedDomain(r.old.Type) && r.ways.lenient:
		return fmt.Sprintf("%s is a domain with a constraint, which a value that does not convert would violate. Change the type to the domain's base "+
			"type first, which is instant, and declare the constraint in `checks`.", r.old.Type.SQL())
	case r.begins() && (table.Column(shadow) != nil || table.Column(retired) != nil):
		return fmt.Sprintf("A column %s or %s is there already, and no open transition knows it. Drop it.", shadow, retired)
	}
	return ""
}

// uncarried are indexes and constraints of the column that cannot have a
// counterpart on another one. An operator class is carried within a type.
func (x exchange) uncarried(withinType bool) []string {
	var items []string
	add := func(format string, args ...any) { items = append(items, "  "+fmt.Sprintf(format, args...)) }
	for _, index := range x.table.Indexes {
		if !contains(columnsOf(index), x.visible) {
			continue
		}
		mapped := index
		switch {
		case index.Invalid && index.Constraint == "":
			add("index %s, which is INVALID: drop it, or build it again", index.Name)
		case index.Constraint == "" && !x.mapIndex(&mapped):
			add("index %s: its expression or predicate does not tell where it names the column", index.Name)
		}
		for _, key := range index.Keys {
			if key.Column == x.visible && !key.OperatorClass.IsZero() && !withinType {
				add("index %s: its operator class %s is that of the old type", index.Name, key.OperatorClass)
			}
		}
	}
	for _, k := range x.keys() {
		if k.key.WithoutOverlaps {
			add("constraint %s: WITHOUT OVERLAPS", k.key.Name)
		}
	}
	for _, check := range x.table.Checks {
		if !contains(checkColumns(x.table, check), x.visible) {
			continue
		}
		if _, sure := check.Expression.WithColumn(x.visible, x.hidden); !sure || check.NotEnforced || check.Inherited {
			add("check constraint %s", check.Name)
		}
	}
	for _, fk := range x.foreignKeys() {
		if fk.old.NotEnforced || fk.old.Inherited {
			add("foreign key %s of %s", fk.old.Name, fk.old.Table)
		}
	}
	return items
}
