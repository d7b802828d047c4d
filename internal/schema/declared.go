// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"slices"
	"strings"
)

// StandaloneIndexes are the indexes that a resource of their own can declare, by
// name: no constraint's, none that an interrupted build has left, and none that
// belongs to an index of the partitioned table.
func (t *Table) StandaloneIndexes() []Index {
	indexes := slices.DeleteFunc(slices.Clone(t.Indexes), func(i Index) bool { return i.Constraint != "" || i.Invalid || !i.Parent.IsZero() })
	slices.SortFunc(indexes, func(a, b Index) int { return a.Name.Compare(b.Name) })
	return indexes
}

// DeclaredForeignKeys are those that a resource can declare, by name.
func (t *Table) DeclaredForeignKeys() []ForeignKey {
	keys := slices.DeleteFunc(slices.Clone(t.ForeignKeys), func(fk ForeignKey) bool { return fk.Inherited || fk.NotEnforced })
	slices.SortFunc(keys, func(a, b ForeignKey) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return keys
}
