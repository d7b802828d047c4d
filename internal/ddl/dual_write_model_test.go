// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// value is a column's value as text; nil is NULL.
type value *string

func val(s string) value { return &s }

func same(a, b []value) bool {
	return slices.EqualFunc(a, b, func(x, y value) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) })
}

func allNil(values []value) bool {
	return !slices.ContainsFunc(values, func(v value) bool { return v != nil })
}

// rules are a transition as the model knows it: the table of section "Dual-write
// trigger" of the design, in Go.
type rules struct {
	transition schema.OpenTransition
	table      schema.Table
	up, down   func([]value) []value
	// fed are the old columns that down feeds.
	fed []bool
	// oldDefaults are what INSERT puts into an old column that is left out.
	oldDefaults []value
	newDefaults []value
}

// row is a row of the model; its sides are in the order of the transition.
type row struct{ old, new []value }

func (r row) clone() row { return row{slices.Clone(r.old), slices.Clone(r.new)} }

// feed sets the old side from the new one.
func (m *model) feed(r *row) {
	for i, v := range m.down(r.new) {
		if m.fed[i] {
			r.old[i] = v
		}
	}
}

// model predicts what the trigger makes of writes, and how often it counts.
type model struct {
	rules
	rows   map[int]row
	counts int
}

// beforeInsert gets the row as the writer left it: NULL is left out.
func (m *model) beforeInsert(r row) row {
	r = r.clone()
	supply := func() {
		for i := range r.new {
			if r.new[i] == nil && m.newDefaults != nil {
				r.new[i] = m.newDefaults[i]
			}
		}
	}
	if allNil(r.new) {
		if !allNil(r.old) {
			m.counts++
		}
		r.new = m.up(r.old)
		if allNil(r.old) && allNil(m.oldDefaults) && m.newDefaults != nil {
			supply()
			m.feed(&r)
		}
		return r
	}
	supply()
	if same(r.old, m.oldDefaults) {
		m.feed(&r)
	}
	return r
}

func (m *model) beforeUpdate(old, new row) row { //nolint:predeclared // the words of the trigger: OLD and NEW
	new = new.clone()
	oldChanged, newChanged := !same(old.old, new.old), !same(old.new, new.new)
	switch {
	case oldChanged && newChanged:
	case oldChanged:
		m.counts++
		new.new = m.up(new.old)
	case newChanged:
		if allNil(old.new) {
			for i, v := range m.up(new.old) {
				if new.new[i] == nil {
					new.new[i] = v
				}
			}
		}
		m.feed(&new)
	case allNil(new.new):
		new.new = m.up(new.old)
	}
	return new
}

func (m *model) unmigrated(r row) bool { return allNil(r.new) && !allNil(m.up(r.old)) }

// backfill fills what is unmigrated, without the trigger.
func (m *model) backfill() {
	for id, r := range m.rows {
		if m.unmigrated(r) {
			r.new = m.up(r.old)
			m.rows[id] = r
		}
	}
}

// inconsistent reports a row that verification has to find.
func (m *model) inconsistent(r row) bool {
	if m.unmigrated(r) {
		return true
	}
	if !slices.Contains(m.fed, true) || same(r.new, m.up(r.old)) {
		return false
	}
	back := r.clone()
	m.feed(&back)
	return !same(r.old, back.old)
}
