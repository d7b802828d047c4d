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

// size is how many rows the shop begins with.
type size struct {
	users, products, orders int64
}

// itemsPerOrder is how many rows of order_items an order has.
const itemsPerOrder = 2

func (s size) rows() int64 { return s.users + s.products + s.orders*(1+itemsPerOrder) }

// load fills the shop.
func load(ctx context.Context, url string, size size) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to fill the tables: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	for _, statement := range []struct {
		sql       string
		arguments []any
	}{
		{`INSERT INTO users (email, login, full_name, fax)
		  SELECT 'user-' || n || '@example.com', 'login-' || n, 'First' || n || ' Last' || n, '+49 30 ' || n
		  FROM generate_series(1, $1::bigint) AS n`, []any{size.users}},
		{"INSERT INTO products (name, price, stock) SELECT 'Product ' || n, n % 100 + 0.99, 1000000 FROM generate_series(1, $1::bigint) AS n", []any{size.products}},
		{`INSERT INTO orders (user_id, country, placed_at)
		  SELECT 1 + n % $2, (ARRAY['DE', 'US', 'GB', 'FR'])[1 + n % 4], now() - n * interval '1 minute'
		  FROM generate_series(1, $1::bigint) AS n`, []any{size.orders, size.users}},
		{`INSERT INTO order_items (order_id, position, product_id, quantity)
		  SELECT o, position, 1 + (o * position) % $2, 1 + o % 3
		  FROM generate_series(1, $1::bigint) AS o, generate_series(1, $3::integer) AS position`, []any{size.orders, size.products, itemsPerOrder}},
		{"VACUUM ANALYZE", nil},
	} {
		if _, err := conn.Exec(ctx, statement.sql, statement.arguments...); err != nil {
			return fmt.Errorf("fill the tables: %w", err)
		}
	}
	return nil
}
