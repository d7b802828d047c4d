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
