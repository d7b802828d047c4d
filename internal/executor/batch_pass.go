// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// pass goes once over the blocks that a table has when it begins. What is
// written later is the writer's business: by then a trigger, a default or a
// check sees to it.
type pass struct {
	*backfill
	index  int
	table  schema.QualifiedName
	heap   heap
	ranges blockRanges
	// rewritten reports that the table has got another file.
	rewritten bool
	// err is the first failure of a worker.
	err error
}

func (p *pass) walk(ctx context.Context) error {
	for {
		heaps, err := p.readHeaps(ctx, p.table)
		if err != nil {
			return p.classifyRead(ctx, err)
		}
		p.heap, p.rewritten = heaps[0], false
		p.heap.blocks, p.ranges = p.store.restore(ctx, p.table, p.heap)
		p.result.Resumed += p.ranges.blocksDone()
		err = p.fill(ctx)
		p.sizes[p.index] = 0
		p.store.flush(ctx, p.table, p.heap, p.ranges)
		if err != nil || !p.rewritten {
			return err
		}
		// VACUUM FULL, CLUSTER or a rewrite has moved the rows: again from
		// the first block. Rows that have their value are left alone.
	}
}

// errOtherWorker is why a worker ends when another one has failed.
var errOtherWorker = errors.New("another worker of the backfill failed")

// fill lets the workers go over the ranges.
func (p *pass) fill(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := func(r *run) {
		w := &worker{run: r, pass: p, size: newBatchSize(p.settings.BackfillTarget)}
		if err := w.work(ctx); err != nil {
			p.mu.Lock()
			if p.err == nil {
				p.err = err
			}
			p.mu.Unlock()
			cancel(errOtherWorker)
		}
	}
	var others sync.WaitGroup
	for _, r := range p.crew[1:] {
		others.Go(func() { work(r) })
	}
	work(p.crew[0])
	others.Wait()
	return p.err
}

// take gives a worker something to do, or nil.
func (p *pass) take() *blockRange {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rewritten {
		return nil
	}
	return p.ranges.take()
}

// next returns the next batch of a range, and what stores that it is done.
func (p *pass) next(r *blockRange, blocks int64) (from, to int64, save []statement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rewritten || r.done() {
		return 0, 0, nil
	}
	r.flight = min(r.next+blocks, r.end)
	return r.next, r.flight, p.store.save(p.table, p.heap, r, r.flight)
}

// finish counts a batch that was committed.
func (p *pass) finish(ctx context.Context, r *blockRange, b batchResult) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result.Batches++
	p.result.Changed += b.changed
	r.changed += b.changed
	if b.node != p.heap.node {
		p.rewritten = true
		return
	}
	p.result.Blocks += r.flight - r.next
	r.next = r.flight
	p.report(ctx)
}

func (p *pass) report(ctx context.Context) {
	now, done := time.Now(), p.ranges.blocksDone()
	if done < p.heap.blocks && now.Sub(p.reported) < time.Second {
		return
	}
	if p.reported.IsZero() {
		p.pace.add(p.start, 0, 0)
	}
	p.reported = now
	progress := Progress{Operation: p.op, Phase: p.table.String(), Done: done, Total: p.heap.blocks}
	blocksPerSecond, rowsPerSecond := p.pace.add(now, p.result.Blocks, p.result.Changed)
	progress.RowsPerSecond = rowsPerSecond
	if blocksPerSecond > 0 {
		left := p.heap.blocks - done
		for _, blocks := range p.sizes[p.index+1:] {
			left += blocks
		}
		progress.Left = time.Duration(float64(left) / blocksPerSecond * float64(time.Second))
	}
	result := *p.result
	result.Elapsed = now.Sub(p.start)
	progress.Backfill = &result
	p.settings.Observer.OnProgress(ctx, progress)
}
