// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// recordHistory writes an operation that ran into the ledger: its statements as
// one entry, as they share a transaction and its times.
func (r *run) recordHistory(ctx context.Context, f Finish) {
	r.record(ctx, r.session.table, strings.TrimSuffix(r.op.SQL(), "\n"), f, worked{})
}

// worked is what the batches of a pass have done; empty for any other statement,
// which works through all of its table if it does so at all.
type worked struct {
	work   ledger.Work
	blocks int64
}

// worksThrough is what a step does that takes the longer the larger a table is,
// and the table: the one that it locks most. A second pass of a backfill says
// nothing, as it finds hardly anything to write.
func worksThrough(op planner.Operation) (work ledger.Work, table schema.QualifiedName) {
	if len(op.Locks) == 0 || op.Effect.Creates || op.Effect.Rewrites {
		return "", schema.QualifiedName{}
	}
	switch table = op.Locks[0].Table; {
	case op.Effect.BuildsIndex:
		return ledger.IndexBuild, table
	case op.Effect.Scans:
		return ledger.Scan, table
	}
	return "", schema.QualifiedName{}
}

// record writes an entry, where there is a ledger. That happens after the
// operation, on another connection: neither a failure nor a wait for the ledger
// may touch what has been done.
func (r *run) record(ctx context.Context, object schema.QualifiedName, sql string, f Finish, done worked) {
	entry := ledger.Entry{
		Object: object.String(), Phase: r.op.Phase, Statement: sql,
		Waited: f.Waited, Ran: max(0, f.Elapsed-f.Waited), Outcome: ledger.Succeeded,
	}
	if f.Err != nil {
		entry.Outcome, entry.Error = ending(f.Err), firstLine(f.Err)
	}
	err := r.session.executor.observe(context.WithoutCancel(ctx), func(ctx context.Context, conn *pgx.Conn) error {
		exists, err := ledger.Exists(ctx, conn)
		if err != nil || !exists {
			return err
		}
		entry.Work, entry.Blocks = r.workedThrough(ctx, conn, done)
		return ledger.Record(ctx, conn, entry)
	})
	if err != nil {
		r.settings.Observer.OnWarning(ctx, Warning{r.op, fmt.Errorf("what ran is missing in the history: %w", err)})
	}
}

// workedThrough is the work of an operation, and its blocks. The size of a table
// that somebody has locked meanwhile is not waited for, and is 0.
func (r *run) workedThrough(ctx context.Context, conn *pgx.Conn, done worked) (ledger.Work, int64) {
	if done.work != "" {
		return done.work, done.blocks
	}
	work, table := worksThrough(r.op)
	if work == "" {
		return "", 0
	}
	blocks, err := ledger.BlocksOf(ctx, conn, table)
	if err != nil {
		return work, 0
	}
	return work, blocks
}

func ending(err error) ledger.Ending {
	if _, interrupted := errors.AsType[*InterruptedError](err); interrupted {
		return ledger.Interrupted
	}
	if _, lost := errors.AsType[*ConnectionLostError](err); lost {
		return ledger.Interrupted
	}
	return ledger.Failed
}

// firstLine leaves out the statement, which the entry has.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
