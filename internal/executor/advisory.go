// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// advisoryKey is the key of a table's advisory lock. PostgreSQL keeps the
// advisory locks of each database apart, so the database is not part of it.
func advisoryKey(table schema.QualifiedName) int64 {
	sum := sha256.Sum256([]byte("pgphase table " + table.String()))
	return int64(binary.BigEndian.Uint64(sum[:8])) //nolint:gosec // any 64 bits are a key
}

// Lock waits until this run is the only one that works on the table, and on the
// other ones where there are any, and returns a session for it, which must be
// closed. Sessions of the same executor queue up without a limit but the
// context's; for other runs it waits until the lock deadline and returns an
// *AdvisoryLockError.
//
// Each takes the turns of its tables in the order of their names, so that no
// two wait for each other. The lock is polled, and a session that does not get
// all of them keeps none. A session that waits inside of pg_advisory_lock() holds a
// snapshot, and the concurrent index build of the lock's holder would wait for
// the end of that snapshot: a deadlock that PostgreSQL resolves by failing
// the build.
func (e *Executor) Lock(ctx context.Context, table schema.QualifiedName, others ...schema.QualifiedName) (*Session, error) {
	turns := append([]schema.QualifiedName{table}, others...)
	slices.SortFunc(turns, schema.QualifiedName.Compare)
	turns = slices.Compact(turns)
	for i, turn := range turns {
		if err := e.enqueue(ctx, turn); err != nil {
			e.dequeue(turns[:i])
			return nil, fmt.Errorf("wait for the turn on %s: %w", turn, err)
		}
	}
	session, err := e.pollLock(ctx, table, turns)
	if err != nil {
		e.dequeue(turns)
		return nil, err
	}
	return session, nil
}

func (e *Executor) pollLock(ctx context.Context, table schema.QualifiedName, turns []schema.QualifiedName) (*Session, error) {
	pace := e.settings
	pace.BackoffMin, pace.BackoffMax = 50*time.Millisecond, 2*time.Second
	wait := backoff{settings: &pace}
	for {
		session, taken, err := e.tryLock(ctx, table, turns)
		if err != nil {
			return nil, fmt.Errorf("lock %s against other runs: %w", table, err)
		}
		if session != nil {
			return session, nil
		}
		wait.attempts++
		again, err := wait.next(ctx)
		if err != nil {
			return nil, fmt.Errorf("lock %s against other runs: %w", table, err)
		}
		if !again {
			taken.Waited = wait.waited
			return nil, taken
		}
	}
}

// tryLock returns no session while another run holds one of the locks; the
// connection then goes back to the pool for the time in between.
func (e *Executor) tryLock(ctx context.Context, table schema.QualifiedName, turns []schema.QualifiedName) (*Session, *AdvisoryLockError, error) {
	if err := e.takeSlot(ctx); err != nil {
		return nil, nil, err
	}
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		<-e.slots
		return nil, nil, err
	}
	session := &Session{executor: e, table: table, turns: turns, pooled: conn}
	for i, turn := range turns {
		var locked bool
		err := conn.QueryRow(ctx, "SELECT pg_catalog.pg_try_advisory_lock($1), pg_catalog.pg_backend_pid()",
			pgx.QueryExecModeExec, advisoryKey(turn)).Scan(&locked, &session.pid)
		if err == nil && locked {
			continue
		}
		var taken *AdvisoryLockError
		if err == nil {
			taken, err = e.stepBack(ctx, conn.Conn(), turns[:i], turn)
		}
		if err != nil {
			// A lock may have been granted all the same.
			destroy(ctx, conn)
		} else {
			conn.Release()
		}
		<-e.slots
		return nil, taken, err
	}
	return session, nil, nil
}

// stepBack gives up the locks that were granted, and says who holds the one
// that was not.
func (e *Executor) stepBack(ctx context.Context, conn *pgx.Conn, granted []schema.QualifiedName, refused schema.QualifiedName) (*AdvisoryLockError, error) {
	for _, turn := range granted {
		if err := unlockAdvisory(ctx, conn, advisoryKey(turn)); err != nil {
			return nil, err
		}
	}
	holders, err := readHolders(ctx, conn, advisoryKey(refused))
	return &AdvisoryLockError{Table: refused, Holders: holders}, err
}

const holdersQuery = `
SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(pg_catalog.host(a.client_addr), ''), coalesce(a.backend_start, pg_catalog.clock_timestamp())
FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
AND l.classid = (($1::bigint >> 32) & 4294967295)::text::oid AND l.objid = ($1::bigint & 4294967295)::text::oid
ORDER BY a.pid`

func readHolders(ctx context.Context, conn *pgx.Conn, key int64) ([]Holder, error) {
	rows, err := conn.Query(ctx, holdersQuery, pgx.QueryExecModeExec, key)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Holder, error) {
		var h Holder
		err := row.Scan(&h.PID, &h.User, &h.Application, &h.Client, &h.Since)
		return h, err
	})
}

// destroy closes a connection whose session may hold what it must not keep,
// instead of giving it back to the pool.
func destroy(ctx context.Context, conn *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), observeTimeout)
	defer cancel()
	_ = conn.Conn().Close(ctx)
	conn.Release()
}

func unlockAdvisory(ctx context.Context, conn *pgx.Conn, key int64) error {
	var held bool
	err := conn.QueryRow(ctx, "SELECT pg_catalog.pg_advisory_unlock($1)", pgx.QueryExecModeExec, key).Scan(&held)
	if err == nil && !held {
		return fmt.Errorf("the advisory lock %d is not held by its session: is there a pooler in transaction mode?", key)
	}
	return err
}
