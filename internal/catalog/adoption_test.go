// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Every table of a real schema is read without an error, each column has the
// facts of its type, and what was read canonicalizes to itself.
func TestRealSchemas(t *testing.T) {
	t.Parallel()
	for _, sample := range pgtest.RealSchemas {
		t.Run(sample.Name, func(t *testing.T) {
			t.Parallel()
			text := sample.SQL(t)
			pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
				if server.Major < sample.Since {
					t.Skipf("%s needs PostgreSQL %d", sample.Name, sample.Since)
				}
				db := server.Database(t)
				db.Exec(t, text)
				conn := db.Connect(t)
				snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{})
				if err != nil {
					t.Fatal(err)
				}
				if got := len(snapshot.Tables()); got != sample.Tables {
					t.Errorf("read %d tables instead of %d", got, sample.Tables)
				}
				for _, name := range snapshot.Tables() {
					table := snapshot.Table(name)
					for _, column := range table.Columns {
						if column.Type.Facts == nil {
							t.Errorf("%s.%s: the type %s has no facts", name, column.Name, column.Type.Text)
						}
					}
					assertStable(t, conn, *table)
				}
			})
		})
	}
}
