// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestRates(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		read := func() ledger.Rates {
			t.Helper()
			rates, err := ledger.ReadRates(t.Context(), conn)
			if err != nil {
				t.Fatal(err)
			}
			return rates
		}
		if rates := read(); len(rates) != 0 {
			t.Errorf("without a ledger: %v", rates)
		}
		execute(t, conn, ddl.CreateLedger()...)
		if rates := read(); len(rates) != 0 {
			t.Errorf("of an empty history: %v", rates)
		}
		const megabyte = 128 // blocks
		record := func(work ledger.Work, megabytes int64, ran time.Duration, outcome ledger.Ending) {
			t.Helper()
			e := ledger.Entry{Object: "public.t", Statement: "x", Ran: ran, Waited: time.Hour, Outcome: outcome, Work: work, Blocks: megabytes * megabyte}
			if err := ledger.Record(t.Context(), conn, e); err != nil {
				t.Fatal(err)
			}
		}
		// Too small, too short, failed, of unknown size, or no work: none of it counts.
		record(ledger.Scan, 7, time.Second, ledger.Succeeded)
		record(ledger.Scan, 100, 100*time.Millisecond, ledger.Succeeded)
		record(ledger.Scan, 100, time.Second, ledger.Interrupted)
		record(ledger.Scan, 0, time.Second, ledger.Succeeded)
		record("", 100, time.Second, ledger.Succeeded)
		if rates := read(); len(rates) != 0 {
			t.Errorf("of nothing that counts: %v", rates)
		}
		// The latest 15 count, and one that ran beside a backup changes nothing.
		for range 20 {
			record(ledger.Scan, 1000, time.Second, ledger.Succeeded)
		}
		for range 14 {
			record(ledger.Scan, 200, time.Second, ledger.Succeeded)
		}
		record(ledger.Scan, 200, time.Hour, ledger.Succeeded)
		record(ledger.Backfill, 30, 2*time.Second, ledger.Succeeded)
		want := ledger.Rates{
			ledger.Scan:     {BytesPerSecond: 200 << 20, Statements: 15},
			ledger.Backfill: {BytesPerSecond: 15 << 20, Statements: 1},
		}
		if diff := cmp.Diff(want, read()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		// What was long ago was another machine.
		execute(t, conn, "UPDATE pgphase.history SET at = now() - interval '181 days' WHERE work = 'backfill'")
		if _, known := read()[ledger.Backfill]; known {
			t.Error("of half a year ago")
		}
		// A role that may not read the history learns nothing, without an error.
		role := db.Role(t, "")
		execute(t, conn, "SET ROLE "+role.Name)
		if rates := read(); len(rates) != 0 {
			t.Errorf("of a history that may not be read: %v", rates)
		}
		execute(t, conn, "RESET ROLE")
		// A ledger from before there were sizes goes on as it is.
		execute(t, conn, "ALTER TABLE pgphase.history DROP COLUMN work, DROP COLUMN bytes")
		record(ledger.Scan, 100, time.Second, ledger.Succeeded)
		if rates := read(); len(rates) != 0 {
			t.Errorf("without the columns: %v", rates)
		}
		var entries int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pgphase.history").Scan(&entries); err != nil || entries != 42 {
			t.Errorf("%d entries, %v", entries, err)
		}
	})
}

func TestBlocks(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn, holder := db.Connect(t), db.Connect(t)
		execute(t, conn, `CREATE TABLE "T" (id int, filler text)`, `INSERT INTO "T" SELECT n, repeat('x', 5000) FROM generate_series(1, 10) AS n`,
			"CREATE TABLE p (id int) PARTITION BY LIST (id)", "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
			"CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)", "INSERT INTO p VALUES (1), (2)")
		for name, want := range map[schema.Name]int64{"T": 1, "p": 2, "p1": 1, "missing": 0} {
			if got, err := ledger.BlocksOf(t.Context(), conn, schema.QualifiedName{Schema: "public", Name: name}); got != want || err != nil {
				t.Errorf("%s: %d blocks, want %d; %v", name, got, want, err)
			}
		}
		execute(t, holder, "BEGIN", "LOCK TABLE p1")
		if got, err := ledger.BlocksOf(t.Context(), conn, schema.QualifiedName{Schema: "public", Name: "p"}); err == nil {
			t.Errorf("of a table that is locked: %d", got)
		}
		execute(t, holder, "ROLLBACK")
	})
}
