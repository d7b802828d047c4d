// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestSize(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE TABLE empty (id int PRIMARY KEY, a text);
			CREATE TABLE grown (id int) WITH (autovacuum_enabled = false); INSERT INTO grown SELECT generate_series(1, 1000); ANALYZE grown;
			INSERT INTO grown SELECT generate_series(1, 9000);
			CREATE TABLE loaded (id int) WITH (autovacuum_enabled = false); INSERT INTO loaded SELECT generate_series(1, 10000);
			CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); INSERT INTO p VALUES (1)`)
		conn := db.Connect(t)
		snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		measure := func(name schema.Name) schema.Size {
			t.Helper()
			estimate, found := snapshot.Size(public(name))
			if !found {
				t.Fatalf("%s is missing", name)
			}
			answer, err := catalog.Ask(t.Context(), conn, catalog.Question{Table: public(name), Estimate: estimate})
			if err != nil || !answer.Measured {
				t.Fatalf("%s: %+v, %v", name, answer, err)
			}
			return answer.Size
		}
		if size := measure("empty"); size.Rows != 0 || size.TableBytes != 0 || size.IndexBytes == 0 || size.TotalBytes <= size.IndexBytes {
			t.Errorf("empty: %+v", size)
		}
		if size := measure("grown"); size.Rows < 8_000 || size.Rows > 12_000 || size.TotalBytes < size.TableBytes {
			t.Errorf("grown: %+v", size)
		}
		if size := measure("loaded"); size.Rows != -1 || size.TableBytes < 10_000*30 {
			t.Errorf("loaded: %+v", size)
		}
		if answer, err := catalog.Ask(t.Context(), conn, catalog.Question{Table: public("gone")}); err != nil || answer.Measured {
			t.Errorf("a table that is not there: %+v, %v", answer, err)
		}
		if size := measure("p"); size.TableBytes == 0 {
			t.Errorf("partitioned: %+v", size)
		}
	})
}

// A table that somebody has locked has no size, and is waited for a bounded
// time; what else was asked is answered. The setting that bounds it does not
// outlive the statement.
func TestSizeOfLockedTable(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE TABLE t (id int); CREATE TABLE u (id int); CREATE INDEX u_idx ON u (id)")
		holder, conn := db.Connect(t), db.Connect(t)
		mustExec(t, holder, "BEGIN; LOCK TABLE t")
		answer, err := catalog.Ask(t.Context(), conn, catalog.Question{Table: public("t"), Indexes: []schema.QualifiedName{public("u_idx")}})
		if err != nil || answer.Measured || len(answer.Indexes) != 1 {
			t.Errorf("%+v, %v", answer, err)
		}
		mustExec(t, holder, "ROLLBACK")
		var timeout string
		if err := conn.QueryRow(t.Context(), "SHOW lock_timeout").Scan(&timeout); err != nil || timeout != "0" {
			t.Errorf("%q, %v", timeout, err)
		}
	})
}
