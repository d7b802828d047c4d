// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// own keeps of a table what a resource answers for: the table's attributes, and
// the columns and constraints that it names.
func (tableKind) own(observed, like schema.Table) schema.Table {
	own := observed
	own.Columns = slices.DeleteFunc(slices.Clone(observed.Columns), func(c schema.Column) bool { return like.Column(c.Name) == nil })
	own.Uniques = slices.DeleteFunc(slices.Clone(observed.Uniques), func(k schema.Key) bool { return like.Unique(k.Name) == nil })
	own.Checks = slices.DeleteFunc(slices.Clone(observed.Checks), func(c schema.Check) bool { return like.Check(c.Name) == nil })
	own.Exclusions = slices.DeleteFunc(slices.Clone(observed.Exclusions), func(e schema.Exclusion) bool { return like.Exclusion(e.Name) == nil })
	if like.PrimaryKey == nil {
		own.PrimaryKey = nil
	}
	own.ForeignKeys, own.Indexes, own.ReferencedBy, own.Dependents = nil, nil, nil, nil
	own.Partitions, own.Children, own.Publications, own.Triggers = nil, nil, nil, nil
	own.Owner, own.Grants, own.RowSecurity, own.ForceRowSecurity = "", nil, false, false
	// The second name of the table belongs to the first.
	own.Transitions = slices.DeleteFunc(slices.Clone(observed.Transitions), func(t schema.OpenTransition) bool { return t.Kind != schema.TableRenamed })
	return own
}

// restore puts the owned parts in the place of those that the table has now;
// what is not owned stays as it is now.
func (tableKind) restore(table *schema.Table, observed schema.Table) *schema.Table {
	if table == nil {
		return &observed
	}
	restored := observed
	restored.Columns = slices.Clone(observed.Columns)
	for _, c := range table.Columns {
		if restored.Column(c.Name) == nil {
			restored.Columns = append(restored.Columns, c)
		}
	}
	slices.SortStableFunc(restored.Columns, func(a, b schema.Column) int { return a.Position - b.Position })
	if restored.PrimaryKey == nil {
		restored.PrimaryKey = table.PrimaryKey
	}
	restored.Uniques = withMissing(observed.Uniques, table.Uniques, func(k schema.Key) schema.Name { return k.Name })
	restored.Checks = withMissing(observed.Checks, table.Checks, func(c schema.Check) schema.Name { return c.Name })
	restored.Exclusions = withMissing(observed.Exclusions, table.Exclusions, func(e schema.Exclusion) schema.Name { return e.Name })
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

// lettingGo is a kind that can stop answering for a part without removing it.
type lettingGo[M, O any] interface {
	letGo(ctx context.Context, plan *M, prior O) O
}

// letGo takes the columns out of a prior table that the configuration has moved
// to ignored_columns: what nobody answered for is not removed.
func (tableKind) letGo(ctx context.Context, plan *tableModel, prior schema.Table) schema.Table {
	ignored := plan.ignored(ctx, nil)
	prior.Columns = slices.DeleteFunc(slices.Clone(prior.Columns), func(c schema.Column) bool { return slices.Contains(ignored, c.Name) })
	return prior
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
	restored.Indexes = replaced(restored.Indexes, observed, func(i schema.Index) schema.Name { return i.Name.Name })
	return restored
}

func (foreignKeyKind) own(observed, _ schema.ForeignKey) schema.ForeignKey { return observed }

func (foreignKeyKind) restore(table *schema.Table, observed schema.ForeignKey) *schema.Table {
	restored := copyOrNew(table, observed.Table)
	restored.ForeignKeys = replaced(restored.ForeignKeys, observed, func(f schema.ForeignKey) schema.Name { return f.Name })
	return restored
}

func copyOrNew(table *schema.Table, name schema.QualifiedName) *schema.Table {
	if table == nil {
		return &schema.Table{Name: name}
	}
	restored := *table
	return &restored
}
