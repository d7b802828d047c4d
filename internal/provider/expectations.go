// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Assumed rates, on the slow side of what servers do: an estimate tells seconds
// from hours, not ten minutes from twenty. Each is named where it is used, so that
// whoever knows the server better can correct it.
const (
	scannedBytes = 100 << 20 // of a table, a second
	indexedBytes = 20 << 20  // of a table, a second and an index
	filledRows   = 10_000    // a second, by one worker
)

// expectations says how long the long steps of a plan take, by order of magnitude.
func expectations(size schema.Size, operations []planner.Operation) string {
	has := func(effect func(planner.Effect) bool) bool {
		return slices.ContainsFunc(operations, func(o planner.Operation) bool { return effect(o.Effect) })
	}
	var parts []string
	if has(func(e planner.Effect) bool { return e.Scans || e.Rewrites }) {
		parts = append(parts, fmt.Sprintf("reading it once takes %s (at 100 MB/s)", orderOfMagnitude(size.TableBytes, scannedBytes)))
	}
	if has(func(e planner.Effect) bool { return e.BuildsIndex }) {
		parts = append(parts, fmt.Sprintf("building an index %s (at 20 MB/s of the table)", orderOfMagnitude(size.TableBytes, indexedBytes)))
	}
	if size.Rows >= 0 && has(func(e planner.Effect) bool { return e.Updates && !e.Again }) {
		parts = append(parts, fmt.Sprintf("filling it %s (at 10,000 rows/s)", orderOfMagnitude(size.Rows, filledRows)))
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
