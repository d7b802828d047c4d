// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// currencyOf is what the first change of the configuration backfills.
const currencyOf = "CASE country WHEN 'US' THEN 'USD' WHEN 'GB' THEN 'GBP' ELSE 'EUR' END"

// fields says where to find each field, at the beginning and in the end. Both
// texts of one field mean the same: the mapping of the transitions, written
// once more by hand.
var fields = []struct{ table, key, field, before, after string }{
	{"users", "email", "login", "login", "display_name"},
	{"users", "email", "name", "replace(full_name, ' ', '|')", "first_name || '|' || last_name"},
	{"products", "id", "stock", "stock", "stock"},
	{"orders", "id", "order", "concat_ws('|', user_id, country, status, " + currencyOf + ")", "concat_ws('|', user_id, country, status, currency)"},
	{"order_items", "order_id || '/' || position", "item", "concat_ws('|', product_id, quantity)", "concat_ws('|', product_id, quantity)"},
}

// stored reads every row.
func stored(ctx context.Context, url string, after bool) (cells map[cell]string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("connect to read the tables: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	cells = map[cell]string{}
	for _, f := range fields {
		expression := f.before
		if after {
			expression = f.after
		}
		rows, err := conn.Query(ctx, fmt.Sprintf("SELECT (%s)::text, (%s)::text FROM %s", f.key, expression, f.table))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.table, err)
		}
		var key, value string
		if _, err := pgx.ForEachRow(rows, []any{&key, &value}, func() error {
			cells[cell{f.table, key, f.field}] = value
			return nil
		}); err != nil {
			return nil, fmt.Errorf("read %s: %w", f.table, err)
		}
	}
	return cells, nil
}

// remember takes down what is stored before anybody writes.
func (j *journal) remember(cells map[cell]string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for c, value := range cells {
		// Writers count from 1, and stock goes down.
		j.cells[c] = word{writer: beginning, order: -1 << 62, value: value}
	}
}
