// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Session is a connection that holds the advisory lock of one table, and those
// of others where its work reaches there. It is for one goroutine at a time.
type Session struct {
	executor *Executor
	table    schema.QualifiedName
	// turns are all tables that it has locked, in the order of their names.
	turns  []schema.QualifiedName
	pooled *pgxpool.Conn
	// pid is that of the server process. The one that the protocol announced
	// may be a pooler's invention.
	pid   int32
	close sync.Once
}

// Conn returns the connection, for reading the catalog under the lock.
func (s *Session) Conn() *pgx.Conn { return s.pooled.Conn() }

// Close gives the lock back, and the connection to the pool. It works after a
// cancellation too: a connection whose lock cannot be released is closed.
//
//nolint:contextcheck,nolintlint // it must not depend on a context that may have ended; contextcheck reads this at the callers
func (s *Session) Close() {
	s.close.Do(func() {
		ctx, cancel := s.executor.cleanup(context.Background())
		defer cancel()
		if err := s.unlock(ctx); err != nil {
			destroy(ctx, s.pooled)
		} else {
			s.pooled.Release()
		}
		<-s.executor.slots
		s.executor.dequeue(s.turns)
	})
}

func (s *Session) unlock(ctx context.Context) error {
	if err := s.rollback(ctx); err != nil {
		return err
	}
	for _, turn := range s.turns {
		if err := unlockAdvisory(ctx, s.Conn(), advisoryKey(turn)); err != nil {
			return err
		}
	}
	return nil
}

// rollback ends a transaction that a failure left open.
func (s *Session) rollback(ctx context.Context) error {
	conn := s.Conn()
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := conn.Exec(ctx, "ROLLBACK")
	return err
}

// Run runs the operations in their order and stops at the first that fails.
// The error is one of *StatementError, *LockTimeoutError, *ConnectionLostError,
// *InterruptedError, *VerifyError, *TriggersError and *MalformedOperationError,
// or an *InvalidIndexError or a *RefusedRowsError around one of them.
func (s *Session) Run(ctx context.Context, operations []planner.Operation) error {
	for _, op := range operations {
		r := &run{session: s, settings: &s.executor.settings, op: op}
		r.backoff.settings = r.settings
		start := time.Now()
		err := r.run(ctx)
		finish := Finish{
			Operation: op, Err: err, Attempts: r.backoff.attempts,
			Waited: r.waited + r.backoff.waited, Elapsed: time.Since(start), Backfill: r.backfill,
		}
		if op.Class != planner.Batch && finish.Attempts > 0 {
			r.recordHistory(ctx, finish)
		}
		r.settings.Observer.OnFinish(ctx, finish)
		if err != nil {
			return err
		}
	}
	return nil
}

var errClosed = errors.New("it was closed before the operation")

// run is one operation on its way.
type run struct {
	session  *Session
	settings *Settings
	op       planner.Operation
	backoff  backoff
	// waited is what earlier batches have waited.
	waited time.Duration
	// blockers are those of the last sample that saw any.
	blockers []Blocker
	backfill *BackfillResult
}

func (r *run) run(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &InterruptedError{r.op, context.Cause(ctx)}
	}
	if r.session.Conn().IsClosed() {
		return &ConnectionLostError{Operation: r.op, Err: errClosed}
	}
	if len(r.op.Statements) == 0 && r.op.Class != planner.Batch {
		return &MalformedOperationError{r.op, "an operation has no statement"}
	}
	switch r.op.Class {
	case planner.Brief:
		return r.runBrief(ctx)
	case planner.Online:
		return r.runOnline(ctx)
	case planner.Concurrent:
		return r.runConcurrent(ctx)
	case planner.Batch:
		return r.runBatch(ctx)
	case planner.Verify:
		return r.runVerify(ctx)
	}
	return &MalformedOperationError{r.op, "an operation has a class that the executor does not know"}
}
