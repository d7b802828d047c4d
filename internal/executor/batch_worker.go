// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// worker runs batches on one connection.
type worker struct {
	*run
	pass *pass
	size *batchSize
	// seen is the last of the waiters that it has made way for.
	seen int64
	// vain counts searches for refused rows that found none.
	vain int
}

// work fills ranges until none is left, or the table has got another file.
func (w *worker) work(ctx context.Context) error {
	for r := w.pass.take(); r != nil; r = w.pass.take() {
		if err := w.fill(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) fill(ctx context.Context, r *blockRange) error {
	for first := true; ; first = false {
		if err := w.yield(ctx, first); err != nil {
			return &InterruptedError{w.op, err}
		}
		from, to, save := w.pass.next(r, w.size.blocks)
		if from == to {
			return nil
		}
		began := time.Now()
		b, failed := w.batch(ctx, from, to, save)
		if failed != nil {
			if err := w.recover(ctx, from, to, failed); err != nil {
				return err
			}
			continue
		}
		w.waited += w.backoff.waited
		w.backoff = backoff{settings: w.settings}
		w.vain = 0
		if to-from == w.size.blocks {
			w.size.adapt(time.Since(began))
		}
		w.pass.finish(ctx, r, b)
	}
}

// batchResult is what one batch did.
type batchResult struct {
	changed int64
	// node is the table's file, read while the batch locks it.
	node uint32
}

// notStored is the index of a failure to store the progress.
const notStored = -2

// batch updates the blocks in [from, to) in a transaction of its own.
func (w *worker) batch(ctx context.Context, from, to int64, save []statement) (batchResult, *attemptFailure) {
	statements := append([]statement{
		w.update(tid(from, 0), tid(to, 0)),
		{sql: "SELECT pg_catalog.pg_relation_filenode($1::oid)", parameters: [][]byte{strconv.AppendUint(nil, uint64(w.pass.heap.oid), 10)}},
	}, save...)
	l := w.limits()
	results, failed := w.attempt(ctx, transaction{settings: w.batchSettings(l), statements: statements}, l)
	if failed != nil {
		// The indexes of the error are those of the operation.
		switch {
		case failed.index == len(statements):
			failed.index = len(w.op.Statements)
		case failed.index == 2:
			failed.index = notStored
		case failed.index >= 0:
			failed.index = w.pass.index
		}
		return batchResult{}, failed
	}
	b := batchResult{changed: results[0].CommandTag.RowsAffected()}
	if rows := results[1].Rows; len(rows) == 1 {
		node, _ := strconv.ParseUint(string(rows[0][0]), 10, 32)
		b.node = uint32(node)
	}
	return b, nil
}

func (w *worker) limits() limits {
	return limits{lock: w.settings.LockTimeout, total: true, statement: w.size.timeout(w.settings.LockTimeout)}
}

func (w *worker) batchSettings(l limits) []string {
	return append(w.localSettings(l), w.pass.local...)
}

// update is the statement of the pass for the tids in [from, to).
func (w *worker) update(from, to []byte) statement {
	return statement{sql: w.op.Statements[w.pass.index], parameters: [][]byte{from, to}}
}

// recover decides what a failed batch means: a smaller one, another attempt,
// or the end.
func (w *worker) recover(ctx context.Context, from, to int64, f *attemptFailure) error {
	alive := ctx.Err() == nil && !w.session.Conn().IsClosed()
	switch {
	case !alive:
	case sqlState(f.err) == queryCanceled && !f.expired && w.size.shrink():
		// statement_timeout: the blocks are fuller than those before.
		return nil
	case f.index == notStored && !retryable(f.err):
		w.pass.store.fail(ctx, f.err)
		return nil
	case f.index != notStored && refusesValue(f.err):
		return w.explainRefusal(ctx, from, to, f.failure)
	}
	if f.index == notStored {
		f.index = w.pass.index
	}
	// Fewer rows at a time are fewer rows locked while we wait for one.
	w.size.shrink()
	return w.retry(ctx, f)
}

// tid writes a tuple id. That with the offset 0 is before every row of a block.
func tid(block, offset int64) []byte { return fmt.Appendf(nil, "(%d,%d)", block, offset) }
