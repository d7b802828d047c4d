// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"sync"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// announcements are what resources of this run are going to create. Terraform
// plans a resource after those that it refers to, so that an index on a column
// that the same run adds finds the column here. They only decide whether
// something is there; operations never depend on them, because by the time of
// the second plan they have become part of the catalog.
type announcements struct {
	mu      sync.Mutex
	tables  map[schema.QualifiedName]*schema.Table
	columns map[schema.ColumnName]string
	// dropped are columns whose pgphase_column is destroyed.
	dropped map[schema.ColumnName]bool
	// replaced says who replaces a column.
	replaced map[schema.ColumnName]string
	// names are the two names of each table that is renamed.
	names map[schema.QualifiedName]renamed
	// neighbours are schemas, types and sequences.
	neighbours []upcoming
	departures
}

// renamed is a table that will be known under two names: the one that it has
// itself now, and the one that it will have.
type renamed struct{ now, then schema.QualifiedName }

func (a *announcements) rename(name schema.QualifiedName, r renamed) {
	if a.names == nil {
		a.names = map[schema.QualifiedName]renamed{}
	}
	a.names[name], a.names[r.now] = r, r
}

func (a *announcements) renaming(name schema.QualifiedName) (renamed, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, found := a.names[name]
	return r, found
}

// announcing is a kind that has something to announce.
type announcing[O any] interface {
	// announce registers a planned object. It returns a finding where another
	// resource has announced the same.
	announce(a *announcements, change planner.Change, table *schema.Table, desired O) *planner.Finding
}

var (
	_ announcing[schema.Table]      = tableKind{}
	_ announcing[tableColumn]       = columnKind{}
	_ announcing[schema.Index]      = indexKind{}
	_ announcing[schema.ForeignKey] = foreignKeyKind{}
)

// overlay returns the table as it will be once everything announced is there;
// nil where it neither is nor will be.
func (a *announcements) overlay(table *schema.Table, name schema.QualifiedName) *schema.Table {
	a.mu.Lock()
	defer a.mu.Unlock()
	announced := a.tables[name]
	switch {
	case announced == nil:
		return table
	case table == nil:
		return announced
	}
	return extended(table, announced)
}

// extended returns the table with the columns, keys and indexes of another
// that it does not have yet.
func extended(table, more *schema.Table) *schema.Table {
	all := *table
	all.Columns = withMissing(table.Columns, more.Columns, func(c schema.Column) schema.Name { return c.Name })
	all.Uniques = withMissing(table.Uniques, more.Uniques, func(k schema.Key) schema.Name { return k.Name })
	all.Indexes = withMissing(table.Indexes, more.Indexes, func(i schema.Index) schema.Name { return i.Name.Name })
	if all.PrimaryKey == nil {
		all.PrimaryKey = more.PrimaryKey
	}
	return &all
}

// add registers a table, or more columns, keys and indexes of one.
func (a *announcements) add(table *schema.Table) {
	if a.tables == nil {
		a.tables = map[schema.QualifiedName]*schema.Table{}
	}
	if known := a.tables[table.Name]; known != nil {
		table = extended(known, table)
	}
	a.tables[table.Name] = table
}

// declare registers who declares a column, and reports a second one.
func (a *announcements) declare(column schema.ColumnName, by string) *planner.Finding {
	if a.columns == nil {
		a.columns = map[schema.ColumnName]string{}
	}
	other, taken := a.columns[column]
	if taken && other != by {
		return &planner.Finding{
			Severity: hazard.Error,
			Path:     []string{"name"},
			Summary:  fmt.Sprintf("%s is declared twice", column),
			Detail: fmt.Sprintf("It is declared by %s and by %s. Two declarations of one column would undo each other's changes for ever.\n\n"+
				"Keep one of them. If it is the pgphase_column, put the column's name into ignored_columns of the pgphase_table.", other, by),
		}
	}
	a.columns[column] = by
	if a.dropped[column] {
		return droppedThoughDeclared(column, by)
	}
	return nil
}

// drop registers a column whose pgphase_column is destroyed, and reports that
// another resource declares it: its statements would follow those that drop it.
func (a *announcements) drop(column schema.ColumnName) *planner.Finding {
	a.mu.Lock()
	defer a.mu.Unlock()
	if by, declared := a.columns[column]; declared {
		return droppedThoughDeclared(column, by)
	}
	if a.dropped == nil {
		a.dropped = map[schema.ColumnName]bool{}
	}
	a.dropped[column] = true
	return nil
}

// droppedThoughDeclared is reported by whichever of the two is planned last.
func droppedThoughDeclared(column schema.ColumnName, by string) *planner.Finding {
	return &planner.Finding{
		Severity: hazard.Error,
		Refusal:  true,
		Summary:  fmt.Sprintf("%s would be dropped, and is declared", column),
		Detail: fmt.Sprintf("A pgphase_column has left the configuration, which drops its column; and %s declares it. To hand the column over, let the pgphase_column be forgotten:\n\n"+
			"    removed {\n      from = pgphase_column.<name>\n      lifecycle {\n        destroy = false\n      }\n    }\n\n"+
			"If only the name of its resource has changed, say so:\n\n    moved {\n      from = pgphase_column.<old name>\n      to   = pgphase_column.<new name>\n    }", by),
	}
}

// replace registers who replaces the columns that a column names and the table
// still has, and reports a second one: of two transitions, each would drop what
// the other one reads.
func (a *announcements) replace(table *schema.Table, column schema.Column, path []string, by string) *planner.Finding {
	if table == nil || column.Replaces == nil {
		return nil
	}
	if a.replaced == nil {
		a.replaced = map[schema.ColumnName]string{}
	}
	for _, name := range column.Replaces.Columns {
		if table.Column(name) == nil {
			continue
		}
		old := schema.ColumnName{Table: table.Name, Column: name}
		if other, taken := a.replaced[old]; taken && other != by {
			return &planner.Finding{
				Severity: hazard.Error,
				Refusal:  true,
				Path:     path,
				Summary:  fmt.Sprintf("%s is replaced twice", old),
				Detail: fmt.Sprintf("It is replaced by %s and by %s, and a column takes part in one transition at a time.\n\n"+
					"A column that becomes several ones is split in one pgphase_table, whose columns all name it in replaces. "+
					"Otherwise keep one of them, and replace the new column once the first transition has ended.", other, by),
			}
		}
		a.replaced[old] = by
	}
	return nil
}

func (tableKind) announce(a *announcements, change planner.Change, table *schema.Table, desired schema.Table) *planner.Finding {
	a.mu.Lock()
	defer a.mu.Unlock()
	if table != nil && !desired.RenamedFrom.IsZero() && table.Name != desired.Name {
		final := desired.Name
		if change.Phase == schema.Expand {
			final = table.Name
		}
		a.rename(desired.Name, renamed{now: table.Name, then: final})
	}
	announced := desired
	if desired.Attachment != nil {
		announced.Columns = desired.Attachment.Parent.Columns
	}
	a.add(&announced)
	for _, column := range desired.Columns {
		name := schema.ColumnName{Table: desired.Name, Column: column.Name}
		if finding := a.declare(name, "the pgphase_table "+desired.ID()); finding != nil {
			return finding
		}
		if finding := a.replace(table, column, []string{"columns", string(column.Name), "replaces"}, "the pgphase_table "+desired.ID()); finding != nil {
			return finding
		}
	}
	return nil
}

func (columnKind) announce(a *announcements, _ planner.Change, table *schema.Table, desired tableColumn) *planner.Finding {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.add(&schema.Table{Name: table.Name, Columns: []schema.Column{desired.Column}})
	by := "the pgphase_column " + desired.name().String()
	if finding := a.declare(desired.name(), by); finding != nil {
		return finding
	}
	return a.replace(table, desired.Column, []string{"replaces"}, by)
}

func (indexKind) announce(a *announcements, change planner.Change, table *schema.Table, desired schema.Index) *planner.Finding {
	a.mu.Lock()
	defer a.mu.Unlock()
	if old, announced := table.Index(desired.Name.Name), a.tables[table.Name]; old != nil && announced != nil {
		if finding := planner.AwayFromReplaced(change, table.Name, "index "+old.Name.String(), announced.Columns, old.Names, desired.Names); finding != nil {
			return finding
		}
	}
	a.add(&schema.Table{Name: table.Name, Indexes: []schema.Index{desired}})
	return nil
}

func (foreignKeyKind) announce(a *announcements, change planner.Change, table *schema.Table, desired schema.ForeignKey) *planner.Finding {
	a.decide(false, desired)
	a.mu.Lock()
	defer a.mu.Unlock()
	if old, announced := table.ForeignKey(desired.Name), a.tables[table.Name]; old != nil && announced != nil {
		what := fmt.Sprintf("foreign key %s of %s", old.Name, table.Name)
		return planner.AwayFromReplaced(change, table.Name, what, announced.Columns, old.Names, desired.Names)
	}
	return nil
}

// withMissing appends those of more whose names parts does not have.
func withMissing[T any](parts, more []T, name func(T) schema.Name) []T {
	all := slices.Clone(parts)
	for _, part := range more {
		if !slices.ContainsFunc(parts, func(p T) bool { return name(p) == name(part) }) {
			all = append(all, part)
		}
	}
	return all
}
