// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// assertStable takes an observed table for a desired one: the server must
// print each of its expressions exactly as it did before.
func assertStable(t *testing.T, conn *pgx.Conn, observed schema.Table) {
	t.Helper()
	canonical, refused, err := catalog.Canonicalize(t.Context(), conn, observed, &observed)
	if err != nil {
		t.Fatalf("%s: %v", observed.Name, err)
	}
	for _, e := range refused {
		t.Errorf("%s: %v: %v", observed.Name, e.Path, e)
	}
	ignoreVolatility := cmp.Transformer("text", func(e schema.Expression) [2]string {
		return [2]string{e.Text, e.Canonical}
	})
	if diff := cmp.Diff(observed, canonical, ignoreVolatility); diff != "" {
		t.Errorf("%s does not canonicalize to itself (-observed +canonical):\n%s", observed.Name, diff)
	}
	for _, index := range observed.Indexes {
		canonical, refused, err := catalog.CanonicalizeIndex(t.Context(), conn, observed, index)
		if err != nil {
			t.Fatalf("%s: %v", index.Name, err)
		}
		for _, e := range refused {
			t.Errorf("%s: %v: %v", index.Name, e.Path, e)
		}
		if diff := cmp.Diff(index, canonical, ignoreVolatility); diff != "" {
			t.Errorf("%s does not canonicalize to itself (-observed +canonical):\n%s", index.Name, diff)
		}
	}
}
