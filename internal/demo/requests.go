// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
)

// firstLarge is the first id that no integer can hold.
const firstLarge = math.MaxInt32 + 1

// id is an order's as the release knows it: 32 bits wide, or 64.
func (s *session) id(n int64) any {
	if s.release() < widened {
		return int32(n) //nolint:gosec // so many orders there are not while ids are integers
	}
	return n
}

func integer(value any) int64 {
	switch n := value.(type) {
	case int32:
		return int64(n)
	case int64:
		return n
	}
	return 0
}

// profile is the columns of users that are written by all releases in their
// own way, with their values.
func (s *session) profile(login, first, last string) (columns []string, values []any) {
	add := func(column, value string) {
		columns = append(columns, column)
		values = append(values, value)
	}
	switch {
	case login == "":
	case s.release() < renamed:
		add("login", login)
	default:
		add("display_name", login)
	}
	switch {
	case first == "":
	case s.release() < nameSplit:
		add("full_name", first+" "+last)
	default:
		add("first_name", first)
		add("last_name", last)
	}
	return columns, values
}

// browse reads what a page needs.
func (s *session) browse(ctx context.Context) error {
	user, order := rand.Int64N(s.options.size.users)+1, rand.Int64N(s.options.size.orders)+1
	columns, _ := s.profile("any", "any", "any")
	selected := "SELECT id, email, since"
	for _, column := range columns {
		selected += ", " + column
	}
	return errors.Join(
		s.run(ctx, selected+" FROM users WHERE email = $1", email(user)),
		s.run(ctx, "SELECT id, status, placed_at FROM orders WHERE user_id = $1 ORDER BY placed_at DESC LIMIT 10", user),
		s.run(ctx, "SELECT o.status, p.name, i.quantity FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id "+
			"WHERE o.id = $1", s.id(order)),
	)
}

// checkOut takes its locks in the order that is the opposite of the one in
// which the foreign key takes them: products first.
func (s *session) checkOut(ctx context.Context) error {
	user, product, other := rand.Int64N(s.options.size.users)+1, rand.Int64N(s.options.size.products)+1, rand.Int64N(s.options.size.products)+1
	var notes []note
	err := s.transaction(ctx, "BEGIN", func() error {
		left, err := s.query(ctx, "UPDATE products SET stock = stock - 1 WHERE id = $1 RETURNING stock", product)
		if err != nil {
			return err
		}
		stock := integer(left[0][0])
		insert, arguments := "INSERT INTO orders (user_id, country) VALUES ($1, 'DE') RETURNING id", []any{user}
		if s.fleet.large.Load() && s.release() >= widened {
			insert, arguments = "INSERT INTO orders (id, user_id, country) VALUES ($1, $2, 'DE') RETURNING id", []any{firstLarge + s.count, user}
			s.count++
		}
		placed, err := s.query(ctx, insert, arguments...)
		if err != nil {
			return err
		}
		order := integer(placed[0][0])
		// Further products are in every order, for their stock does not count.
		notes = append(notes,
			note{cell: cell{"products", strconv.FormatInt(product, 10), "stock"}, order: -stock, value: strconv.FormatInt(stock, 10)},
			note{cell: cell{"orders", strconv.FormatInt(order, 10), "order"}, value: fmt.Sprintf("%d|DE|open|EUR", user)},
			note{cell: item(order, 1), value: fmt.Sprintf("%d|1", product)},
			note{cell: item(order, 2), value: fmt.Sprintf("%d|2", other)})
		return s.run(ctx, "INSERT INTO order_items (order_id, position, product_id, quantity) VALUES ($1, 1, $2, 1), ($1, 2, $3, 2)",
			s.id(order), product, other)
	})
	if err == nil {
		s.journal.acknowledged(s.writer, notes...)
	}
	return err
}

func item(order, position int64) cell {
	return cell{"order_items", fmt.Sprintf("%d/%d", order, position), "item"}
}

// ship changes and deletes orders that the backfills are going through.
func (s *session) ship(ctx context.Context) error {
	order := rand.Int64N(s.options.size.orders/2)*2 + 1 + s.share
	s.count++
	shipped, err := s.query(ctx, "UPDATE orders SET status = 'shipped' WHERE id = $1 RETURNING concat_ws('|', user_id, country, status, "+currencyOf+")", s.id(order))
	if err != nil {
		return err
	}
	for _, row := range shipped {
		s.journal.acknowledged(s.writer, note{cell: cell{"orders", strconv.FormatInt(order, 10), "order"}, order: s.count, value: fmt.Sprint(row[0])})
	}
	packed, err := s.query(ctx, "UPDATE order_items SET quantity = quantity + 1 WHERE order_id = $1 RETURNING position, concat_ws('|', product_id, quantity)", s.id(order))
	if err != nil {
		return err
	}
	for _, row := range packed {
		s.journal.acknowledged(s.writer, note{cell: item(order, integer(row[0])), order: s.count, value: fmt.Sprint(row[1])})
	}
	if (order-1)/2%10 != 0 {
		return nil
	}
	if err := s.run(ctx, "DELETE FROM orders WHERE id = $1", s.id(order)); err != nil {
		return err
	}
	notes := []note{{cell: cell{"orders", strconv.FormatInt(order, 10), "order"}, order: s.count, gone: true}}
	for position := range int64(itemsPerOrder) {
		notes = append(notes, note{cell: item(order, position+1), order: s.count, gone: true})
	}
	s.journal.acknowledged(s.writer, notes...)
	return nil
}

// keepAccounts inserts users, or sees them again, or changes a part of what is
// known of them. Both fleets write the same rows: the version says whose write
// came last.
func (s *session) keepAccounts(ctx context.Context) error {
	s.count++
	address, login, first, last := email(rand.Int64N(s.options.size.users*2)+1), fmt.Sprintf("login%d-%d", s.share, s.count), fmt.Sprintf("Ada%d", s.count), "Lovelace"
	var sql string
	var arguments []any
	switch rand.IntN(3) {
	case 0:
		sql, arguments = s.upsert(address, login, first, last)
	case 1:
		first = ""
		sql, arguments = s.update(address, login, first, last)
	default:
		login = ""
		sql, arguments = s.update(address, login, first, last)
	}
	rows, err := s.query(ctx, sql, arguments...)
	if err != nil || len(rows) == 0 {
		return err
	}
	version := integer(rows[0][0])
	var notes []note
	if login != "" {
		notes = append(notes, note{cell: cell{"users", address, "login"}, order: version, value: login})
	}
	if first != "" {
		notes = append(notes, note{cell: cell{"users", address, "name"}, order: version, value: first + "|" + last})
	}
	s.journal.acknowledged(s.writer, notes...)
	return nil
}

func (s *session) upsert(address, login, first, last string) (sql string, arguments []any) {
	columns, values := s.profile(login, first, last)
	if s.release() < withoutFax {
		columns, values = append(columns, "fax"), append(values, "+49 30 0")
	}
	sql = "INSERT INTO users (email"
	for _, column := range columns {
		sql += ", " + column
	}
	sql += ") VALUES ($1"
	for i := range columns {
		sql += fmt.Sprintf(", $%d", i+2)
	}
	sql += ") ON CONFLICT (email) DO UPDATE SET "
	for _, column := range columns {
		sql += column + " = excluded." + column + ", "
	}
	return sql + "version = users.version + 1 RETURNING version", append([]any{address}, values...)
}

func (s *session) update(address, login, first, last string) (sql string, arguments []any) {
	columns, values := s.profile(login, first, last)
	sql = "UPDATE users SET "
	for i, column := range columns {
		sql += fmt.Sprintf("%s = $%d, ", column, i+2)
	}
	return sql + "version = version + 1 WHERE email = $1 RETURNING version", append([]any{address}, values...)
}

// report is what makes schema changes dangerous: a transaction that has read
// every table and stays open. A plain ALTER TABLE waits for it, and everybody
// else for the ALTER TABLE.
func (s *session) report(ctx context.Context) error {
	err := s.transaction(ctx, "BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ", func() error {
		for _, table := range []string{"users", "products", "orders", "order_items"} {
			if err := s.run(ctx, "SELECT count(*) FROM (SELECT FROM "+table+" LIMIT 1000) AS part"); err != nil {
				return err
			}
		}
		pause(ctx, s.options.report)
		return s.run(ctx, "SELECT count(*) FROM orders WHERE user_id = 1")
	})
	pause(ctx, s.options.report)
	return err
}

func email(user int64) string { return fmt.Sprintf("user-%d@example.com", user) }
