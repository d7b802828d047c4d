// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package dualmodel knows what becomes of a row while a column is replaced by
// another one: the rules of the dual-write trigger in Go, without SQL, for tests
// that hold the trigger against them.
package dualmodel

import "slices"

// Value is a column's value as text; nil is NULL.
type Value *string

// Text is a value that is not NULL.
func Text(s string) Value { return &s }

// Same reports whether two lists have the same values.
func Same(a, b []Value) bool {
	return slices.EqualFunc(a, b, func(x, y Value) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) })
}

// AllNull reports whether no value is set.
func AllNull(values []Value) bool {
	return !slices.ContainsFunc(values, func(v Value) bool { return v != nil })
}

// Row is what a row has in the columns of a transition.
type Row struct{ Old, New []Value }

// Clone copies the row.
func (r Row) Clone() Row { return Row{slices.Clone(r.Old), slices.Clone(r.New)} }

// Same reports whether both rows have the same values.
func (r Row) Same(other Row) bool { return Same(r.Old, other.Old) && Same(r.New, other.New) }

// Rules are a transition as the model knows it.
type Rules struct {
	Up, Down func([]Value) []Value
	// Fed are the old columns that Down feeds.
	Fed []bool
	// OldDefaults are what INSERT puts into an old column that is left out.
	OldDefaults []Value
	// NewDefaults are those that are declared for new columns; nil for none.
	NewDefaults []Value
}

// feed sets the old side from the new one.
func (r Rules) feed(row *Row) {
	for i, v := range r.Down(row.New) {
		if r.Fed[i] {
			row.Old[i] = v
		}
	}
}

func (r Rules) supply(row *Row) {
	for i := range row.New {
		if row.New[i] == nil && r.NewDefaults != nil {
			row.New[i] = r.NewDefaults[i]
		}
	}
}

// BeforeInsert gets the row as the writer and the table's defaults leave it,
// where NULL is left out, and returns it as it is stored. The write counts as
// old-style where the second result is true.
func (r Rules) BeforeInsert(row Row) (stored Row, oldStyle bool) {
	stored = row.Clone()
	if AllNull(stored.New) {
		oldStyle = !AllNull(stored.Old)
		stored.New = r.Up(stored.Old)
		if AllNull(stored.Old) && AllNull(r.OldDefaults) && r.NewDefaults != nil {
			r.supply(&stored)
			r.feed(&stored)
		}
		return stored, oldStyle
	}
	r.supply(&stored)
	if Same(stored.Old, r.OldDefaults) {
		r.feed(&stored)
	}
	return stored, false
}

// BeforeUpdate is [Rules.BeforeInsert] for a row that is there and that a writer
// changes.
func (r Rules) BeforeUpdate(before, after Row) (stored Row, oldStyle bool) {
	stored = after.Clone()
	oldChanged, newChanged := !Same(before.Old, after.Old), !Same(before.New, after.New)
	switch {
	case oldChanged && newChanged:
	case oldChanged:
		stored.New = r.Up(stored.Old)
		return stored, true
	case newChanged:
		if AllNull(before.New) {
			for i, v := range r.Up(stored.Old) {
				if stored.New[i] == nil {
					stored.New[i] = v
				}
			}
		}
		r.feed(&stored)
	case AllNull(stored.New):
		stored.New = r.Up(stored.Old)
	}
	return stored, false
}

// Unmigrated reports a row that the backfill has to fill.
func (r Rules) Unmigrated(row Row) bool { return AllNull(row.New) && !AllNull(r.Up(row.Old)) }

// Inconsistent reports a row that verification has to find.
func (r Rules) Inconsistent(row Row) bool {
	if r.Unmigrated(row) {
		return true
	}
	if !slices.Contains(r.Fed, true) || Same(row.New, r.Up(row.Old)) {
		return false
	}
	back := row.Clone()
	r.feed(&back)
	return !Same(row.Old, back.Old)
}
