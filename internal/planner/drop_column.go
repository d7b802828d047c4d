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

// PlanColumnDrop plans the end of a column: its indexes concurrently, its
// foreign keys each alone, then the column. What would block it, and what would
// vanish with it and concerns other columns, is an error.
func PlanColumnDrop(c Change, table schema.Table, column schema.Column) Plan {
	if plan, open := dropInTransition(c, table, column); open {
		return plan
	}
	plan := Plan{Findings: columnDropBlockers(table, column)}
	if plan.Refused() {
		return plan
	}
	plan.Findings = append(plan.Findings, columnDropWarnings(table, column)...)
	return plan.with(columnDrop{table: table, columns: []schema.Name{column.Name}}.plan())
}

// dropInTransition plans the drop of a column that takes part in an open
// transition: of a new one it is the way back, of an old one contract's.
func dropInTransition(c Change, table schema.Table, column schema.Column) (plan Plan, open bool) {
	for i, t := range table.Transitions {
		back := move{OpenTransition: t, recorded: &table.Transitions[i]}
		switch {
		case t.Kind != schema.ColumnRetyped && sameNames(t.New, []schema.Name{column.Name}):
			m := moves{change: c, list: []move{back}}
			plan = m.begin(&table)
			if plan.Refused() {
				return plan, true
			}
			if restored := m.restore(table); len(restored.Operations) > 0 {
				plan = plan.with(restored)
			}
			return plan.with(m.finish(table, nil)), true
		case contains(t.Old, column.Name) || contains(t.New, column.Name):
			return Plan{Findings: []Finding{refusal(nil, fmt.Sprintf("Cannot drop column %s", columnID(table, column.Name)),
				fmt.Sprintf("It takes part in an open transition (%s: %s), which has reached %q. End that first, by contract or by declaring the old "+
					"structure again.", t.Kind, transitionSides(t), t.Phase))}}, true
		}
	}
	return Plan{}, false
}

func columnDropWarnings(table schema.Table, column schema.Column) []Finding {
	id := columnID(table, column.Name)
	findings := []Finding{{
		Hazard: hazard.ColumnDropDeletesData, Severity: hazard.Warning,
		Summary: fmt.Sprintf("Dropping column %s", id),
		Detail: "All of its values are gone for good, and code that names it fails at once (42703), as does an INSERT without a list of columns. " +
			"The bodies of functions are text that PostgreSQL does not look into; these may name it:\n" +
			indented("SELECT oid::regprocedure FROM pg_proc WHERE strpos(lower(prosrc), lower("+ddl.Literal(string(column.Name))+")) > 0 AND pronamespace <> 'pg_catalog'::regnamespace"),
	}}
	if !column.OwnedSequence.IsZero() {
		findings = append(findings, Finding{
			Hazard: hazard.SequenceDropOrUntracked, Severity: hazard.Warning,
			Summary: fmt.Sprintf("Dropping sequence %s of %s", column.OwnedSequence, id),
			Detail: "The column owns the sequence, which goes with it. To keep it:\n" +
				indented(fmt.Sprintf("ALTER SEQUENCE %s OWNED BY NONE", column.OwnedSequence)),
		})
	}
	return findings
}

// columnDropBlockers lists what PostgreSQL would refuse to leave behind, and
// what it would drop unseen.
func columnDropBlockers(table schema.Table, column schema.Column) []Finding {
	blocking, vanishing := dependentsOf(table, column)
	var findings []Finding
	summary := fmt.Sprintf("Cannot drop column %s", columnID(table, column.Name))
	if len(blocking) > 0 {
		findings = append(findings, refused(hazard.ColumnDropBlockedByDependents, nil, summary,
			fmt.Sprintf("Other objects depend on it:\n\n%s\n\nDrop or change them first. CASCADE would drop them unseen, and is never used.",
				lines(blocking))))
	}
	if len(vanishing) > 0 {
		findings = append(findings, refused(hazard.ColumnDropCollateralObjects, nil, summary,
			fmt.Sprintf("PostgreSQL would drop other objects with it, without a word:\n\n%s\n\nThey concern more than this column. Drop or change "+
				"them first, each on its own.", lines(vanishing))))
	}
	return findings
}

func dependentsOf(table schema.Table, column schema.Column) (blocking, vanishing []string) {
	if column.Inherited {
		blocking = append(blocking, "  the parent table, which it comes from")
	}
	if p := table.PartitionBy; p != nil {
		for _, key := range p.Keys {
			if key.Column == column.Name || key.Expression != nil && key.Expression.Mentions(column.Name) {
				blocking = append(blocking, "  the partition key of the table")
				break
			}
		}
	}
	for _, key := range table.ReferencedBy {
		if contains(key.ReferencedColumns, column.Name) {
			blocking = append(blocking, fmt.Sprintf("  foreign key %s of %s", key.Name, key.Table))
		}
	}
	if k := table.PrimaryKey; k != nil && (contains(k.Columns, column.Name) || contains(k.Include, column.Name)) {
		vanishing = append(vanishing, fmt.Sprintf("  primary key %s", k.Name))
	}
	vanishing = append(vanishing, sharedConstraints(table, column.Name)...)
	for _, index := range table.Indexes {
		columns := columnsOf(index)
		if index.Constraint != "" || !contains(columns, column.Name) {
			continue
		}
		switch {
		case index.ReplicaIdentity:
			vanishing = append(vanishing, fmt.Sprintf("  index %s, the replica identity of the table", index.Name))
		case index.Unique && len(columns) > 1:
			vanishing = append(vanishing, fmt.Sprintf("  unique index %s", index.Name))
		}
	}
	for _, d := range table.Dependents {
		if !contains(d.Columns, column.Name) || knownElsewhere(d) {
			continue
		}
		item := fmt.Sprintf("  %s %s", d.Kind, d.Name)
		if d.BlocksDrop {
			blocking = append(blocking, item)
		} else {
			vanishing = append(vanishing, item)
		}
	}
	return blocking, vanishing
}

// knownElsewhere reports dependents that the table describes in fields of their
// own.
func knownElsewhere(d schema.Dependent) bool {
	kind := string(d.Kind)
	return kind == "index" || kind == "foreign key" || kind == "sequence" || strings.HasSuffix(kind, "constraint")
}

// sharedConstraints are constraints that concern other columns as well.
func sharedConstraints(table schema.Table, column schema.Name) []string {
	var shared []string
	add := func(kind string, name schema.Name, columns []schema.Name) {
		if contains(columns, column) && slices.ContainsFunc(columns, func(n schema.Name) bool { return n != column }) {
			shared = append(shared, fmt.Sprintf("  %s %s", kind, name))
		}
	}
	for _, key := range table.Uniques {
		add("unique constraint", key.Name, append(slices.Clone(key.Columns), key.Include...))
	}
	for _, check := range table.Checks {
		add("check constraint", check.Name, checkColumns(table, check))
	}
	for _, key := range table.ForeignKeys {
		add("foreign key", key.Name, key.Columns)
	}
	for _, exclusion := range table.Exclusions {
		for _, element := range exclusion.Elements {
			if element.Column == column || element.Expression != nil && element.Expression.Mentions(column) {
				shared = append(shared, fmt.Sprintf("  exclusion constraint %s", exclusion.Name))
				break
			}
		}
	}
	return shared
}

// columnsOf are all columns that an index needs.
func columnsOf(index schema.Index) []schema.Name {
	columns := slices.Clone(index.Columns)
	for _, key := range index.Keys {
		if key.Column != "" {
			columns = append(columns, key.Column)
		}
	}
	columns = append(columns, index.Include...)
	slices.Sort(columns)
	return slices.Compact(columns)
}

// checkColumns are the columns that a check names: the catalog says, and where
// it has not been asked, the text.
func checkColumns(table schema.Table, check schema.Check) []schema.Name {
	if len(check.Columns) > 0 {
		return check.Columns
	}
	return slices.DeleteFunc(names(table.Columns), func(n schema.Name) bool { return !check.Expression.Mentions(n) })
}
