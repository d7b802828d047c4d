// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// shop is a configuration at one time: columns of a table, and what else there
// is.
func shop(columns, rest string) string {
	return fmt.Sprintf(`
resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id = { type = "bigint", identity = "always" }
    %s
  }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
  %s`, columns, rest)
}

const shopIndex = `
resource "pgphase_index" "email" {
  table = pgphase_table.users.id
  name  = "users_email_idx"
  keys  = [{ expression = "lower(email)" }]
}
`

// shopHistory are configurations, applied one after the other.
var shopHistory = []string{
	shop(`email = { type = "text" }`, "}\n"),
	shop(`email = { type = "text", nullable = false, backfill = "'user' || id || '@example.com'" }
    note  = { type = "text", comment = "it's; a $1 note" }`, "checks = { users_email_check = { expression = \"email LIKE '%@%'\" } }\n}\n") + shopIndex,
	shop(`email = { type = "text", nullable = false }
    label = { type = "text", replaces = { columns = ["note"] } }`, "checks = { users_email_check = { expression = \"email LIKE '%@%'\" } }\n  phase = \"expand\"\n}\n") + shopIndex,
	shop(`email = { type = "text", nullable = false }
    label = { type = "text", replaces = { columns = ["note"] } }`, "checks = { users_email_check = { expression = \"email LIKE '%@%'\" } }\n  phase = \"migrate\"\n}\n") + shopIndex,
	shop(`email = { type = "text", nullable = false }
    label = { type = "text", replaces = { columns = ["note"] } }`, "checks = { users_email_check = { expression = \"email LIKE '%@%'\" } }\n  phase = \"contract\"\n}\n") +
		strings.Replace(shopIndex, "lower(email)", "upper(email)", 1),
	shop(`email = { type = "text", nullable = false }
    label = { type = "text" }`, "}\n"),
}

func applyShop(t *testing.T, w *terraform.Workspace, hcl string) {
	t.Helper()
	if err := w.Write("main.tf", hcl); err != nil {
		t.Fatal(err)
	}
	do(t, w, "apply", "-no-color", "-input=false", "-auto-approve")
}

// What applies ran in one database makes the same of another one.
func TestExport(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		if server.Major != pgtest.Newest() && server.Major != 14 && os.Getenv(fullMatrix) == "" {
			t.Skip("the oldest and the newest version are enough; " + fullMatrix + "=1 has all")
		}
		db := server.Database(t)
		w := newWorkspace(t, db)
		settings := fmt.Sprintf("terraform {\n  required_providers {\n    pgphase = { source = \"pgphase/pgphase\" }\n  }\n}\n\nprovider \"pgphase\" {\n  url = %q\n  history = true\n}\n", db.URL())
		if err := w.Write("provider_test.tf", settings); err != nil {
			t.Fatal(err)
		}
		if err := w.Write("main.tf", shopHistory[0]); err != nil {
			t.Fatal(err)
		}
		want(t, do(t, w, "plan", "-no-color", "-input=false"), "CREATE SCHEMA IF NOT EXISTS pgphase", "CREATE TABLE public.users")
		applyShop(t, w, shopHistory[0])
		db.Exec(t, "INSERT INTO users (email) SELECT NULL FROM generate_series(1, 50)")
		directory := filepath.Join(t.TempDir(), "migrations")
		flyway := []string{"export", "-url", db.URL(), "-format", "flyway", "-out", directory}
		if _, stderr, code := command(t, flyway...); code != 0 {
			t.Fatalf("exit code %d\n%s", code, stderr)
		}
		copied := server.Database(t)
		conn := copied.Connect(t)
		done := replay(t, conn, directory, nil)
		copied.Exec(t, "INSERT INTO users (email) SELECT NULL FROM generate_series(1, 50)")
		for _, hcl := range shopHistory[1:] {
			applyShop(t, w, hcl)
		}
		// What was exported stays, and what is new is added.
		stdout, stderr, code := command(t, flyway...)
		if code != 0 || stdout != "" {
			t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
		}
		want(t, stderr, "migrations for flyway in "+directory, "The history ends with entry ", "Left out: 1 operation that only compared values")
		replay(t, conn, directory, done)
		if diff := cmp.Diff(pgtest.PgDump(t, db), pgtest.PgDump(t, copied)); diff != "" {
			t.Errorf("-original +replayed:\n%s", diff)
		}
		const rows = "SELECT string_agg(concat_ws(' ', id, email, label), ', ' ORDER BY id) FROM users"
		if a, b := single(t, db.Connect(t), rows), single(t, conn, rows); a != b || !strings.Contains(a, "user7@example.com") {
			t.Errorf("rows %s\nreplayed %s", a, b)
		}
		for _, format := range []string{"atlas", "dbmate", "golang-migrate", "liquibase", "prisma"} {
			if _, stderr, code := command(t, "export", "-url", db.URL(), "-format", format, "-out", filepath.Join(t.TempDir(), format), "-from", "3"); code != 0 {
				t.Errorf("%s: exit code %d\n%s", format, code, stderr)
			}
		}
	})
}

// replay runs the migrations that were not done yet as Flyway does, in the order
// of their versions, and returns all that are done now.
func replay(t *testing.T, conn *pgx.Conn, directory string, done map[string]bool) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(directory, "V*__*.sql")) // sorted
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d migrations, %v", len(paths), err)
	}
	now := map[string]bool{}
	for _, path := range paths {
		now[path] = true
		if done[path] {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		settings, _ := os.ReadFile(path + ".conf")
		sql := string(content)
		if !strings.Contains(string(settings), "executeInTransaction=false") {
			sql = "BEGIN;\n" + sql + "COMMIT;"
		}
		if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v\n%s", filepath.Base(path), err, sql)
		}
	}
	return now
}

func single(t *testing.T, conn *pgx.Conn, query string) (text string) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestExportBadInput(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	directory := t.TempDir()
	for _, test := range []struct {
		arguments []string
		code      int
		want      string
	}{
		{nil, exitUsage, "-format is missing: atlas, dbmate, flyway"},
		{[]string{"-format", "flyway"}, exitUsage, "-out is missing"},
		{[]string{"-format", "rails", "-out", directory}, exitUsage, "write one of atlas"},
		{[]string{"-format", "flyway", "-out", directory, "-from", "yesterday"}, exitUsage, "no id of the history, nor a time such as"},
		{[]string{"-format", "flyway", "-out", directory, "-url", db.URL()}, exitFailure, "the first apply with history = true"},
	} {
		stdout, stderr, code := command(t, append([]string{"export"}, test.arguments...)...)
		if code != test.code || stdout != "" {
			t.Errorf("%q: exit code %d, %q", test.arguments, code, stdout)
		}
		want(t, stderr, test.want)
	}
}
