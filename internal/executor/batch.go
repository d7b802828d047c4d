// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// runBatch fills columns block range by block range. The statement of each pass
// is the one of the plan, with the range as its two parameters:
//
//	UPDATE ONLY public.users SET plan = 'free'
//	WHERE ctid >= $1::tid AND ctid < $2::tid AND plan IS NULL
//
// There is one for each of Backfill.Partitions, or one for the table. A range
// of tids is a TID Range Scan from PostgreSQL 14 on: it reads these blocks and
// nothing else. A row that has a value is never touched, so that it can be
// killed and started again at any point; where there is a ledger, it then goes
// on from where it was.
func (r *run) runBatch(ctx context.Context) error {
	if r.op.Backfill == nil {
		return &MalformedOperationError{r.op, "an operation of the class Batch says nothing about its backfill"}
	}
	tables := r.op.Backfill.Partitions
	if len(tables) == 0 && len(r.op.Statements) > 0 { // there are none for a partitioned table without partitions
		tables = []schema.QualifiedName{r.op.Backfill.Table}
	}
	if len(tables) != len(r.op.Statements) {
		return &MalformedOperationError{r.op, fmt.Sprintf("a backfill of %d tables has %d statements", len(tables), len(r.op.Statements))}
	}

	r.backfill = &BackfillResult{}
	b := &backfill{run: r, tables: tables, result: r.backfill, start: time.Now(), crew: []*run{r}}
	defer func() { b.result.Elapsed = time.Since(b.start) }()
	r.settings.Observer.OnAttempt(ctx, Attempt{Operation: r.op, Number: 1})
	if err := b.prepare(ctx); err != nil {
		return err
	}
	b.hire(ctx)
	defer b.dismiss()
	b.pressure = r.session.executor.watchPressure(ctx, b.pids())
	defer b.pressure.stop()
	for i := range tables {
		if err := b.runPass(ctx, i); err != nil {
			return err
		}
	}
	b.store.forget(ctx)
	return nil
}

// backfill is an operation of the class Batch on its way.
type backfill struct {
	*run
	tables []schema.QualifiedName
	// sizes are the blocks of each table that are still to be looked at.
	sizes []int64
	// local are the settings of a batch's transaction.
	local    []string
	store    *progressStore
	pressure *pressure
	start    time.Time
	// crew are the workers, our own session first.
	crew []*run

	// mu guards what follows, and the ranges of the pass that runs.
	mu       sync.Mutex
	result   *BackfillResult
	pace     pace
	reported time.Time
}

// prepare asks the server for all that has to be known before the first batch.
func (b *backfill) prepare(ctx context.Context) error {
	heaps, err := b.readHeaps(ctx, b.tables...)
	if err != nil {
		return b.classifyRead(ctx, err)
	}
	b.store = b.openStore(ctx, heaps)
	b.sizes = make([]int64, len(heaps))
	for i, h := range heaps {
		blocks, ranges := b.store.rest(b.tables[i], h)
		b.sizes[i] = blocks - ranges.blocksDone()
	}
	// The server need not wait for the disk: a crash loses whole batches, the
	// latest first, together with the progress that they stored.
	b.local = []string{"SET LOCAL synchronous_commit = off"}
	if b.op.Backfill.Transition != "" {
		// The dual-write trigger takes no notice: with expressions that lose
		// something it would write the old columns anew.
		b.local = append(b.local, "SET LOCAL "+ddl.BackfillGuard+" = 'on'")
	}
	if b.settings.SuppressTriggers {
		return b.suppressTriggers(ctx, heaps)
	}
	return nil
}

// classifyRead is classify for a read before the first batch.
func (b *backfill) classifyRead(ctx context.Context, err error) error {
	if _, refused := errors.AsType[*pgconn.PgError](err); !refused && ctx.Err() == nil && !b.session.Conn().IsClosed() {
		return fmt.Errorf("prepare the backfill of %s: %w", b.op.Backfill.Table, err)
	}
	err = b.session.classify(ctx, b.op, &failure{-1, err})
	if lost, ok := errors.AsType[*ConnectionLostError](err); ok {
		lost.Unknown = false
	}
	return err
}

func (b *backfill) warn(ctx context.Context, err error) {
	b.settings.Observer.OnWarning(ctx, Warning{b.op, err})
}

// runPass fills one table, and records it.
func (b *backfill) runPass(ctx context.Context, index int) error {
	p := &pass{backfill: b, index: index, table: b.tables[index]}
	start, before := time.Now(), *b.result
	waited := b.totalWaited()
	err := p.walk(ctx)
	b.waited = b.totalWaited()
	if b.result.Batches > before.Batches || err != nil {
		b.record(ctx, p.table, b.op.Statements[index]+";", Finish{Err: err, Elapsed: time.Since(start), Waited: b.waited - waited}, b.workOf(before))
	}
	return err
}

// workOf is what a pass has done since. A second one finds hardly anything to
// write, so that its rate says nothing.
func (b *backfill) workOf(before BackfillResult) worked {
	if b.op.Effect.Again {
		return worked{}
	}
	return worked{ledger.Backfill, b.result.Blocks - before.Blocks}
}

// totalWaited is the time that the worker has waited which has waited most:
// they wait at the same time.
func (b *backfill) totalWaited() time.Duration {
	var waited time.Duration
	for _, worker := range b.crew {
		waited = max(waited, worker.waited)
	}
	return waited
}
