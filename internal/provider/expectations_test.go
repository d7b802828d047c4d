// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestExpectations(t *testing.T) {
	t.Parallel()
	scan, build := planner.Operation{Effect: planner.Effect{Scans: true}}, planner.Operation{Effect: planner.Effect{BuildsIndex: true}}
	fill, again := planner.Operation{Effect: planner.Effect{Updates: true}}, planner.Operation{Effect: planner.Effect{Updates: true, Again: true}}
	large := schema.Size{Rows: 400_000_000, TableBytes: 50 << 30}
	for name, test := range map[string]struct {
		size       schema.Size
		operations []planner.Operation
		rates      ledger.Rates
		want       string
	}{
		"nothing long":   {large, []planner.Operation{{}}, nil, ""},
		"empty":          {schema.Size{}, []planner.Operation{scan, build, fill}, nil, ""},
		"small":          {schema.Size{Rows: 9, TableBytes: 8192}, []planner.Operation{scan}, nil, "Estimated roughly: reading it once takes under a second (100 MB/s assumed)."},
		"large":          {large, []planner.Operation{scan, build, fill, again}, nil, "Estimated roughly: reading it once takes minutes (100 MB/s assumed), building an index minutes (20 MB/s of the table assumed), filling it hours (10,000 rows/s assumed)."},
		"never analyzed": {schema.Size{Rows: -1, TableBytes: 1 << 30}, []planner.Operation{fill}, nil, ""},
		"measured": {
			large,
			[]planner.Operation{scan, build, fill},
			ledger.Rates{ledger.Scan: {BytesPerSecond: 2 << 30}, ledger.Backfill: {BytesPerSecond: 400 << 10}},
			"Estimated roughly: reading it once takes seconds (2.0 GB/s measured on this server), building an index minutes (20 MB/s of the table assumed), filling it days (400.0 kB/s measured on this server).",
		},
		"measured, never analyzed": {
			schema.Size{Rows: -1, TableBytes: 1 << 30},
			[]planner.Operation{fill},
			ledger.Rates{ledger.Backfill: {BytesPerSecond: 4 << 20}},
			"Estimated roughly: filling it minutes (4.0 MB/s measured on this server).",
		},
		"nonsense": {large, []planner.Operation{scan}, ledger.Rates{ledger.Scan: {}}, "Estimated roughly: reading it once takes minutes (100 MB/s assumed)."},
	} {
		if got := expectations(test.size, test.operations, test.rates); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := orderOfMagnitude(1_000_000_000_000, filledRows); got != "days" {
		t.Error(got)
	}
}

func TestFollowersInWords(t *testing.T) {
	t.Parallel()
	fine := []catalog.Follower{{Name: "standby", Active: true, Lag: time.Second, Bytes: 1 << 20}, {Slot: true, Name: "read", Active: true, Bytes: 1 << 40}}
	if got := followersInWords(fine); got != "" {
		t.Errorf("all is well: %q", got)
	}
	late := slices.Concat(fine, []catalog.Follower{{Name: "far", Active: true, Lag: 2 * time.Minute, Bytes: 3 << 20}, {Slot: true, Name: "dead", Bytes: 5 << 30}})
	want := "Everything that is written also goes to:\n\n    far is 2 minutes behind (3.0 MB)\n    slot dead is not read by anybody, and keeps 5.0 GB of WAL"
	if got := followersInWords(late); got != want {
		t.Errorf("%q", got)
	}
}
