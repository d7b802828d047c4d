// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// statementTimeout makes a statement that never ends a failure.
	statementTimeout = 30 * time.Second
	// thinkTime keeps a machine with two processors from being saturated: the
	// latencies are to show locks and not the queue for a processor.
	thinkTime = 4 * time.Millisecond
	// reportDuration is how long the report keeps its transaction open: three
	// lock timeouts.
	reportDuration = 1500 * time.Millisecond
)

// client is one session of the application that does the same all the time.
type client struct {
	conn     *pgx.Conn
	recorder *recorder
	size     size
}

// workload is the application: several sessions that read and write the shop.
type workload struct {
	stop context.CancelFunc
	done sync.WaitGroup
}

// startWorkload connects and begins. The statements name their columns, as
// those of an application that is older than the changes.
func startWorkload(ctx context.Context, url string, size size, recorder *recorder) (*workload, error) {
	behaviours := []func(*client, context.Context) error{
		(*client).browse, (*client).browse, (*client).checkOut, (*client).checkOut, (*client).ship, (*client).signUp, (*client).report,
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	// A prepared SELECT of a column fails once after its type has changed, with
	// "cached plan must not change result type"; the plan says so. An
	// application behind a pooler has no prepared statements, nor has this one.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams["application_name"] = "shop"

	var clients []*client
	for range behaviours {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("connect the workload: %w", err), closeAll(ctx, clients))
		}
		clients = append(clients, &client{conn, recorder, size})
	}
	ctx, stop := context.WithCancel(ctx)
	w := &workload{stop: stop}
	for i, c := range clients {
		w.done.Go(func() {
			// The first failure of a session is not its last: an application goes on.
			for ctx.Err() == nil {
				_ = behaviours[i](c, ctx)
				pause(ctx, thinkTime)
			}
			_ = closeAll(ctx, []*client{c})
		})
	}
	return w, nil
}

func closeAll(ctx context.Context, clients []*client) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, c := range clients {
		err = errors.Join(err, c.conn.Close(ctx))
	}
	return err
}

// end lets every session finish what it does.
func (w *workload) end() {
	w.stop()
	w.done.Wait()
}

// run sends a statement and records it. The end of the workload does not cancel
// it: that would be a failure that nobody has caused.
func (c *client) run(ctx context.Context, sql string, arguments ...any) error {
	_, err := c.query(ctx, sql, arguments...)
	return err
}

// query is run for a statement that returns one number.
func (c *client) query(ctx context.Context, sql string, arguments ...any) (number int64, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), statementTimeout)
	defer cancel()
	phase, started := c.recorder.current(), time.Now()
	rows, err := c.conn.Query(ctx, sql, arguments...)
	if err == nil {
		for rows.Next() {
			if values, scanErr := rows.Values(); scanErr == nil && len(values) > 0 {
				number, _ = values[0].(int64)
			}
		}
		err = rows.Err()
	}
	c.recorder.record(phase, sql, time.Since(started), err)
	return number, err
}

// transaction is a short one; a failure in it rolls it back.
func (c *client) transaction(ctx context.Context, begin string, body func() error) error {
	if err := c.run(ctx, begin); err != nil {
		return err
	}
	if err := body(); err != nil {
		return errors.Join(err, c.run(ctx, "ROLLBACK"))
	}
	return c.run(ctx, "COMMIT")
}

// browse reads what a page needs.
func (c *client) browse(ctx context.Context) error {
	user := rand.Int64N(c.size.users) + 1
	return errors.Join(
		c.run(ctx, "SELECT id, email, since FROM users WHERE email = $1", email(user)),
		c.run(ctx, "SELECT id, status, placed_at FROM orders WHERE user_id = $1 ORDER BY placed_at DESC LIMIT 10", user),
		c.run(ctx, "SELECT o.status, p.name, i.quantity FROM orders o JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id "+
			"WHERE o.id = $1", rand.Int64N(c.size.orders)+1),
	)
}

// checkOut takes its locks in the order that is the opposite of the one in
// which the foreign key takes them: products first.
func (c *client) checkOut(ctx context.Context) error {
	product := rand.Int64N(c.size.products) + 1
	return c.transaction(ctx, "BEGIN", func() error {
		if err := c.run(ctx, "UPDATE products SET stock = stock - 1 WHERE id = $1", product); err != nil {
			return err
		}
		order, err := c.query(ctx, "INSERT INTO orders (user_id, country) VALUES ($1, 'DE') RETURNING id", rand.Int64N(c.size.users)+1)
		if err != nil {
			return err
		}
		return c.run(ctx, "INSERT INTO order_items (order_id, position, product_id, quantity) VALUES ($1, 1, $2, 1), ($1, 2, $3, 2)",
			order, product, rand.Int64N(c.size.products)+1)
	})
}

// ship changes and deletes orders that the backfill is going through.
func (c *client) ship(ctx context.Context) error {
	order := rand.Int64N(c.size.orders) + 1
	err := errors.Join(
		c.run(ctx, "UPDATE orders SET status = 'shipped' WHERE id = $1", order),
		c.run(ctx, "UPDATE order_items SET quantity = quantity + 1 WHERE order_id = $1", order),
	)
	if order%10 == 0 {
		err = errors.Join(err, c.run(ctx, "DELETE FROM orders WHERE id = $1", order))
	}
	return err
}

// signUp inserts users, or sees them again.
func (c *client) signUp(ctx context.Context) error {
	return c.run(ctx, "INSERT INTO users (email) VALUES ($1) ON CONFLICT (email) DO UPDATE SET since = excluded.since",
		email(rand.Int64N(c.size.users*2)+1))
}

// report is what makes schema changes dangerous: a transaction that has read
// every table and stays open. A plain ALTER TABLE waits for it, and everybody
// else for the ALTER TABLE.
func (c *client) report(ctx context.Context) error {
	err := c.transaction(ctx, "BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ", func() error {
		for _, table := range []string{"users", "products", "orders", "order_items"} {
			if err := c.run(ctx, "SELECT count(*) FROM (SELECT FROM "+table+" LIMIT 1000) AS part"); err != nil {
				return err
			}
		}
		pause(ctx, reportDuration)
		return c.run(ctx, "SELECT count(*) FROM orders WHERE user_id = 1")
	})
	pause(ctx, reportDuration)
	return err
}

func email(user int64) string { return fmt.Sprintf("user-%d@example.com", user) }

// pause waits, unless the context ends first.
func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
