// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package soak

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/dualmodel"
)

// mode is what the table does with a write.
type mode int

const (
	// only the old columns are there.
	oldOnly mode = iota
	// both sides are, and the trigger, where the transition has one.
	both
	// only the new ones are.
	newOnly
)

// write is one write of one row.
type write struct {
	kind    string
	columns []string
	values  []dualmodel.Value
}

// Kinds of writes.
const (
	insert = "INSERT"
	update = "UPDATE"
	upsert = "UPSERT"
	merge  = "MERGE"
	copied = "COPY"
	remove = "DELETE"
)

// outcomes are what a row may be; nil stands for no row. There are several
// where a write raced with an apply, or where its writer never got an answer.
type outcomes []*dualmodel.Row

// after is the outcomes of a write to a row of these.
func (o outcomes) after(t *transition, w write, r regime) outcomes {
	if r.filling {
		o = o.filled(t)
	}
	var list outcomes
	for _, row := range o {
		for _, m := range r.modes {
			list = list.with(t.effect(w, row, m))
		}
	}
	return list
}

// filled adds what a backfill may have made of the row by now.
func (o outcomes) filled(t *transition) outcomes {
	list := slices.Clone(o)
	for _, row := range o {
		if row != nil && t.trigger && t.rules.Unmigrated(*row) {
			list = list.with(&dualmodel.Row{Old: row.Old, New: t.rules.Up(row.Old)})
		}
	}
	return list
}

// with adds an outcome unless it is there.
func (o outcomes) with(row *dualmodel.Row) outcomes {
	for _, known := range o {
		if (known == nil) == (row == nil) && (known == nil || known.Same(*row)) {
			return o
		}
	}
	return append(o, row)
}

// has reports whether a row that is stored is one of these.
func (o outcomes) has(t *transition, stored *dualmodel.Row, m mode) bool {
	return slices.ContainsFunc(o, func(row *dualmodel.Row) bool {
		if row == nil || stored == nil {
			return row == stored
		}
		a, b := t.seen(*row, m), t.seen(*stored, m)
		return a.Same(b)
	})
}

// seen is what of a row counts: the columns that are there.
func (t *transition) seen(row dualmodel.Row, m mode) dualmodel.Row {
	row = row.Clone()
	switch {
	case m == oldOnly:
		row.New = make([]dualmodel.Value, len(t.new))
	case m == newOnly && (t.trigger || t.kind == "remove"):
		row.Old = make([]dualmodel.Value, len(t.old))
	}
	return row
}

// effect is what a row is after a write.
func (t *transition) effect(w write, before *dualmodel.Row, m mode) *dualmodel.Row {
	switch w.kind {
	case remove:
		return nil
	case update:
		if before == nil {
			return nil
		}
		return t.updated(*before, w, m)
	case merge:
		if before != nil {
			return t.updated(*before, w, m)
		}
	case upsert:
		if before == nil {
			break
		}
		// EXCLUDED is what the trigger makes of the row that was to be inserted.
		excluded := t.inserted(w, m)
		values := make([]dualmodel.Value, len(w.columns))
		for i, name := range w.columns {
			side, at := t.side(excluded, name)
			values[i] = side[at]
		}
		return t.updated(*before, write{w.kind, w.columns, values}, m)
	}
	row := t.inserted(w, m)
	return &row
}

// side is where a row has a column.
func (t *transition) side(row dualmodel.Row, name string) (values []dualmodel.Value, at int) {
	if at := slices.Index(names(t.old), name); at >= 0 {
		return row.Old, at
	}
	return row.New, slices.Index(names(t.new), name)
}

func (t *transition) set(row dualmodel.Row, w write) {
	for i, name := range w.columns {
		side, at := t.side(row, name)
		side[at] = w.values[i]
	}
}

func (t *transition) inserted(w write, m mode) dualmodel.Row {
	row := dualmodel.Row{Old: slices.Clone(t.rules.OldDefaults), New: make([]dualmodel.Value, len(t.new))}
	if m == newOnly && t.trigger {
		row.Old = make([]dualmodel.Value, len(t.old))
		copy(row.New, t.rules.NewDefaults)
	}
	t.set(row, w)
	if m == both && t.trigger {
		row, _ = t.rules.BeforeInsert(row)
	}
	return row
}

func (t *transition) updated(before dualmodel.Row, w write, m mode) *dualmodel.Row {
	row := before.Clone()
	t.set(row, w)
	if m == both && t.trigger {
		row, _ = t.rules.BeforeUpdate(before, row)
	}
	return &row
}
