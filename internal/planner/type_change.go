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

// planTypeChange plans another type or collation for a column that is there.
// What would rewrite the table is a transition; what would only build some
// indexes or prove checks again is taken apart, so that no long work is left
// for the statement that holds ACCESS EXCLUSIVE.
func planTypeChange(c Change, table schema.Table, column, desired schema.Column) Plan {
	// The statement sets its own time zone, so that the session's does not
	// matter.
	utc := c.Server
	utc.UTC = true
	change := typeChange{
		server: c.Server, table: table, column: column, desired: desired,
		class: ClassifyTypeChange(utc, column.Type, desired.Type),
	}
	if change.class == TypeRewrites {
		return Plan{Findings: []Finding{change.transition()}, Probes: change.narrowingProbes()}
	}
	if !sameQualified(column.Collation, desired.Collation) {
		change.class = TypeRebuildsIndexes
	}
	if findings := change.obstacles(); len(findings) > 0 {
		return Plan{Findings: findings}
	}
	return change.plan()
}

// typeChange is a change of type that leaves the table's file alone.
type typeChange struct {
	server  Server
	table   schema.Table
	column  schema.Column
	desired schema.Column
	class   TypeChange
}

func (t typeChange) plan() Plan {
	plan := Plan{Findings: t.warnings()}
	rebuilt := t.rebuiltIndexes()
	plan.Operations = append(plan.Operations, t.setIndexesAside(rebuilt)...)
	alter, checks := t.alter()
	plan.Operations = append(plan.Operations, alter, t.analyze())
	for _, check := range checks {
		plan.Operations = append(plan.Operations, validation(t.table,
			ddl.ValidateConstraint(t.table.Name, check.Name), hazard.CheckAddFailsOnRows))
	}
	plan.Operations = append(plan.Operations, t.bringIndexesBack(rebuilt)...)
	return plan
}

// alter is the change itself: an instant under ACCESS EXCLUSIVE.
func (t typeChange) alter() (Operation, []schema.Check) {
	checks := t.checks()
	ids := []hazard.ID{hazard.ColumnTypeChangeBreaksClients, hazard.ColumnTypeChangeDropsStatistics}
	var statements []string
	if t.changesTimeZone() {
		statements = append(statements, "SET LOCAL TimeZone = 'UTC'")
		ids = append(ids, hazard.ColumnTypeChangeTimezoneDependent)
	}
	if len(checks) == 0 {
		statements = append(statements, ddl.AlterType(t.table.Name, t.desired))
	} else {
		statements = append(statements, ddl.AlterTypeWithChecks(t.table.Name, t.desired, checks))
		for _, check := range checks {
			if check.Comment != "" {
				statements = append(statements, ddl.CommentOnConstraint(t.table.Name, check.Name, check.Comment))
			}
		}
	}
	// ALTER COLUMN ... TYPE falls back to the type's own storage and to the
	// default compression.
	if t.column.Storage != "" {
		statements = append(statements, ddl.SetStorage(t.table.Name, t.column.Name, t.column.Storage))
	}
	if t.column.Compression != "" {
		statements = append(statements, ddl.SetCompression(t.table.Name, t.column.Name, t.column.Compression))
	}
	locks := tableLocks(schema.AccessExclusive, t.table)
	for _, other := range t.tiedTables() {
		locks = append(locks, Lock{Mode: schema.AccessExclusive, Table: other, Partitions: t.referencesPartitioned(other)})
	}
	if len(t.tiedTables()) > 0 {
		ids = append(ids, hazard.ColumnTypeChangeForeignKeyRecheck)
	}
	return Operation{Class: Brief, Statements: statements, Locks: locks, Hazards: hazards(ids...)}, checks
}

// checks are the valid ones that name the column.
func (t typeChange) checks() []schema.Check {
	var found []schema.Check
	for _, check := range t.table.Checks {
		if !check.NotValid && !check.NotEnforced && slices.Contains(check.Columns, t.column.Name) {
			found = append(found, check)
		}
	}
	return found
}

// tiedTables are the other tables of foreign keys with the column, which are
// made anew: in the order of their names.
func (t typeChange) tiedTables() []schema.QualifiedName {
	var tables []schema.QualifiedName
	for _, fk := range t.table.ForeignKeys {
		if slices.Contains(fk.Columns, t.column.Name) {
			tables = append(tables, fk.References)
		}
	}
	for _, fk := range t.table.ReferencedBy {
		if slices.Contains(fk.ReferencedColumns, t.column.Name) {
			tables = append(tables, fk.Table)
		}
	}
	tables = slices.DeleteFunc(tables, func(name schema.QualifiedName) bool { return name == t.table.Name })
	slices.SortFunc(tables, schema.QualifiedName.Compare)
	return slices.Compact(tables)
}

// referencesPartitioned reports that a table that the column refers to is
// partitioned. The partitions of one that refers to the column are among the
// tied tables themselves.
func (t typeChange) referencesPartitioned(name schema.QualifiedName) bool {
	return slices.ContainsFunc(t.table.ForeignKeys, func(fk schema.ForeignKey) bool { return fk.References == name && fk.ReferencesPartitioned })
}

// changesTimeZone reports a change between timestamp and timestamptz.
func (t typeChange) changesTimeZone() bool {
	return timestampPair(parseType(baseType(t.column.Type)).name, parseType(baseType(t.desired.Type)).name)
}

// analyze renews the statistics that the change threw away, before queries are
// planned without them for long.
func (t typeChange) analyze() Operation {
	return Operation{
		Class:      Online,
		Statements: []string{ddl.Analyze(t.table.Name, t.column.Name)},
		Locks:      []Lock{{Mode: schema.ShareUpdateExclusive, Table: t.table.Name, Partitions: t.table.Partitioned()}},
		Effect:     Effect{Samples: true},
	}
}

// analyzeExpressions gathers the statistics of expressions in indexes, which
// ANALYZE leaves out when it is given columns.
func analyzeExpressions(table schema.QualifiedName) Operation {
	return Operation{
		Class:      Online,
		Statements: []string{ddl.Analyze(table)},
		Locks:      []Lock{{Mode: schema.ShareUpdateExclusive, Table: table}},
		Effect:     Effect{Samples: true},
	}
}

func (t typeChange) summary() string {
	if t.column.Type.Equal(t.desired.Type) {
		return fmt.Sprintf("Cannot change the collation of %s", columnID(t.table, t.column.Name))
	}
	return fmt.Sprintf("Cannot change the type of %s to %s", columnID(t.table, t.column.Name), t.desired.Type.SQL())
}
