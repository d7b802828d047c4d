// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
)

// runConcurrent runs a statement that cannot be in a transaction. A deadlock
// is tried again: the two-phase waits of concurrent builds run into one when
// another session upgrades its lock meanwhile.
func (r *run) runConcurrent(ctx context.Context) error {
	if len(r.op.Statements) != 1 {
		return &MalformedOperationError{r.op, "an operation of the class Concurrent has more than one statement"}
	}
	for {
		r.settings.Observer.OnAttempt(ctx, Attempt{Operation: r.op, Number: r.backoff.attempts + 1, Waited: r.backoff.waited})
		err := r.build(ctx)
		r.backoff.attempts++
		var refused *StatementError
		var leftover *InvalidIndexError
		if !errors.As(err, &refused) || refused.PgError.Code != deadlockDetected || errors.As(err, &leftover) {
			return err
		}
		again, sleepErr := r.backoff.next(ctx)
		if sleepErr != nil {
			return &InterruptedError{r.op, sleepErr}
		}
		if !again {
			return &LockTimeoutError{r.op, r.backoff.attempts, r.backoff.waited, r.blockers, err}
		}
	}
}

// build runs the statement once, and removes what it leaves when it fails.
func (r *run) build(ctx context.Context) error {
	before, err := r.findIndex(ctx, r.session.Conn())
	if err == nil {
		err = r.session.withoutTimeouts(ctx)
	}
	if err != nil {
		return r.session.classify(ctx, r.op, &failure{-1, err})
	}

	watched, watch := r.watchBuild(ctx)
	err = execute(watched, r.session.Conn().PgConn(), r.op.Statements[0])
	waited, blockers := watch.stop()
	r.backoff.waited += waited
	if len(blockers) > 0 {
		r.blockers = blockers
	}
	if err != nil {
		cause := err
		err = r.session.classify(ctx, r.op, &failure{0, cause})
		if errors.Is(context.Cause(watched), errDeadline) && ctx.Err() == nil && sqlState(cause) == queryCanceled {
			err = &LockTimeoutError{r.op, r.backoff.attempts + 1, r.backoff.waited, r.blockers, cause}
		}
		err = r.removeInvalid(ctx, before, err)
	}
	r.session.restoreTimeouts(ctx)
	return err
}

// execute sends one statement by the extended protocol, see transaction.
func execute(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	_, err := conn.ExecParams(ctx, sql, nil, nil, nil, nil).Close()
	return err
}

// timeouts are what a role or database may have set and what would break off
// a build in the middle.
func (s *Session) timeouts() []string {
	timeouts := []string{"statement_timeout", "lock_timeout"}
	if s.major() >= 17 {
		timeouts = append(timeouts, "transaction_timeout")
	}
	return timeouts
}

// withoutTimeouts is for a statement of the configuration, outside of a
// transaction.
func (s *Session) withoutTimeouts(ctx context.Context) error {
	for _, parameter := range s.timeouts() {
		if err := execute(ctx, s.Conn().PgConn(), "SET "+parameter+" = 0"); err != nil {
			return err
		}
	}
	return execute(ctx, s.Conn().PgConn(), ddl.ShowUserPath)
}

// restoreTimeouts undoes that. It closes a connection that would keep our settings.
func (s *Session) restoreTimeouts(ctx context.Context) {
	if s.Conn().IsClosed() {
		return
	}
	cleanup, cancel := s.executor.cleanup(ctx)
	defer cancel()
	for _, parameter := range s.timeouts() {
		if err := execute(cleanup, s.Conn().PgConn(), "RESET "+parameter); err != nil {
			_ = s.Conn().Close(cleanup)
			return
		}
	}
	if err := execute(cleanup, s.Conn().PgConn(), ddl.HideUserPath); err != nil {
		_ = s.Conn().Close(cleanup)
	}
}

// major is the server's major version, from the parameter that it reports when
// a session starts: "16.4 (Debian 16.4-1)", "18beta1".
func (s *Session) major() int {
	version := s.Conn().PgConn().ParameterStatus("server_version")
	digits := len(version) - len(strings.TrimLeft(version, "0123456789"))
	major, err := strconv.Atoi(version[:digits])
	if err != nil {
		return 0
	}
	return major
}

// watchInterval is how often a build is looked at: often enough to notice the
// deadline, seldom enough to cost nothing.
func (r *run) watchInterval() time.Duration {
	return min(max(r.settings.LockDeadline/20, 20*time.Millisecond), time.Second)
}
