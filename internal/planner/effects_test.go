// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Every effect is read back as it was.
func TestParseEffect(t *testing.T) {
	t.Parallel()
	for bits := range 1 << 11 {
		bit := func(n int) bool { return bits&(1<<n) != 0 }
		want := planner.Effect{
			Creates: bit(0), Scans: bit(1), Samples: bit(2), BuildsIndex: bit(3),
			Rewrites: bit(4), Updates: bit(5), Again: bit(5) && bit(6), Drops: bit(7),
			CreatesSchema: bit(8), CreatesType: bit(9), CreatesSequence: bit(10),
		}
		got, err := planner.ParseEffect(want.String())
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", want, got, err)
		}
	}
	for _, text := range []string{"", "reads", "scans the table,", "scans the table; drops for good"} {
		if e, err := planner.ParseEffect(text); err == nil {
			t.Errorf("%q is %+v", text, e)
		}
	}
}

func TestParseLocks(t *testing.T) {
	t.Parallel()
	table := func(s, n schema.Name) schema.QualifiedName { return schema.QualifiedName{Schema: s, Name: n} }
	for _, want := range [][]planner.Lock{
		nil,
		{{Mode: schema.AccessExclusive, Table: table("public", "users")}},
		{{Mode: schema.Share, Table: table("a", "b"), Partitions: true}, {Mode: schema.RowExclusive, Table: table("Odd; \"x\" on y", "and its partitions")}},
		{{Mode: schema.ShareRowExclusive, Table: table("public", ` on "; `)}, {Mode: schema.Exclusive, Table: table("s", `"`), Partitions: true}},
	} {
		text := planner.Operation{Locks: want}.Lock()
		got, err := planner.ParseLocks(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
	for _, text := range []string{"SHARE", "EXTREME on public.t", "SHARE on t.t.t", `SHARE on "public.t`} {
		if locks, err := planner.ParseLocks(text); err == nil {
			t.Errorf("%q is %v", text, locks)
		}
	}
}
