// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import "slices"

// Deferral says when a constraint is checked.
type Deferral struct {
	Deferrable        bool `json:"deferrable,omitempty"`
	InitiallyDeferred bool `json:"initially_deferred,omitempty"`
}

// Key is a PRIMARY KEY or a UNIQUE constraint; the field of the table that
// holds it tells which.
type Key struct {
	Name    Name   `json:"name"`
	Columns []Name `json:"columns"`
	Include []Name `json:"include,omitempty"`
	// NullsNotDistinct needs PostgreSQL 15; UNIQUE only.
	NullsNotDistinct bool `json:"nulls_not_distinct,omitempty"`
	Deferral
	// Options are storage parameters of the index.
	Options    map[string]string `json:"options,omitempty"`
	Tablespace Name              `json:"tablespace,omitempty"`
	Comment    string            `json:"comment,omitempty"`

	// Observed: WITHOUT OVERLAPS (PostgreSQL 18).
	WithoutOverlaps bool `json:"without_overlaps,omitempty"`
	// Inherited reports a constraint that comes from a partitioned parent.
	Inherited bool `json:"inherited,omitempty"`
}

// Check is a CHECK constraint.
type Check struct {
	Name       Name       `json:"name"`
	Expression Expression `json:"expression"`
	NoInherit  bool       `json:"no_inherit,omitempty"`
	Comment    string     `json:"comment,omitempty"`

	// Observed.

	// NotValid is true from ADD ... NOT VALID to VALIDATE.
	NotValid bool `json:"not_valid,omitempty"`
	// NotEnforced is PostgreSQL 18's NOT ENFORCED.
	NotEnforced bool `json:"not_enforced,omitempty"`
	// Columns are the columns that the expression names.
	Columns []Name `json:"columns,omitempty"`
	// Inherited reports a constraint that comes from a parent table.
	Inherited bool `json:"inherited,omitempty"`
}

// Exclusion is an EXCLUDE constraint.
type Exclusion struct {
	Name Name `json:"name"`
	// Method is the index access method; gist is the usual one.
	Method   string             `json:"method"`
	Elements []ExclusionElement `json:"elements"`
	Include  []Name             `json:"include,omitempty"`
	Where    *Expression        `json:"where,omitempty"`
	Deferral
	Options    map[string]string `json:"options,omitempty"`
	Tablespace Name              `json:"tablespace,omitempty"`
	Comment    string            `json:"comment,omitempty"`

	// Observed: Inherited reports a constraint that comes from a partitioned parent.
	Inherited bool `json:"inherited,omitempty"`
}

// ExclusionElement is one "key WITH operator" of an EXCLUDE constraint.
type ExclusionElement struct {
	IndexKey
	// Operator is the operator as SQL: &&, =, OPERATOR(public.&&).
	Operator string `json:"operator"`
}

// ReferentialAction is what a foreign key does on DELETE or UPDATE of the
// referenced row. The zero value is NO ACTION.
type ReferentialAction string

// The referential actions, spelled as in SQL.
const (
	NoAction   ReferentialAction = ""
	Restrict   ReferentialAction = "RESTRICT"
	Cascade    ReferentialAction = "CASCADE"
	SetNull    ReferentialAction = "SET NULL"
	SetDefault ReferentialAction = "SET DEFAULT"
)

// ForeignKey is a FOREIGN KEY constraint of Table.
type ForeignKey struct {
	Table   QualifiedName `json:"table"`
	Name    Name          `json:"name"`
	Columns []Name        `json:"columns"`
	// References is the referenced table; ReferencedColumns its columns in the
	// order of Columns.
	References        QualifiedName `json:"references"`
	ReferencedColumns []Name        `json:"referenced_columns"`
	// MatchFull is MATCH FULL; otherwise it is MATCH SIMPLE.
	MatchFull bool              `json:"match_full,omitempty"`
	OnDelete  ReferentialAction `json:"on_delete,omitempty"`
	// OnDeleteColumns limits SET NULL and SET DEFAULT (PostgreSQL 15).
	OnDeleteColumns []Name            `json:"on_delete_columns,omitempty"`
	OnUpdate        ReferentialAction `json:"on_update,omitempty"`
	Deferral
	Comment string `json:"comment,omitempty"`

	// Observed.

	// NotValid is true from ADD ... NOT VALID to VALIDATE.
	NotValid bool `json:"not_valid,omitempty"`
	// NotEnforced is PostgreSQL 18's NOT ENFORCED.
	NotEnforced bool `json:"not_enforced,omitempty"`
	// Inherited reports a constraint that comes from a partitioned parent.
	Inherited bool `json:"inherited,omitempty"`
	// ReferencesPartitioned reports that the referenced table is partitioned:
	// what locks it locks its partitions too.
	ReferencesPartitioned bool `json:"references_partitioned,omitempty"`

	// Of a foreign key that its resource looks at while it is being redefined.

	// Successor is the new foreign key, up to the swap of the names; Predecessor
	// the old one, from then on.
	Successor   *ForeignKey `json:"successor,omitempty"`
	Predecessor *ForeignKey `json:"predecessor,omitempty"`
}

// Names reports whether the column is one of the referencing ones.
func (f ForeignKey) Names(column Name) bool { return slices.Contains(f.Columns, column) }
