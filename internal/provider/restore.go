// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// own keeps of a table what belongs to nobody else: its attributes, columns and
// constraints. Columns that another resource declares (ignored_columns),
// indexes, foreign keys and dependents come from the live catalog.
func (tableKind) own(observed, like schema.Table) schema.Table {
	own := observed
	own.Columns = slices.DeleteFunc(slices.Clone(observed.Columns), func(c schema.Column) bool { return slices.Contains(like.IgnoredColumns, c.Name) })
	own.ForeignKeys, own.Indexes, own.ReferencedBy, own.Dependents = nil, nil, nil, nil
	own.Partitions, own.Children, own.Publications, own.Triggers = nil, nil, nil, nil
	own.Owner, own.Grants, own.RowSecurity, own.ForceRowSecurity = "", nil, false, false
	if !own.PartitionOf.IsZero() {
		// They belong to the partitioned table, and so does its default partition.
		own = withoutInherited(own)
		own.Columns, own.DefaultPartition = nil, schema.QualifiedName{}
	}
	own.IgnoredColumns = slices.Sorted(slices.Values(like.IgnoredColumns))
	// The second name of the table belongs to the first.
	own.Transitions = slices.DeleteFunc(slices.Clone(observed.Transitions), func(t schema.OpenTransition) bool { return t.Kind != schema.TableRenamed })
	return own
}

// restore puts the table's own parts in the place of those that it has now.
func (tableKind) restore(table *schema.Table, observed schema.Table) *schema.Table {
	restored := observed
	restored.IgnoredColumns = nil
	if table == nil {
		return &restored
	}
	restored.Columns = slices.Clone(observed.Columns)
	for _, c := range table.Columns {
		if slices.Contains(observed.IgnoredColumns, c.Name) {
			restored.Columns = append(restored.Columns, c)
		}
	}
	if !observed.PartitionOf.IsZero() {
		restored.Columns, restored.DefaultPartition = table.Columns, table.DefaultPartition
		addInherited(&restored, *table)
	}
	slices.SortStableFunc(restored.Columns, func(a, b schema.Column) int { return a.Position - b.Position })
	restored.ForeignKeys, restored.Indexes, restored.ReferencedBy = table.ForeignKeys, table.Indexes, table.ReferencedBy
	restored.Dependents, restored.Partitions, restored.Children = table.Dependents, table.Partitions, table.Children
	restored.Publications, restored.Triggers = table.Publications, table.Triggers
	restored.Owner, restored.Grants = table.Owner, table.Grants
	restored.RowSecurity, restored.ForceRowSecurity = table.RowSecurity, table.ForceRowSecurity
	for _, t := range table.Transitions {
		if t.Kind != schema.TableRenamed {
			restored.Transitions = append(slices.Clone(restored.Transitions), t)
		}
	}
	return &restored
}

// replaced returns the parts with one in the place of that of the same name.
func replaced[T any](parts []T, part T, name func(T) schema.Name) []T {
	all := slices.Clone(parts)
	for i := range all {
		if name(all[i]) == name(part) {
			all[i] = part
			return all
		}
	}
	return append(all, part)
}

func (columnKind) own(observed, _ tableColumn) tableColumn { return observed }

func (columnKind) restore(table *schema.Table, observed tableColumn) *schema.Table {
	restored := copyOrNew(table, observed.Table)
	restored.Columns = replaced(restored.Columns, observed.Column, func(c schema.Column) schema.Name { return c.Name })
	return restored
}

func (indexKind) own(observed, _ schema.Index) schema.Index { return observed }

func (indexKind) restore(table *schema.Table, observed schema.Index) *schema.Table {
	restored := copyOrNew(table, observed.Table)
	indexKind{}.withHalves(restored, observed)
	return restored
}

func (foreignKeyKind) own(observed, _ schema.ForeignKey) schema.ForeignKey { return observed }

func (foreignKeyKind) restore(table *schema.Table, observed schema.ForeignKey) *schema.Table {
	restored := copyOrNew(table, observed.Table)
	foreignKeyKind{}.withHalves(restored, observed)
	return restored
}

func copyOrNew(table *schema.Table, name schema.QualifiedName) *schema.Table {
	if table == nil {
		return &schema.Table{Name: name}
	}
	restored := *table
	return &restored
}
