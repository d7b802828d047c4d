// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
)

func TestRangesAreRestored(t *testing.T) {
	t.Parallel()
	type part struct{ First, Next, End int64 }
	for title, test := range map[string]struct {
		stored []part
		blocks int64
		want   []part
	}{
		"nothing is stored":              {nil, 100, []part{{0, 0, 100}}},
		"an empty table":                 {nil, 0, []part{{0, 0, 0}}},
		"one worker":                     {[]part{{0, 40, 100}}, 100, []part{{0, 40, 100}}},
		"the table has grown":            {[]part{{0, 100, 100}}, 130, []part{{0, 100, 130}}},
		"the table was truncated":        {[]part{{0, 40, 50}, {50, 90, 100}}, 70, []part{{0, 40, 50}, {50, 70, 70}}},
		"two workers, out of order":      {[]part{{50, 70, 100}, {0, 40, 50}}, 100, []part{{0, 40, 50}, {50, 70, 100}}},
		"one finished":                   {[]part{{0, 50, 50}, {50, 70, 100}}, 100, []part{{0, 70, 100}}},
		"a range was never stored":       {[]part{{50, 70, 100}}, 100, []part{{0, 0, 50}, {50, 70, 100}}},
		"the end of a victim is stale":   {[]part{{0, 40, 100}, {70, 80, 100}}, 100, []part{{0, 40, 70}, {70, 80, 100}}},
		"two runs have overlapped":       {[]part{{0, 60, 100}, {50, 55, 100}}, 100, []part{{0, 60, 100}}},
		"a range that nobody has begun":  {[]part{{0, 40, 50}, {50, 50, 100}}, 100, []part{{0, 40, 50}, {50, 50, 100}}},
		"all is done":                    {[]part{{0, 50, 50}, {50, 100, 100}}, 100, []part{{0, 100, 100}}},
		"a range inside of one finished": {[]part{{0, 60, 60}, {20, 30, 60}}, 100, []part{{0, 60, 100}}},
	} {
		var stored []ledger.Progress
		for _, s := range test.stored {
			stored = append(stored, ledger.Progress{First: s.First, Next: s.Next, End: s.End})
		}
		var got []part
		for _, r := range restoreRanges(stored, test.blocks) {
			got = append(got, part{r.first, r.next, r.end})
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", title, diff)
		}
	}
}

// However batches of several workers alternate, are stored and cut off, each
// block is looked at exactly once by a run that nothing interrupts, and at least
// once over all runs.
func TestRangesCoverEveryBlockOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		blocks := random.Int64N(5000)
		seen := make([]int, blocks)
		var stored []ledger.Progress
		for run := 0; ; run++ {
			ranges := restoreRanges(stored, blocks)
			visited := make([]int, blocks)
			interrupted := int64(-1)
			if run < 3 {
				interrupted = random.Int64N(60)
			}
			workers := make([]*blockRange, 1+random.IntN(4))
			saved := map[int64]ledger.Progress{}
			for active := true; active && interrupted != 0; interrupted-- {
				active = false
				for i, r := range workers {
					if r == nil || r.done() {
						r = ranges.take()
						workers[i] = r
					}
					if r == nil {
						continue
					}
					active = true
					r.flight = min(r.next+1+random.Int64N(200), r.end)
					// Another worker takes its part while the batch runs.
					if random.IntN(3) == 0 {
						if other := random.IntN(len(workers)); workers[other] == nil || workers[other].done() {
							workers[other] = ranges.take()
						}
					}
					for block := r.next; block < r.flight; block++ {
						visited[block]++
					}
					r.next = r.flight
					saved[r.first] = ledger.Progress{First: r.first, Next: r.next, End: r.end}
				}
			}
			for block, times := range visited {
				if times > 1 {
					t.Fatalf("seed %d: block %d was visited %d times in one run", seed, block, times)
				}
				seen[block] += times
			}
			for _, p := range stored {
				if _, ok := saved[p.First]; !ok {
					saved[p.First] = p
				}
			}
			stored = nil
			for _, p := range saved {
				stored = append(stored, p)
			}
			if interrupted < 0 {
				break
			}
		}
		for block, times := range seen {
			if times == 0 {
				t.Fatalf("seed %d: block %d of %d was never visited", seed, block, blocks)
			}
		}
	}
}

func TestRangesAreSharedOut(t *testing.T) {
	t.Parallel()
	ranges := restoreRanges(nil, 10*smallestShare)
	first, second, third := ranges.take(), ranges.take(), ranges.take()
	for _, r := range []*blockRange{first, second, third} {
		if r == nil || r.end-r.next < 2*smallestShare {
			t.Fatalf("a worker got %+v", r)
		}
	}
	// The batch that runs is not given away.
	small := restoreRanges(nil, 2*smallestShare)
	owner := small.take()
	owner.flight = 1
	if thief := small.take(); thief != nil {
		t.Errorf("a worker got %+v of a rest that is not worth it", thief)
	}
}
