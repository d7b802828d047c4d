// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"cmp"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
)

// blockRange is a part of a table's heap: the blocks from first up to next are
// done, those up to end are to be done.
type blockRange struct {
	first, next, end int64
	// flight is the end of the batch that runs, or next.
	flight int64
	// changed is the number of rows, earlier runs included.
	changed int64
	taken   bool
}

func (r *blockRange) done() bool { return r.next >= r.end }

// smallestShare is the least number of blocks that is worth a worker of its
// own.
const smallestShare = 2 * firstBatch

// blockRanges are the ranges of a table, without gaps, in their order.
type blockRanges []*blockRange

// restoreRanges continues what an earlier run has stored. Whatever is not said
// to be done is to be done.
func restoreRanges(stored []ledger.Progress, blocks int64) blockRanges {
	stored = slices.Clone(stored)
	slices.SortFunc(stored, func(a, b ledger.Progress) int { return cmp.Compare(a.First, b.First) })
	ranges := blockRanges{{}}
	for _, s := range stored {
		// VACUUM may have cut off empty blocks at the end.
		first, next := min(s.First, blocks), min(s.Next, blocks)
		last := ranges[len(ranges)-1]
		if first > last.next {
			last.end = first
			ranges = append(ranges, &blockRange{first: first, next: next, changed: s.RowsChanged})
			continue
		}
		last.next, last.changed = max(last.next, next), last.changed+s.RowsChanged
	}
	ranges[len(ranges)-1].end = blocks
	for _, r := range ranges {
		r.flight = r.next
	}
	return ranges
}

// take gives a worker a range that nobody works on, or the second half of the
// largest rest of another worker, or nil.
func (rs *blockRanges) take() *blockRange {
	var victim *blockRange
	for _, r := range *rs {
		if r.done() {
			continue
		}
		if !r.taken {
			r.taken = true
			return r
		}
		if victim == nil || r.end-r.flight > victim.end-victim.flight {
			victim = r
		}
	}
	if victim == nil || victim.end-victim.flight < 2*smallestShare {
		return nil
	}
	return rs.split(victim)
}

func (rs *blockRanges) split(victim *blockRange) *blockRange {
	middle := victim.flight + (victim.end-victim.flight)/2
	half := &blockRange{first: middle, next: middle, flight: middle, end: victim.end, taken: true}
	victim.end = middle
	*rs = slices.Insert(*rs, slices.Index(*rs, victim)+1, half)
	return half
}

// blocksDone counts the blocks that are done.
func (rs *blockRanges) blocksDone() int64 {
	var done int64
	for _, r := range *rs {
		done += r.next - r.first
	}
	return done
}
