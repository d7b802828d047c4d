// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package status

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return noon.Add(-d) }

func TestText(t *testing.T) {
	t.Parallel()
	migrated := ago(48 * time.Hour)
	s := Status{
		Database: "shop", At: noon,
		Transitions: []Transition{
			{
				Kind: "column replaced", Table: "public.users", Phase: "migrate", Old: []string{"login"}, New: []string{"display_name"}, StartedBy: "deploy",
				ExpandedAt: ago(144 * time.Hour), MigratedAt: &migrated, LookedAt: ago(48 * time.Hour), OldStyleWrites: new(int64(0)), OldStyleWritesTotal: new(int64(1234)), Ready: true,
			},
			{
				Kind: "table renamed", Table: "public.clients", Phase: "expand", Old: []string{"public.clients"}, New: []string{"public.customers"}, StartedBy: "deploy",
				ExpandedAt: ago(time.Minute), Reasons: []string{"it is not migrated yet", "its triggers are missing"},
			},
			{Kind: "column removed", Table: "public.users", Phase: "expand", Old: []string{"fax"}, StartedBy: "x\x1b[2J", ExpandedAt: ago(time.Hour), Ready: true},
		},
		Backfills: []Backfill{
			{Relation: "public.users", BlocksDone: 51, BlocksTotal: 100, RowsChanged: 763032, Running: 7, Left: 6, Idle: 0.1},
			{Relation: "public.orders", BlocksDone: 10, BlocksTotal: 10, RowsChanged: 5, Running: 90},
			{Relation: "public.items", BlocksDone: 1, BlocksTotal: 10, RowsChanged: 5, Running: 90, Idle: 3600, Left: 810},
			{Relation: "public.fresh", BlocksTotal: 10},
		},
		Builds: []Build{
			{PID: 7, Table: "public.users", Index: "public.users_idx", Command: "CREATE INDEX CONCURRENTLY", Phase: "building index: scanning table", Done: 1, Total: 3, Running: 12},
			{PID: 8, Table: "public.users", Command: "REINDEX", Phase: "initializing", Running: 0.1},
		},
		Waits: []Wait{{
			PID: 9, Application: "pgphase", Query: "ALTER TABLE " + strings.Repeat("x", 300), Waiting: 0.3, Lock: "ACCESS EXCLUSIVE on public.users",
			Blockers: []string{"process 12 (app)", "a prepared transaction"},
		}, {PID: 10}},
	}
	want := `shop, 2026-06-01 12:00:00 UTC

Transitions
  public.users: login -> display_name (column replaced): migrate
    expanded 6 days ago by deploy, migrated 2 days ago
    old-style writes: 0 since the last phase (2 days ago), 1,234 since expand
    ready for contract
  public.clients -> public.customers (table renamed): expand
    expanded 60 seconds ago by deploy
    not ready for contract: it is not migrated yet
                            its triggers are missing
  public.users: fax (column removed): expand
    expanded 60 minutes ago by x` + "\ufffd" + `[2J
    ready for contract

Backfills
  ##########..........  51 %  public.users  763,032 rows changed, running for 7 seconds, about 6 seconds left
  #################### 100 %  public.orders  5 rows changed, finished in 90 seconds
  ##..................  10 %  public.items  5 rows changed, stands still since 60 minutes
  ....................   0 %  public.fresh  0 rows changed

Index builds
  ######..............  33 %  public.users_idx on public.users: building index: scanning table, running for 12 seconds (process 7, CREATE INDEX CONCURRENTLY)
                              of public.users: initializing, running for less than a second (process 8, REINDEX)

Waiting for locks
  process 9 (pgphase) waits less than a second for ACCESS EXCLUSIVE on public.users: ALTER TABLE ` + strings.Repeat("x", 88) + `…
    behind process 12 (app)
    behind a prepared transaction
  process 10 waits less than a second
`
	if diff := cmp.Diff(want, s.Text()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := (&Status{Database: "shop", At: noon}).Text(); !strings.Contains(got, "Nothing is open") {
		t.Error(got)
	}
}

// Ranges of several workers are one backfill; what has ended is left out unless
// its transition is open.
func TestBackfills(t *testing.T) {
	t.Parallel()
	table := func(name schema.Name) schema.QualifiedName { return schema.QualifiedName{Schema: "public", Name: name} }
	passes := []ledger.Progress{
		{Transition: "ended", Relation: table("a"), First: 0, Next: 10, End: 10, StartedAt: ago(time.Hour), UpdatedAt: ago(time.Minute)},
		{Transition: "open", Relation: table("b"), First: 0, Next: 10, End: 10, RowsChanged: 3, StartedAt: ago(3 * time.Minute), UpdatedAt: ago(2 * time.Minute)},
		{Transition: "other", Relation: table("c"), First: 0, Next: 5, End: 20, RowsChanged: 1, StartedAt: ago(50 * time.Second), UpdatedAt: ago(10 * time.Second)},
		{Transition: "other", Relation: table("c"), First: 20, Next: 25, End: 40, RowsChanged: 2, StartedAt: ago(40 * time.Second), UpdatedAt: ago(time.Second)},
		{Transition: "other", Relation: table("d"), First: 0, Next: 0, End: 0, StartedAt: ago(time.Second), UpdatedAt: noon},
	}
	got := backfills(passes, map[schema.Name]bool{"open": true}, noon)
	want := []Backfill{
		{Transition: "open", Relation: "public.b", BlocksDone: 10, BlocksTotal: 10, RowsChanged: 3, Running: 60, Idle: 120},
		{Transition: "other", Relation: "public.c", BlocksDone: 10, BlocksTotal: 40, RowsChanged: 3, Running: 49, Idle: 1, Left: 147},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := backfills(nil, nil, noon); got != nil {
		t.Errorf("%+v", got)
	}
}
