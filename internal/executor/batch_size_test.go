// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"testing"
	"time"
)

func TestBatchSizeAdapts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		title   string
		blocks  int64
		elapsed time.Duration
		want    int64
	}{
		{"on target stays", 100, 100 * time.Millisecond, 100},
		{"a bit fast grows a bit", 100, 80 * time.Millisecond, 125},
		{"much too fast doubles at most", 100, time.Microsecond, 200},
		{"no time at all doubles", 100, 0, 200},
		{"slow shrinks in proportion", 100, 200 * time.Millisecond, 50},
		{"much too slow is a quarter at least", 100, time.Minute, 25},
		{"never below one block", 1, time.Minute, 1},
		{"never above the largest", largestBatch, time.Millisecond, largestBatch},
	} {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			b := batchSize{blocks: test.blocks, target: 100 * time.Millisecond}
			b.adapt(test.elapsed)
			if b.blocks != test.want {
				t.Errorf("%d blocks, want %d", b.blocks, test.want)
			}
		})
	}
}

func TestBatchSizeShrinksToOneBlock(t *testing.T) {
	t.Parallel()
	b := newBatchSize(100 * time.Millisecond)
	steps := 0
	for b.shrink() {
		steps++
	}
	if b.blocks != 1 || steps != 3 {
		t.Errorf("%d blocks after %d steps, want 1 after 3", b.blocks, steps)
	}
	if got := b.timeout(time.Second); got < time.Minute {
		t.Errorf("a single block gets %s only", got)
	}
}

// A writer waits for the rows of a batch about as long as for a table, and a
// batch that waits itself gives up because of that and not of its size.
func TestBatchTimeout(t *testing.T) {
	t.Parallel()
	b := newBatchSize(100 * time.Millisecond)
	for lock, want := range map[time.Duration]time.Duration{
		time.Millisecond: 500 * time.Millisecond, 500 * time.Millisecond: 625 * time.Millisecond, 4 * time.Second: 5 * time.Second,
	} {
		if got := b.timeout(lock); got != want {
			t.Errorf("with a lock timeout of %s: %s, want %s", lock, got, want)
		}
	}
}
