// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import "time"

// paceWindow is how far back the pace of a backfill is measured: full and
// empty parts of a table alternate, and a standby that lags stops it.
const paceWindow = 30 * time.Second

// pace measures how fast a backfill is now.
type pace struct{ samples []paceSample }

type paceSample struct {
	at           time.Time
	blocks, rows int64
}

// add takes how much was done at a time, and returns blocks and rows per
// second since the oldest sample of the window.
func (p *pace) add(at time.Time, blocks, rows int64) (blocksPerSecond, rowsPerSecond float64) {
	p.samples = append(p.samples, paceSample{at, blocks, rows})
	for len(p.samples) > 2 && at.Sub(p.samples[1].at) >= paceWindow {
		p.samples = p.samples[1:]
	}
	oldest := p.samples[0]
	seconds := at.Sub(oldest.at).Seconds()
	if seconds <= 0 {
		return 0, 0
	}
	return float64(blocks-oldest.blocks) / seconds, float64(rows-oldest.rows) / seconds
}
