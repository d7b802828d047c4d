// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestMeasureSize(t *testing.T) {
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
			size, err := catalog.MeasureSize(t.Context(), conn, public(name), estimate)
			if err != nil {
				t.Fatal(err)
			}
			return size
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
		if size, err := catalog.MeasureSize(t.Context(), conn, public("gone"), schema.Size{}); err == nil {
			t.Errorf("a table that is not there: %+v", size)
		}
		if size := measure("p"); size.TableBytes == 0 {
			t.Errorf("partitioned: %+v", size)
		}
	})
}
