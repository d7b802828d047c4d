// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestRefusedSettings(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		integer, text := resolve(t, conn, "int"), resolve(t, conn, "text")
		desired := schema.Table{
			Name: public("t"),
			Columns: []schema.Column{
				{Name: "a", Type: integer, Storage: "main"},
				{Name: "b", Type: text, Compression: "zip"},
				{Name: "c", Type: text, Compression: "pglz", Storage: "external"},
			},
			Options:    map[string]string{"fillfactor": "5", "autovacuum_enabled": "false", "filfactor": "70", "parallel_workers": "many"},
			Tablespace: "fast",
		}
		refusals := func(observed *schema.Table) map[string]string {
			t.Helper()
			_, refused, err := catalog.Canonicalize(t.Context(), conn, desired, observed)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for _, e := range refused {
				got[strings.Join(e.Path, ".")] = e.Message
			}
			return got
		}
		want := map[string]string{
			"columns.a.storage":        "column data type integer can only have storage PLAIN",
			"columns.b.compression":    `invalid compression method "zip"`,
			"options.fillfactor":       `value 5 out of bounds for option "fillfactor"`,
			"options.filfactor":        `unrecognized parameter "filfactor"`,
			"options.parallel_workers": `invalid value for integer option "parallel_workers": many`,
			"tablespace":               `tablespace "fast" does not exist`,
		}
		if diff := cmp.Diff(want, refusals(nil)); diff != "" {
			t.Error(diff)
		}
		// What the table has is not asked about.
		if diff := cmp.Diff(map[string]string{}, refusals(&desired)); diff != "" {
			t.Error(diff)
		}
		index := schema.Index{
			Name: public("i"), Table: desired.Name, Tablespace: "fast", Keys: []schema.IndexKey{{Column: "a"}},
		}
		_, refused, err := catalog.CanonicalizeIndex(t.Context(), conn, desired, index)
		if err != nil || len(refused) != 1 || refused[0].Message != `tablespace "fast" does not exist` {
			t.Errorf("%v, %v", refused, err)
		}
	})
}
