// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Updates are counted with those of partitions, and tell which were heap-only.
func TestUpdates(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE TABLE t (a int, b int) PARTITION BY RANGE (a); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
			CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20); CREATE INDEX i ON t (b); CREATE TABLE idle (a int)`)
		writer, err := pgx.Connect(t.Context(), db.URL())
		if err != nil {
			t.Fatal(err)
		}
		// Of four updates two change no column of an index.
		mustExec(t, writer, "INSERT INTO t VALUES (1, 1), (11, 1)")
		mustExec(t, writer, "UPDATE t SET a = a + 1")
		mustExec(t, writer, "UPDATE t SET b = b + 1")
		// The server counts at the latest when the session ends.
		if err := writer.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		conn := db.Connect(t)
		var got catalog.Updates
		want := catalog.Updates{All: 4, HOT: 2}
		for deadline := time.Now().Add(20 * time.Second); got != want && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if got, err = catalog.ReadUpdates(t.Context(), conn, public("t")); err != nil {
				t.Fatal(err)
			}
		}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		for _, name := range []schema.Name{"idle", "missing"} {
			if got, err := catalog.ReadUpdates(t.Context(), conn, public(name)); err != nil || got != (catalog.Updates{}) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	})
}
