// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestStatementUsage(t *testing.T) {
	t.Parallel()
	for _, major := range pgtest.Versions() {
		t.Run(fmt.Sprintf("PostgreSQL %d", major), func(t *testing.T) {
			t.Parallel()
			db := pgtest.Start(t, major, pgtest.Setting("shared_preload_libraries", "pg_stat_statements")).Database(t)
			conn := db.Connect(t)
			read := func(columns ...schema.Name) ([]catalog.StatementUsage, bool) {
				t.Helper()
				statistics, err := catalog.ReadStatementStatistics(t.Context(), conn)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := catalog.Ask(t.Context(), conn, catalog.Question{Statistics: statistics, StatementsOf: "users", StatementColumns: columns})
				if err != nil {
					t.Fatal(err)
				}
				return answer.Statements, statistics.Readable()
			}
			if _, installed := read(); installed {
				t.Error("it is not installed yet")
			}
			db.Exec(t, `CREATE SCHEMA "Statistics"; CREATE EXTENSION pg_stat_statements SCHEMA "Statistics"; CREATE TABLE users (id int, user_name text, name text)`)
			for range 3 {
				mustExec(t, conn, "SELECT user_name\nFROM users WHERE id = 1")
			}
			mustExec(t, conn, "UPDATE public.users SET User_Name = 'x' WHERE id = 2")
			mustExec(t, conn, "ALTER TABLE users ALTER COLUMN user_name SET DEFAULT 'y'")
			mustExec(t, conn, "SELECT name FROM users")
			usage, installed := read("user_name", "other")
			if !installed || len(usage) != 2 || usage[0].Calls != 3 || usage[0].Query != "SELECT user_name FROM users WHERE id = $1" ||
				!strings.HasPrefix(usage[1].Query, "UPDATE public.users") || usage[0].Since.IsZero() || usage[0].Since.After(usage[0].Now) {
				t.Errorf("%v, %+v", installed, usage)
			}
			if usage, _ := read(); len(usage) != 3 {
				t.Errorf("of the table: %+v", usage)
			}
			// Another role sees that there are statements, and not which.
			role := db.Role(t, "")
			other, err := connectTo(t, role.URL())
			if err != nil {
				t.Fatal(err)
			}
			mustExec(t, db.Connect(t), `GRANT USAGE ON SCHEMA "Statistics" TO `+role.Name)
			if statistics, err := catalog.ReadStatementStatistics(t.Context(), other); err != nil || !statistics.Readable() || statistics.Hidden < 4 {
				t.Errorf("%+v, %v", statistics, err)
			}
			mustExec(t, db.Connect(t), `REVOKE ALL ON "Statistics".pg_stat_statements FROM PUBLIC`)
			if statistics, err := catalog.ReadStatementStatistics(t.Context(), other); err != nil || statistics.Readable() || !strings.Contains(statistics.Refused, "permission denied") {
				t.Errorf("%+v, %v", statistics, err)
			}
		})
	}
	t.Run("not loaded", func(t *testing.T) {
		t.Parallel()
		db := pgtest.Shared(t, pgtest.Newest()).Database(t)
		db.Exec(t, "CREATE EXTENSION pg_stat_statements")
		if statistics, err := catalog.ReadStatementStatistics(t.Context(), db.Connect(t)); statistics.Readable() || !strings.Contains(statistics.Refused, "shared_preload_libraries") || err != nil {
			t.Errorf("%+v, %v", statistics, err)
		}
	})
}
