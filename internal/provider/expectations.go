// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Assumed rates, on the slow side of what servers do: an estimate tells seconds
// from hours, not ten minutes from twenty. They stand where the ledger does not
// know how fast this server is, and each is named where it is used, so that
// whoever knows the server better can correct it.
const (
	scannedBytes = 100 << 20 // of a table, a second
	indexedBytes = 20 << 20  // of a table, a second and an index
	filledRows   = 10_000    // a second, by one worker
)

// work is a kind of it that a plan can hold.
type work struct {
	kind ledger.Work
	text string
	is   func(planner.Effect) bool
	// assumed is a rate in words, and how many units of it there are in a table;
	// negative where nobody knows.
	assumed string
	rate    int64
	units   func(schema.Size) int64
}

func tableBytes(size schema.Size) int64 { return size.TableBytes }

var works = []work{
	{ledger.Scan, "reading it once takes", func(e planner.Effect) bool { return e.Scans || e.Rewrites }, "100 MB/s", scannedBytes, tableBytes},
	{ledger.IndexBuild, "building an index", func(e planner.Effect) bool { return e.BuildsIndex }, "20 MB/s of the table", indexedBytes, tableBytes},
	{ledger.Backfill, "filling it", func(e planner.Effect) bool { return e.Updates && !e.Again }, "10,000 rows/s", filledRows, func(size schema.Size) int64 { return size.Rows }},
}

func (w work) in(operations []planner.Operation) bool {
	return slices.ContainsFunc(operations, func(o planner.Operation) bool { return w.is(o.Effect) })
}

// worksLong reports operations whose time depends on the size of a table.
func worksLong(operations []planner.Operation) bool {
	return slices.ContainsFunc(works, func(w work) bool { return w.in(operations) })
}

// expectations says how long the long steps of a plan take, by order of
// magnitude: as fast as this server was before, or as servers usually are.
func expectations(size schema.Size, operations []planner.Operation, rates ledger.Rates) string {
	var parts []string
	for _, w := range works {
		if !w.in(operations) {
			continue
		}
		amount, rate, source := w.units(size), w.rate, w.assumed+" assumed"
		if measured, known := rates[w.kind]; known && measured.BytesPerSecond >= 1 {
			amount, rate = size.TableBytes, int64(measured.BytesPerSecond)
			source = bytesInWords(rate) + "/s measured on this server"
		}
		if amount >= 0 {
			parts = append(parts, fmt.Sprintf("%s %s (%s)", w.text, orderOfMagnitude(amount, rate), source))
		}
	}
	if len(parts) == 0 || size.TableBytes == 0 {
		return ""
	}
	return "Estimated roughly: " + strings.Join(parts, ", ") + "."
}

func orderOfMagnitude(amount, rate int64) string {
	switch seconds := amount / rate; {
	case seconds < 1:
		return "under a second"
	case seconds < int64(time.Minute/time.Second):
		return "seconds"
	case seconds < int64(time.Hour/time.Second):
		return "minutes"
	case seconds < int64(day/time.Second):
		return "hours"
	default:
		return "days"
	}
}

// writesMuch reports a plan that writes as much as the table is large.
func writesMuch(operations []planner.Operation) bool {
	return slices.ContainsFunc(operations, func(o planner.Operation) bool {
		return o.Effect.Updates || o.Effect.Rewrites || o.Effect.BuildsIndex
	})
}

// A follower is worth a word from these on.
const (
	worthyLag   = 5 * time.Second
	worthyBytes = 100 << 20
)

// followersInWords names the standbys that are late and the slots that nobody
// reads; empty where all is well.
func followersInWords(followers []catalog.Follower) string {
	var lines []string
	for _, f := range followers {
		switch {
		case f.Slot && !f.Active:
			lines = append(lines, fmt.Sprintf("    slot %s is not read by anybody, and keeps %s of WAL", f.Name, bytesInWords(f.Bytes)))
		case !f.Slot && (f.Lag >= worthyLag || f.Bytes >= worthyBytes):
			lines = append(lines, fmt.Sprintf("    %s is %s behind (%s)", f.Name, inWords(f.Lag), bytesInWords(f.Bytes)))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "Everything that is written also goes to:\n\n" + strings.Join(lines, "\n")
}
