// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"testing"
	"time"
)

func TestPaceForgetsWhatIsLongAgo(t *testing.T) {
	t.Parallel()
	start := time.Now()
	var p pace
	if blocks, rows := p.add(start, 0, 0); blocks != 0 || rows != 0 {
		t.Errorf("without time there is a pace of %v, %v", blocks, rows)
	}
	// A minute with 100 blocks and 1000 rows a second, then half of it.
	var blocks, rows float64
	done := int64(0)
	for second := 1; second <= 120; second++ {
		if done += 100; second > 60 {
			done -= 50
		}
		blocks, rows = p.add(start.Add(time.Duration(second)*time.Second), done, 10*done)
		if second == 60 && (blocks != 100 || rows != 1000) {
			t.Errorf("after a minute the pace is %v, %v", blocks, rows)
		}
	}
	if blocks != 50 || rows != 500 {
		t.Errorf("after two minutes the pace is %v, %v", blocks, rows)
	}
	if len(p.samples) > 40 {
		t.Errorf("%d samples are kept", len(p.samples))
	}
}

// What is left are the rest of the table and the partitions to come, at the
// pace of this run.
func TestProgressSaysHowLongItTakes(t *testing.T) {
	t.Parallel()
	observer := &recorder{}
	settings := Settings{Observer: observer}.withDefaults()
	b := &backfill{
		run: &run{settings: &settings}, start: time.Now().Add(-10 * time.Second), sizes: []int64{0, 0, 200},
		result: &BackfillResult{Blocks: 100, Changed: 5000, Resumed: 50},
	}
	p := &pass{backfill: b, index: 1, table: items, heap: heap{blocks: 400}, ranges: blockRanges{{next: 150, end: 400}}}
	p.report(t.Context())
	p.report(t.Context()) // too early for another one
	progress := events(observer, &observer.progress)
	if len(progress) != 1 {
		t.Fatalf("there are %d reports", len(progress))
	}
	got := progress[0]
	if got.Done != 150 || got.Total != 400 || got.RowsPerSecond < 490 || got.RowsPerSecond > 500 ||
		got.Left < 45*time.Second || got.Left > 46*time.Second {
		t.Errorf("the progress is %+v", got)
	}
}
