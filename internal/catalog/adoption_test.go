// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// realSchemas are structures of applications that people run, with the first
// major version that accepts them and the number of tables.
var realSchemas = []struct {
	name   string
	since  int
	tables int
}{
	{"adventureworks", 14, 68},
	{"cratesio", 14, 35},
	{"hatchet", 14, 132},
	{"lakekeeper", 15, 49},
	{"pagila", 14, 22},
	{"triggerdev", 14, 86},
}

func realSchema(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "schemas", name+".sql"))
	if err != nil {
		t.Skipf("the collection of real schemas is not here: %v", err)
	}
	return string(text)
}

// Every table of a real schema is read without an error, each column has the
// facts of its type, and what was read canonicalizes to itself.
func TestRealSchemas(t *testing.T) {
	t.Parallel()
	for _, sample := range realSchemas {
		t.Run(sample.name, func(t *testing.T) {
			t.Parallel()
			text := realSchema(t, sample.name)
			pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
				if server.Major < sample.since {
					t.Skipf("%s needs PostgreSQL %d", sample.name, sample.since)
				}
				db := server.Database(t)
				db.Exec(t, text)
				conn := db.Connect(t)
				snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{})
				if err != nil {
					t.Fatal(err)
				}
				if got := len(snapshot.Tables()); got != sample.tables {
					t.Errorf("read %d tables instead of %d", got, sample.tables)
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
