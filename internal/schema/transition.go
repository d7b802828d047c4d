// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

// TransitionKind names a change with an old structure that running code may
// still use. There are six.
type TransitionKind string

// The six transitions.
const (
	ColumnReplaced      TransitionKind = "column replaced"
	ColumnRetyped       TransitionKind = "column retyped in place"
	ColumnRemoved       TransitionKind = "column removed"
	TableRenamed        TransitionKind = "table renamed"
	IndexRedefined      TransitionKind = "index redefined"
	ConstraintRedefined TransitionKind = "constraint redefined"
)

// Replacement says which columns a new column takes the place of. Desired
// only.
type Replacement struct {
	// Columns are the old columns.
	Columns []Name `json:"columns"`
	// Up computes the new column from the old ones. Nil means the one old
	// column itself, cast to the new type.
	Up *Expression `json:"up,omitempty"`
	// Down computes old columns from the new ones. Without Up and with one old
	// column, an old column that is left out is fed by the new one, cast to its
	// type; otherwise nothing feeds it.
	Down map[Name]Expression `json:"down,omitempty"`
}

// OpenTransition is a transition that was begun and has not ended, as the
// ledger knows it. It holds nothing that changes by itself: times and counters
// are evidence for diagnostics, and no plan depends on them.
type OpenTransition struct {
	// Name is derived from table, kind and columns: unique in the database and
	// the same in each plan.
	Name  Name           `json:"name"`
	Kind  TransitionKind `json:"kind"`
	Table QualifiedName  `json:"table"`
	// Phase is the one that was reached: expand or migrate.
	Phase Phase `json:"phase"`
	// Old are the columns that contract drops; New those that take their
	// place. Empty for a table.
	Old []Name `json:"old,omitempty"`
	New []Name `json:"new,omitempty"`
	// Up holds for each new column its expression over the old ones, Down for
	// each fed old column its expression over the new ones, both in the
	// server's words. A column retyped in place has one name on both sides: the
	// visible one.
	Up   map[Name]string `json:"up,omitempty"`
	Down map[Name]string `json:"down,omitempty"`
	// Defaults are the declared defaults of new columns, which the trigger
	// supplies until contract sets them. Of a column retyped in place it is that
	// of the retired one, for the way back.
	Defaults map[Name]string `json:"defaults,omitempty"`
	// Trigger and Function keep both sides in step; Counter is the sequence
	// that counts old-style writes.
	Trigger  Name          `json:"trigger,omitempty"`
	Function QualifiedName `json:"function,omitzero"`
	Counter  QualifiedName `json:"counter,omitzero"`
	// OldNotNull are old columns that were NOT NULL before expand made them
	// optional: a roll-back makes them NOT NULL again.
	OldNotNull []Name `json:"old_not_null,omitempty"`
	// OtherName is the second name of a renamed table: that of the view.
	OtherName QualifiedName `json:"other_name,omitzero"`
	// Originals are the expressions that indexes and checks of a column retyped
	// in place had before: the server writes casts into them, which the way
	// back would pile up.
	Originals map[Name][]string `json:"originals,omitempty"`
	// Lenient reports that a value of a column retyped in place may not
	// convert: the hidden column is NULL then, and the write succeeds.
	Lenient bool `json:"lenient,omitempty"`
	// Strict reports that migrate is on its way to the swap: until then a value
	// that does not convert is refused all the same.
	Strict bool `json:"strict,omitempty"`
	// Separate reports that a pgphase_column declares it, not the resource of
	// the table.
	Separate bool `json:"separate,omitempty"`
	// Recovered reports that the ledger has lost the transition and the comment
	// on its trigger or view told it.
	Recovered bool `json:"recovered,omitempty"`
}

// Visible is the name that code knows a column retyped in place by.
func (t OpenTransition) Visible() Name {
	if t.Phase == Migrate {
		return t.New[0]
	}
	return t.Old[0]
}
