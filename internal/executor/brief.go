// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// limits are the timeouts of one attempt.
type limits struct {
	// lock is the wait for one lock, by the server's lock_timeout.
	lock time.Duration
	// total bounds the waits of an attempt together: a statement on a table
	// with partitions takes many locks one after the other, and keeps the
	// first while it waits for the last.
	total bool
	// statement is statement_timeout; 0 for none.
	statement time.Duration
}

func (r *run) runBrief(ctx context.Context) error {
	l := limits{lock: r.settings.LockTimeout, total: true, statement: r.settings.BriefTimeout}
	if e := r.op.Effect; e.Scans || e.BuildsIndex || e.Rewrites {
		// The plan has said that it takes long.
		l.statement = 0
	}
	if !blocksOthers(r.op) {
		l.lock, l.total = r.settings.WeakLockTimeout, false
	}
	return r.runLocked(ctx, l)
}

func (r *run) runOnline(ctx context.Context) error {
	return r.runLocked(ctx, limits{lock: r.settings.WeakLockTimeout})
}

// blocksOthers reports whether a read or a write could wait behind the
// operation. One without any lock is not trusted to be harmless.
func blocksOthers(op planner.Operation) bool {
	return len(op.Locks) == 0 || planner.StrongestLock([]planner.Operation{op}) >= schema.Share
}

// runLocked runs a transaction until it gets its locks.
func (r *run) runLocked(ctx context.Context, l limits) error {
	t := transaction{settings: r.localSettings(l)}
	for _, sql := range r.op.Statements {
		t.statements = append(t.statements, statement{sql: sql})
	}
	_, err := r.repeat(ctx, t, l)
	return err
}

// repeat attempts the transaction until it gets its locks.
func (r *run) repeat(ctx context.Context, t transaction, l limits) ([]*pgconn.Result, error) {
	for {
		r.settings.Observer.OnAttempt(ctx, Attempt{Operation: r.op, Number: r.backoff.attempts + 1, Waited: r.backoff.waited})
		results, failed := r.attempt(ctx, t, l)
		if failed == nil {
			return results, nil
		}
		if err := r.retry(ctx, failed); err != nil {
			return nil, err
		}
	}
}

func (r *run) localSettings(l limits) []string {
	settings := []string{setLocal("lock_timeout", l.lock), "SET LOCAL statement_timeout = 0", ddl.ShowUserPathLocally}
	if l.statement > 0 {
		settings[1] = setLocal("statement_timeout", l.statement)
	} else if r.session.major() >= 17 {
		settings = append(settings, "SET LOCAL transaction_timeout = 0")
	}
	return settings
}

// attempt runs the transaction once.
func (r *run) attempt(ctx context.Context, t transaction, l limits) ([]*pgconn.Result, *attemptFailure) {
	watched, watch := r.watchAttempt(ctx, l)
	start := time.Now()
	results, f := r.session.transact(watched, t)
	elapsed := time.Since(start)
	blockers := watch.stop()
	r.backoff.attempts++
	if f == nil {
		return results, nil
	}
	if len(blockers) > 0 {
		r.blockers = blockers
	}
	return nil, &attemptFailure{
		failure: f, waited: min(elapsed, l.lock), blockers: blockers,
		expired: errors.Is(context.Cause(watched), errTotal) && sqlState(f.err) == queryCanceled,
	}
}

// attemptFailure is how an attempt ended.
type attemptFailure struct {
	*failure
	waited   time.Duration
	blockers []Blocker
	// expired reports that we cancelled the attempt ourselves, because its
	// waits took too long together.
	expired bool
}

// retry sleeps before the next attempt, or returns the error to give up with.
func (r *run) retry(ctx context.Context, f *attemptFailure) error {
	if r.session.Conn().IsClosed() || ctx.Err() != nil || !f.expired && !retryable(f.err) {
		return r.session.classify(ctx, r.op, f.failure)
	}
	r.backoff.waited += f.waited
	if err := r.yieldVacuum(ctx, f.blockers); err != nil {
		return err
	}
	again, err := r.backoff.next(ctx)
	if err != nil {
		return &InterruptedError{r.op, err}
	}
	if !again {
		return &LockTimeoutError{r.op, r.backoff.attempts, r.backoff.waited, r.blockers, f.err}
	}
	return nil
}
