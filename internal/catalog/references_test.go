// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestCanReference(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		for _, test := range []struct {
			referencing, referenced string
			can                     bool
		}{
			{"integer", "bigint", true},
			{"bigint", "integer", true},
			{"varchar(9)", "text", true},
			{"integer", "numeric", true},
			{"numeric", "integer", false},
			{"text", "bigint", false},
			{"uuid", "text", false},
		} {
			refusal, err := catalog.CanReference(t.Context(), conn,
				[]schema.Type{{Text: "bigint"}, {Text: test.referencing}}, []schema.Type{{Text: "bigint"}, {Text: test.referenced}})
			if err != nil {
				t.Fatal(err)
			}
			if (refusal == "") != test.can {
				t.Errorf("%s to %s: %q", test.referencing, test.referenced, refusal)
			}
		}
		// Who may not try does not know.
		role := db.Role(t, "")
		db.Exec(t, "REVOKE TEMPORARY ON DATABASE "+db.Name+" FROM PUBLIC")
		limited, err := connectTo(t, role.URL())
		if err != nil {
			t.Fatal(err)
		}
		refusal, err := catalog.CanReference(t.Context(), limited, []schema.Type{{Text: "text"}}, []schema.Type{{Text: "bigint"}})
		if refusal != "" || err != nil {
			t.Errorf("without TEMPORARY: %q, %v", refusal, err)
		}
	})
}

func TestMissingCollations(t *testing.T) {
	t.Parallel()
	conn := pgtest.Shared(t, pgtest.Newest()).Database(t).Connect(t)
	there, gone := schema.QualifiedName{Name: "C"}, schema.QualifiedName{Schema: "public", Name: "No such"}
	missing, err := catalog.MissingCollations(t.Context(), conn, []schema.QualifiedName{there, gone, {Schema: "pg_catalog", Name: "POSIX"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]schema.QualifiedName{gone}, missing); diff != "" {
		t.Error(diff)
	}
}
