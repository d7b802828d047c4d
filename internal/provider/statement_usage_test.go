// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// What drops something says what still uses it.
func TestAccUsageOfWhatGoes(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Start(t, pgtest.Newest(), pgtest.Setting("shared_preload_libraries", "pg_stat_statements")).Database(t)
	db.Exec(t, "CREATE EXTENSION pg_stat_statements")
	c := newCLI(t, db)
	c.settings = "  deletion_protection = false"
	const index = `
resource "pgphase_index" "name" {
  table = pgphase_table.users.id
  name  = "users_name_idx"
  keys  = [{ column = "user_name" }]
}
`
	users := func(columns, rest string) string {
		return `
resource "pgphase_table" "users" {
  name        = "users"
  columns     = { id = { type = "integer" }, ` + columns + ` }
  primary_key = { columns = ["id"] }
  ` + rest + `
}
`
	}
	c.write(users(`user_name = { type = "text" }`, "") + index)
	c.mustApply()
	// The statistics of a session are there when it has ended.
	application, err := pgx.Connect(t.Context(), db.URL())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"SET enable_seqscan = off", "SELECT id FROM users WHERE user_name = 'a'", "SELECT id FROM users WHERE user_name = 'b'"} {
		if _, err := application.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := application.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	warnings := func(wanted ...string) {
		t.Helper()
		output, code := c.plan()
		if code != 2 {
			t.Fatalf("exit code %d\n%s", code, output)
		}
		unwrapped := strings.Join(strings.Fields(output), " ")
		for _, want := range wanted {
			if !strings.Contains(unwrapped, want) {
				t.Errorf("want %q in\n%s", want, output)
			}
		}
	}
	c.write(users(`user_name = { type = "text" }`, ""))
	warnings("public.users_name_idx will be dropped", "public.users_name_idx was scanned 2 times")
	c.write("")
	warnings("public.users will be dropped", "2 times", "SELECT id FROM users WHERE user_name = $1")

	c.write(users(`name = { type = "text", replaces = { columns = ["user_name"] } }`, `phase = "expand"`))
	c.mustApply()
	c.write(users(`name = { type = "text", replaces = { columns = ["user_name"] } }`, `phase = "contract"`))
	warnings("Use of public.users.user_name before it is dropped", "SELECT id FROM users WHERE user_name = $1")
}
