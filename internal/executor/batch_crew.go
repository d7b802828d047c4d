// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// hire takes connections for further workers: as many as the settings say, the
// tables are large enough for, and other backfills of this executor leave.
// Fewer are no reason to fail.
func (b *backfill) hire(ctx context.Context) {
	largest := int64(0)
	for _, blocks := range b.sizes {
		largest = max(largest, blocks)
	}
	wanted := min(int64(b.settings.Workers), largest/smallestShare)
	for int64(len(b.crew)) < wanted {
		select {
		case b.session.executor.helpers <- struct{}{}:
		default:
			b.result.Workers = len(b.crew)
			return
		}
		helper, err := b.session.executor.hire(ctx, b.session)
		if err != nil {
			<-b.session.executor.helpers
			b.warn(ctx, fmt.Errorf("the backfill runs with %d of %d workers: %w", len(b.crew), b.settings.Workers, err))
			break
		}
		worker := &run{session: helper, settings: b.settings, op: b.op}
		worker.backoff.settings = b.settings
		b.crew = append(b.crew, worker)
	}
	b.result.Workers = len(b.crew)
}

// dismiss gives the connections of the further workers back.
func (b *backfill) dismiss() {
	for _, worker := range b.crew[1:] {
		// The pool closes one that is not outside of a transaction.
		worker.session.pooled.Release()
		<-b.session.executor.helpers
	}
	b.crew = b.crew[:1]
}

// hire returns a session that works beside the one which holds the advisory
// lock. It is not to be closed.
func (e *Executor) hire(ctx context.Context, lead *Session) (*Session, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*observeTimeout)
	defer cancel()
	conn, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	helper := &Session{executor: e, table: lead.table, pooled: conn}
	if err := conn.QueryRow(ctx, "SELECT pg_catalog.pg_backend_pid()", pgx.QueryExecModeExec).Scan(&helper.pid); err != nil {
		conn.Release()
		return nil, err
	}
	return helper, nil
}

// pids are the server processes of the workers.
func (b *backfill) pids() []int32 {
	pids := make([]int32, len(b.crew))
	for i, worker := range b.crew {
		pids[i] = worker.session.pid
	}
	return pids
}
