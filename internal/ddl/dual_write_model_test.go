// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/dualmodel"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

type (
	value = dualmodel.Value
	row   = dualmodel.Row
)

func val(s string) value { return dualmodel.Text(s) }

// rules are those of a transition of a table.
type rules struct {
	dualmodel.Rules
	transition schema.OpenTransition
	table      schema.Table
}

// model predicts what the trigger makes of writes, and how often it counts.
type model struct {
	rules
	rows   map[int]row
	counts int
}

func (m *model) counted(stored row, oldStyle bool) row {
	if oldStyle {
		m.counts++
	}
	return stored
}

// beforeInsert gets the row as the writer left it: NULL is left out.
func (m *model) beforeInsert(r row) row { return m.counted(m.BeforeInsert(r)) }

func (m *model) beforeUpdate(before, after row) row { return m.counted(m.BeforeUpdate(before, after)) }

// backfill fills what is unmigrated, without the trigger.
func (m *model) backfill() {
	for id, r := range m.rows {
		if m.Unmigrated(r) {
			r.New = m.Up(r.Old)
			m.rows[id] = r
		}
	}
}
