// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// runBatch fills a column block range by block range. The statement of each
// pass is the one of the plan, with the range as its two parameters:
//
//	UPDATE public.users SET plan = ('free')
//	WHERE ctid >= $1::tid AND ctid < $2::tid AND plan IS NULL AND ('free') IS NOT NULL
//
// There is one for each of Backfill.Partitions, or one for the table. A range
// of tids is a TID Range Scan from PostgreSQL 14 on: it reads these blocks and
// nothing else. A row that has a value is never touched, so that it can be
// killed and started again at any point.
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

	start := time.Now()
	r.backfill = &BackfillResult{}
	defer func() { r.backfill.Elapsed = time.Since(start) }()
	r.settings.Observer.OnAttempt(ctx, Attempt{Operation: r.op, Number: 1})
	pressure := r.session.executor.watchPressure(ctx, r.session.pid)
	defer pressure.stop()
	for i, table := range tables {
		p := &pass{run: r, index: i, table: table, pressure: pressure, start: start, size: newBatchSize(r.settings.BackfillTarget)}
		if err := p.walk(ctx); err != nil {
			return err
		}
	}
	return nil
}

// pass goes once over the blocks that a table has when it begins. What is
// written later is the writer's business: by then a trigger, a default or a
// check sees to it.
type pass struct {
	*run
	index    int
	table    schema.QualifiedName
	pressure *pressure
	size     *batchSize
	start    time.Time
	reported time.Time
}

// heap is the file of a table.
type heap struct {
	oid    uint32
	node   uint32
	blocks int64
}

func (p *pass) walk(ctx context.Context) error {
	for {
		h, err := p.readHeap(ctx)
		if err != nil {
			return p.session.classify(ctx, p.op, &failure{p.index, err})
		}
		rewritten, err := p.fill(ctx, h)
		if err != nil || !rewritten {
			return err
		}
		// VACUUM FULL, CLUSTER or a rewrite has moved the rows: again from
		// the first block. Rows that have their value are left alone.
	}
}

func (p *pass) readHeap(ctx context.Context) (heap, error) {
	var h heap
	err := p.session.Conn().QueryRow(ctx, `
		SELECT c.oid, coalesce(pg_catalog.pg_relation_filenode(c.oid), 0),
			pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`,
		pgx.QueryExecModeExec, string(p.table.Schema), string(p.table.Name)).Scan(&h.oid, &h.node, &h.blocks)
	if errors.Is(err, pgx.ErrNoRows) {
		return h, fmt.Errorf("the table %s does not exist", p.table)
	}
	return h, err
}

// fill runs the batches of one pass. It reports true when the file of the
// table is no longer the one that the pass began with.
func (p *pass) fill(ctx context.Context, h heap) (rewritten bool, err error) {
	for block := int64(0); block < h.blocks; {
		if err := p.yield(ctx, block); err != nil {
			return false, &InterruptedError{p.op, err}
		}
		end := min(block+p.size.blocks, h.blocks)
		began := time.Now()
		b, failed := p.batch(ctx, h, block, end)
		if failed != nil {
			if err := p.recover(ctx, failed); err != nil {
				return false, err
			}
			continue
		}
		p.backfill.Batches++
		p.backfill.Changed += b.changed
		p.waited += p.backoff.waited
		p.backoff = backoff{settings: p.settings}
		if b.node != h.node {
			return true, nil
		}
		p.backfill.Blocks += end - block
		if end-block == p.size.blocks {
			p.size.adapt(time.Since(began))
		}
		block = end
		p.report(ctx, block, h.blocks)
	}
	return false, nil
}

// batchResult is what one batch did.
type batchResult struct {
	changed int64
	// node is the table's file, read while the batch locks it.
	node uint32
}

// batch updates the blocks in [from, to) in a transaction of its own. The
// server need not wait for the disk: a crash loses whole batches, the latest
// first, and the rows are NULL then and found again.
func (p *pass) batch(ctx context.Context, h heap, from, to int64) (batchResult, *attemptFailure) {
	l := limits{lock: p.settings.LockTimeout, total: true, statement: p.size.timeout()}
	results, failed := p.attempt(ctx, transaction{
		settings: append(p.localSettings(l), "SET LOCAL synchronous_commit = off"),
		statements: []statement{
			{sql: p.op.Statements[p.index], parameters: [][]byte{tid(from), tid(to)}},
			{sql: "SELECT pg_catalog.pg_relation_filenode($1::oid)", parameters: [][]byte{strconv.AppendUint(nil, uint64(h.oid), 10)}},
		},
	}, l)
	if failed != nil {
		// The indexes of the error are those of the operation.
		switch {
		case failed.index == 2:
			failed.index = len(p.op.Statements)
		case failed.index >= 0:
			failed.index = p.index
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

// recover decides what a failed batch means: a smaller one, another attempt,
// or the end.
func (p *pass) recover(ctx context.Context, f *attemptFailure) error {
	if sqlState(f.err) == queryCanceled && !f.expired && ctx.Err() == nil && !p.session.Conn().IsClosed() && p.size.shrink() {
		// statement_timeout: the blocks are fuller than those before.
		return nil
	}
	// Fewer rows at a time are fewer rows locked while we wait for one.
	p.size.shrink()
	return p.retry(ctx, f)
}

func tid(block int64) []byte { return fmt.Appendf(nil, "(%d,0)", block) }

func (p *pass) report(ctx context.Context, done, total int64) {
	if done < total && time.Since(p.reported) < time.Second {
		return
	}
	p.reported = time.Now()
	result := *p.backfill
	result.Elapsed = time.Since(p.start)
	p.settings.Observer.OnProgress(ctx, Progress{Operation: p.op, Phase: p.table.String(), Done: done, Total: total, Backfill: &result})
}
