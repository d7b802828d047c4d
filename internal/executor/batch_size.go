// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import "time"

// Sizes of a batch in heap blocks: 512 kB at the start, 16 MB at most. A range
// that had nothing to do grows quickly, and the next one may be full.
const (
	firstBatch   = 64
	largestBatch = 2048
)

// batchSize adapts the number of blocks to a duration.
type batchSize struct {
	blocks int64
	target time.Duration
}

func newBatchSize(target time.Duration) *batchSize {
	return &batchSize{blocks: firstBatch, target: target}
}

// adapt moves towards the target after a full batch, at most twofold up and
// fourfold down at a time.
func (b *batchSize) adapt(elapsed time.Duration) {
	factor := float64(b.target) / float64(max(elapsed, time.Microsecond))
	factor = min(max(factor, 0.25), 2)
	b.blocks = min(max(int64(float64(b.blocks)*factor), 1), largestBatch)
}

// shrink quarters the size, or reports false where it cannot be smaller.
func (b *batchSize) shrink() bool {
	if b.blocks == 1 {
		return false
	}
	b.blocks = max(b.blocks/4, 1)
	return true
}

// timeout bounds a batch that turns out to be much too large: a writer waits
// for its rows until it ends, and may not wait longer than for a table. It is
// above lockTimeout, by which a batch gives up that waits itself. A single
// block has to be given its time.
func (b *batchSize) timeout(lockTimeout time.Duration) time.Duration {
	if b.blocks == 1 {
		return max(100*b.target, time.Minute)
	}
	return max(4*b.target, lockTimeout) * 5 / 4
}
