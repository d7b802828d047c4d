// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// What index_breaks_hot_updates says: an update is heap-only unless an index
// names the column, wherever in its definition; BRIN does not count from
// PostgreSQL 16 on. The planner's answer is whether it finds a new column.
func TestHeapOnlyUpdates(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		const base = "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b integer) WITH (fillfactor = 20); INSERT INTO t SELECT i, i, i FROM generate_series(1, 50) AS i"
		for index, heapOnly := range map[string]bool{
			"SELECT":                                true,
			"CREATE INDEX i ON t (a)":               true,
			"CREATE INDEX i ON t (b)":               false,
			"CREATE INDEX i ON t (a, b)":            false,
			"CREATE INDEX i ON t ((b + 1))":         false,
			"CREATE INDEX i ON t (a) INCLUDE (b)":   false,
			"CREATE INDEX i ON t (a) WHERE b > 0":   false,
			"CREATE INDEX i ON t USING brin (b)":    db.Server.Major >= 16,
			"CREATE INDEX i ON t USING hash (b)":    false,
			"CREATE INDEX i ON t USING brin (a, b)": db.Server.Major >= 16,
		} {
			b := newBench(t, db, lockCase{base: base, want: index})
			if desired := b.want.Index("i"); desired != nil {
				found := false
				for _, column := range planner.NewlyIndexed(b.change.Server, *b.read(), unobserved(*desired), nil) {
					found = found || column == "b"
				}
				if found == heapOnly {
					t.Errorf("%s: the planner takes b for newly indexed: %t", index, found)
				}
			}
			exec(t, b.conn, index)
			exec(t, b.conn, "BEGIN; UPDATE t SET b = b + 1")
			hot := scalar[int64](t, b.conn, "SELECT pg_stat_get_xact_tuples_hot_updated('t'::regclass)")
			exec(t, b.conn, "COMMIT")
			if want := map[bool]int64{true: 50}[heapOnly]; hot != want {
				t.Errorf("%s: %d of 50 updates are heap-only", index, hot)
			}
		}
	})
}

// What index_redundant_or_too_many says: the locks of a query on a table and 15
// indexes have places in the session; before PostgreSQL 18 that of another index
// has none.
func TestPlacesForLocks(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		b := newBench(t, db, lockCase{base: "CREATE TABLE t (id bigint PRIMARY KEY)"})
		shared := func() int {
			exec(t, b.conn, "BEGIN; SELECT * FROM t WHERE id = 1")
			count := scalar[int](t, b.eye, fmt.Sprintf("SELECT count(*) FROM pg_locks WHERE pid = %d AND locktype = 'relation' AND NOT fastpath", b.conn.PgConn().PID()))
			exec(t, b.conn, "COMMIT")
			return count
		}
		for i := range 14 {
			exec(t, b.conn, fmt.Sprintf("CREATE INDEX i%d ON t (id)", i))
		}
		// A strong lock on a table of another test can take a place of this one.
		least := shared()
		for range 20 {
			least = min(least, shared())
		}
		if least != 0 {
			t.Errorf("with 15 indexes, %d locks have no place", least)
		}
		exec(t, b.conn, "CREATE INDEX another ON t (id)")
		if more := shared(); more == 0 && db.Server.Major < 18 {
			t.Error("with 16 indexes, every lock has a place")
		}
	})
}

// The queries that texts give to a reader run as they stand.
func TestQueriesOfTexts(t *testing.T) {
	t.Parallel()
	eachServer(t, func(t *testing.T, db *pgtest.Database) {
		for _, base := range []string{plain + "; CREATE INDEX i ON t (a)", partitions + "; CREATE INDEX i ON t (a)"} {
			b := newBench(t, db, lockCase{base: base})
			table := b.read()
			var texts []string
			for _, plan := range []planner.Plan{
				planner.PlanTableDrop(b.change, *table), planner.PlanColumnDrop(b.change, *table, *table.Column("b")), planner.PlanIndexDrop(b.change, *table, *table.Index("i")),
			} {
				for _, f := range plan.Findings {
					texts = append(texts, f.Detail)
				}
			}
			queries := regexp.MustCompile(`(?m)^  SELECT .*;$`).FindAllString(strings.Join(texts, "\n"), -1)
			if len(queries) != 3 {
				t.Errorf("found %q in\n%s", queries, strings.Join(texts, "\n"))
			}
			for _, query := range queries {
				exec(t, b.conn, query)
			}
		}
	})
}
