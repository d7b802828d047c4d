// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package soak

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/dualmodel"
)

// settle compares what is stored with what may be, with nobody writing
// meanwhile. From then on it is known what each row is. migrated demands that
// the backfill has left nothing.
func (c *crowd) settle(ctx context.Context, m mode, migrated bool, loaded map[int]dualmodel.Row) error {
	c.gate.Lock()
	defer c.gate.Unlock()
	stored, err := c.read(ctx, m)
	if err != nil {
		return err
	}
	var problems []error
	for id, row := range stored {
		if migrated && c.transition.trigger && m == both && c.transition.rules.Unmigrated(row) {
			problems = append(problems, fmt.Errorf("row %d is not migrated: %s", id, text(&row)))
		}
	}
	for id, row := range loaded {
		got, found := stored[id]
		if !found || !(outcomes{&row}).filled(c.transition).has(c.transition, &got, m) {
			problems = append(problems, fmt.Errorf("row %d, that nobody writes, is %s instead of %s", id, text(&got), text(&row)))
		}
		delete(stored, id)
	}
	for _, w := range c.sessions {
		for _, id := range slices.Sorted(maps.Keys(w.rows)) {
			var got *dualmodel.Row
			if row, found := stored[id]; found {
				got = &row
				delete(stored, id)
			}
			if c.regime.filling {
				w.rows[id] = w.rows[id].filled(c.transition)
			}
			if !w.rows[id].has(c.transition, got, m) {
				var want []string
				for _, row := range w.rows[id] {
					want = append(want, text(row))
				}
				log := w.log[id][max(0, len(w.log[id])-8):]
				problems = append(problems, fmt.Errorf("row %d is %s instead of %s, after\n    %s", id, text(got), strings.Join(want, " or "), strings.Join(log, "\n    ")))
			}
			if got != nil {
				seen := c.transition.seen(*got, m)
				got = &seen
			}
			w.rows[id] = outcomes{got}
		}
	}
	for id, row := range stored {
		problems = append(problems, fmt.Errorf("row %d is %s, and nobody has written it", id, text(&row)))
	}
	return errors.Join(problems[:min(len(problems), 5)]...)
}

// read returns the rows by id, as far as columns are there.
func (c *crowd) read(ctx context.Context, m mode) (map[int]dualmodel.Row, error) {
	t := c.transition
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	table, sides := t.names[0], []string{array(t.old), array(t.new)}
	switch m {
	case oldOnly:
		sides[1] = array(nil)
	case both:
	case newOnly:
		table = t.names[1]
		if t.trigger || t.kind == "remove" {
			sides[0] = array(nil)
		}
	}
	rows, err := conn.Query(ctx, fmt.Sprintf("SELECT id, %s, %s FROM %s", sides[0], sides[1], table))
	if err != nil {
		return nil, err
	}
	stored := map[int]dualmodel.Row{}
	var id int
	var before, after []*string
	_, err = pgx.ForEachRow(rows, []any{&id, &before, &after}, func() error {
		stored[id] = dualmodel.Row{Old: padded(before, len(t.old)), New: padded(after, len(t.new))}
		return nil
	})
	return stored, err
}

func array(columns []column) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = c.name + "::text"
	}
	return "ARRAY[" + strings.Join(parts, ", ") + "]::text[]"
}

func padded(texts []*string, length int) []dualmodel.Value {
	values := make([]dualmodel.Value, length)
	for i, text := range texts {
		values[i] = text
	}
	return values
}

// text is a row for people.
func text(row *dualmodel.Row) string {
	if row == nil {
		return "absent"
	}
	var parts []string
	for _, side := range [][]dualmodel.Value{row.Old, row.New} {
		var values []string
		for _, v := range side {
			values = append(values, literal(v))
		}
		parts = append(parts, strings.Join(values, ", "))
	}
	return "(" + strings.Join(parts, " | ") + ")"
}
