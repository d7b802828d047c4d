// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"fmt"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// What is stored by the canonical text is printed as just that text.
func TestCanonicalTextIsStable(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, spellingDDL)
		conn := db.Connect(t)
		users := readTable(t, conn, "public", "users")
		desired := schema.Table{Name: users.Name, Columns: users.Columns}
		name := func(i int) schema.Name { return schema.Name(fmt.Sprintf("c%d", i)) }
		for i, s := range spellings {
			desired.Checks = append(desired.Checks, schema.Check{Name: name(i), Expression: schema.Expression{Text: s.stored}})
		}
		canonical := canonicalize(t, conn, desired, &users)
		for i := range spellings {
			expression := canonical.Check(name(i)).Expression.Canonical
			db.Exec(t, fmt.Sprintf("ALTER TABLE users ADD CONSTRAINT %s CHECK (%s)", name(i), expression))
			index := canonicalizeIndex(t, conn, users, schema.Index{
				Name: schema.QualifiedName{Schema: "public", Name: "w" + name(i)}, Table: users.Name,
				Keys: []schema.IndexKey{{Column: "id"}}, Where: &schema.Expression{Text: spellings[i].stored},
			})
			db.Exec(t, fmt.Sprintf("CREATE INDEX w%s ON users (id) WHERE %s", name(i), index.Where.Canonical))
			desired.Indexes = append(desired.Indexes, index)
		}
		stored := readTable(t, conn, "public", "users")
		for i, s := range spellings {
			if want, got := canonical.Check(name(i)).Expression.Canonical, stored.Check(name(i)).Expression.Canonical; got != want {
				t.Errorf("check %s\ncanonical %s\nstored    %s", s.stored, want, got)
			}
			index := stored.Index("w" + name(i))
			if want, got := desired.Indexes[i].Where.Canonical, index.Where.Canonical; got != want {
				t.Errorf("predicate %s\ncanonical %s\nstored    %s", s.stored, want, got)
			}
		}
	})
}
