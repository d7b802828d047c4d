// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// Observer is told what an executor does, to log it or to keep a history.
// OnBlocked and OnProgress may be called from other goroutines than the other
// methods, never after OnFinish of the same operation. Methods must not block
// for long: a brief operation waits for them.
type Observer interface {
	// OnAttempt comes before each attempt of an operation.
	OnAttempt(ctx context.Context, attempt Attempt)
	// OnBlocked comes while an operation waits for others.
	OnBlocked(ctx context.Context, blocked Blocked)
	// OnProgress comes from time to time while an operation works.
	OnProgress(ctx context.Context, progress Progress)
	// OnWarning comes when something beside the operation failed, from any
	// goroutine.
	OnWarning(ctx context.Context, warning Warning)
	// OnFinish comes once for each operation that was begun.
	OnFinish(ctx context.Context, finish Finish)
}

// Attempt is one attempt to run an operation.
type Attempt struct {
	Operation planner.Operation
	// Number starts at 1.
	Number int
	// Waited is the time that earlier attempts have waited.
	Waited time.Duration
}

// Blocked says for whom an operation waits.
type Blocked struct {
	Operation planner.Operation
	// Phase is that of pg_stat_progress_create_index, or empty.
	Phase    string
	Waited   time.Duration
	Blockers []Blocker
	// ReplicationLag is set when a backfill waits for a standby.
	ReplicationLag time.Duration
}

// Warning is a failure that does not stop the operation: its entry in the
// history could not be written, a backfill runs with fewer workers, ...
type Warning struct {
	Operation planner.Operation
	Err       error
}

// Progress says how far a long operation is.
type Progress struct {
	Operation planner.Operation
	// Phase is that of pg_stat_progress_create_index, or the table of a
	// backfill.
	Phase string
	// Done and Total count heap blocks, or what the phase counts. Those that an
	// earlier run of a backfill had done are among them.
	Done, Total int64
	// RowsPerSecond are the rows that a backfill changes; those that need no
	// change do not count.
	RowsPerSecond float64
	// Left is how long the backfill will take, the partitions to come
	// included, at its pace of the last half minute; 0 where that is not known.
	Left time.Duration
	// Backfill is set in the class Batch.
	Backfill *BackfillResult
}

// Finish says how an operation ended.
type Finish struct {
	Operation planner.Operation
	// Err is nil for success.
	Err      error
	Attempts int
	// Waited is the part of Elapsed that passed in waiting for locks.
	Waited  time.Duration
	Elapsed time.Duration
	// Backfill is set in the class Batch.
	Backfill *BackfillResult
}

// BackfillResult is what a backfill did.
type BackfillResult struct {
	// Blocks are heap blocks whose rows were looked at.
	Blocks int64
	// Changed are rows that got a value.
	Changed int64
	Batches int64
	// Resumed are heap blocks that an earlier run had done.
	Resumed int64
	// Workers is the number of connections that it had.
	Workers int
	Elapsed time.Duration
}

// Silent is an Observer that does nothing, to embed into one that wants only
// some of the calls.
type Silent struct{}

// OnAttempt does nothing.
func (Silent) OnAttempt(context.Context, Attempt) {}

// OnBlocked does nothing.
func (Silent) OnBlocked(context.Context, Blocked) {}

// OnProgress does nothing.
func (Silent) OnProgress(context.Context, Progress) {}

// OnWarning does nothing.
func (Silent) OnWarning(context.Context, Warning) {}

// OnFinish does nothing.
func (Silent) OnFinish(context.Context, Finish) {}
