// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import "slices"

// Index is an index of a table, whether it backs a constraint or stands alone.
type Index struct {
	// Name shares its schema with the table.
	Name  QualifiedName `json:"name"`
	Table QualifiedName `json:"table"`
	// Method is the access method: btree, hash, gin, gist, spgist, brin or one
	// of an extension.
	Method  string      `json:"method"`
	Keys    []IndexKey  `json:"keys"`
	Include []Name      `json:"include,omitempty"`
	Where   *Expression `json:"where,omitempty"`
	Unique  bool        `json:"unique,omitempty"`
	// Primary reports the index of a primary key.
	Primary          bool `json:"primary,omitempty"`
	NullsNotDistinct bool `json:"nulls_not_distinct,omitempty"`
	// Options are storage parameters: fillfactor, fastupdate, ...
	Options    map[string]string `json:"options,omitempty"`
	Tablespace Name              `json:"tablespace,omitempty"`
	Comment    string            `json:"comment,omitempty"`

	// Observed.

	// Invalid is !pg_index.indisvalid: an interrupted concurrent build or
	// drop, or an index of a partitioned table that is not attached
	// everywhere.
	Invalid bool `json:"invalid,omitempty"`
	// Constraint is the constraint that the index backs, or empty.
	Constraint Name `json:"constraint,omitempty"`
	// ReplicaIdentity is pg_index.indisreplident.
	ReplicaIdentity bool `json:"replica_identity,omitempty"`
	// Clustered is pg_index.indisclustered.
	Clustered bool `json:"clustered,omitempty"`
	// Parent is the index of the partitioned table that this one is attached
	// to.
	Parent QualifiedName `json:"parent,omitzero"`
	// Columns are all columns that keys, INCLUDE, expressions and predicate
	// name.
	Columns []Name `json:"columns,omitempty"`
	// Definition is pg_get_indexdef(): how to build it again.
	Definition string `json:"definition,omitempty"`

	// Of an index that its resource looks at while it is being redefined.

	// Successor is the new index, up to the swap of the names; Predecessor the
	// old one, from then on.
	Successor   *Index `json:"successor,omitempty"`
	Predecessor *Index `json:"predecessor,omitempty"`
}

// Names reports whether the index needs the column: as a key, stored beside the
// keys, in an expression or in its predicate.
func (i Index) Names(column Name) bool {
	return slices.Contains(i.Columns, column) || slices.Contains(i.Include, column) ||
		i.Where != nil && i.Where.Mentions(column) ||
		slices.ContainsFunc(i.Keys, func(k IndexKey) bool {
			return k.Column == column || k.Expression != nil && k.Expression.Mentions(column)
		})
}

// IndexKey is one key of an index: a column or an expression.
type IndexKey struct {
	// Column is empty for an expression.
	Column Name `json:"column,omitempty"`
	// Expression is nil for a column.
	Expression *Expression `json:"expression,omitempty"`
	// Collation is zero for that of the column.
	Collation QualifiedName `json:"collation,omitzero"`
	// OperatorClass is zero for the default one of type and method.
	OperatorClass QualifiedName `json:"operator_class,omitzero"`
	// OperatorClassOptions are its parameters (siglen, ...).
	OperatorClassOptions map[string]string `json:"operator_class_options,omitempty"`
	// Descending is DESC.
	Descending bool `json:"descending,omitempty"`
	// NullsFirst is nil for the default of the direction.
	NullsFirst *bool `json:"nulls_first,omitempty"`
}
