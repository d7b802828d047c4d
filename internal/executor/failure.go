// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// SQLSTATEs (manual, appendix A).
const (
	serializationFailure  = "40001"
	deadlockDetected      = "40P01"
	lockNotAvailable      = "55P03"
	queryCanceled         = "57014"
	duplicateTable        = "42P07"
	internalError         = "XX000"
	insufficientPrivilege = "42501"
)

// sqlState returns the SQLSTATE of an error of the server, or "".
func sqlState(err error) string {
	if pgError, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgError.Code
	}
	return ""
}

// retryable reports a failure that another attempt may not meet.
func retryable(err error) bool {
	switch sqlState(err) {
	case lockNotAvailable, deadlockDetected, serializationFailure:
		return true
	case internalError:
		// Somebody else, autovacuum as a rule, changed the same catalog row
		// at the same time: heapam.c, simple_heap_update(). Not translated.
		pgError, _ := errors.AsType[*pgconn.PgError](err)
		return pgError.Message == "tuple concurrently updated"
	}
	return false
}

// classify turns what went wrong into one of the package's errors.
func (s *Session) classify(ctx context.Context, op planner.Operation, f *failure) error {
	pgError, refused := errors.AsType[*pgconn.PgError](f.err)
	if s.Conn().IsClosed() {
		lost := &ConnectionLostError{Operation: op, Unknown: true, Err: f.err}
		switch {
		case op.Class == planner.Verify:
			lost.Unknown = false
		case op.Class == planner.Concurrent && f.index < 0:
			// It was not sent. (pgconn.SafeToRetry is no help: a read that
			// fails can end in its "conn closed", for which it says true.)
			lost.Unknown = false
		case refused && op.Class != planner.Concurrent && f.index < len(op.Statements):
			// An error message that came before that of COMMIT proves that
			// the server rolled back. All of the transaction was sent at once,
			// so silence proves nothing.
			lost.Unknown = false
		}
		if cause := context.Cause(ctx); cause != nil && !refused {
			// Cancelled, but the server did not answer in time.
			lost.Err = errors.Join(cause, f.err)
		}
		return lost
	}
	if cause := context.Cause(ctx); cause != nil && (!refused || pgError.Code == queryCanceled) {
		return &InterruptedError{op, cause}
	}
	if refused {
		return &StatementError{op, f.index, pgError}
	}
	return &ConnectionLostError{op, true, f.err}
}
