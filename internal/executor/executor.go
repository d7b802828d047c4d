// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Executor runs operations through the connections of one pool. It is safe
// for concurrent use.
type Executor struct {
	pool     *pgxpool.Pool
	settings Settings
	// slots holds back one connection of the pool for looking at blockers:
	// were all taken by sessions, none could say why it waits.
	slots chan struct{}
	// helpers are connections for the further workers of backfills.
	helpers chan struct{}

	mu     sync.Mutex
	queues map[schema.QualifiedName]*queue
}

// New returns an executor on a pool that was made with [ConfigurePool]. The
// pool needs at least two connections.
func New(pool *pgxpool.Pool, settings Settings) *Executor {
	settings = settings.withDefaults()
	connections := int(pool.Config().MaxConns)
	helpers := max(0, min(settings.Workers-1, connections-maxConnections))
	sessions := max(1, connections-helpers-1)
	return &Executor{
		pool:     pool,
		settings: settings,
		helpers:  make(chan struct{}, helpers),
		slots:    make(chan struct{}, sessions),
		queues:   map[schema.QualifiedName]*queue{},
	}
}

// queue makes the sessions of one executor on one table take turns before
// they take a connection: terraform applies ten resources at a time, and ten
// indexes of one table must not hold every connection of the pool.
type queue struct {
	turn  chan struct{}
	users int
}

func (e *Executor) enqueue(ctx context.Context, table schema.QualifiedName) error {
	e.mu.Lock()
	q := e.queues[table]
	if q == nil {
		q = &queue{turn: make(chan struct{}, 1)}
		e.queues[table] = q
	}
	q.users++
	e.mu.Unlock()

	select {
	case q.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		e.leave(table, q)
		return context.Cause(ctx)
	}
}

func (e *Executor) dequeue(tables []schema.QualifiedName) {
	for _, table := range tables {
		e.mu.Lock()
		q := e.queues[table]
		e.mu.Unlock()
		<-q.turn
		e.leave(table, q)
	}
}

func (e *Executor) leave(table schema.QualifiedName, q *queue) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if q.users--; q.users == 0 {
		delete(e.queues, table)
	}
}

func (e *Executor) takeSlot(ctx context.Context) error {
	select {
	case e.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// observeTimeout bounds a look at the server's statistics views.
const observeTimeout = 2 * time.Second

// observe reads on a second connection. The end of stop ends the wait for the
// connection, not the read itself, which is short: to cancel it would take
// longer.
func (e *Executor) observe(stop context.Context, read func(context.Context, *pgx.Conn) error) error {
	acquire, cancel := context.WithTimeout(stop, observeTimeout)
	conn, err := e.pool.Acquire(acquire)
	cancel()
	if err != nil {
		return fmt.Errorf("connect to look at the server: %w", err)
	}
	defer conn.Release()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stop), observeTimeout)
	defer cancel()
	return read(ctx, conn.Conn())
}

// cleanup returns a context for what has to happen though ctx may have ended.
func (e *Executor) cleanup(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), e.settings.CleanupTimeout)
}
