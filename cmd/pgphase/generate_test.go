// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// command runs pgphase and returns what it wrote.
func command(t *testing.T, arguments ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, report bytes.Buffer
	code = run(t.Context(), arguments, &out, &report)
	return out.String(), report.String(), code
}

func want(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func wantNone(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q should not be in:\n%s", part, text)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		arguments []string
		code      int
		stderr    string
	}{
		{nil, exitUsage, "Usage: pgphase <command>"},
		{[]string{"generat"}, exitUsage, `there is no command "generat"`},
		{[]string{"generate", "-database", "x"}, exitUsage, "-database"},
		{[]string{"generate", "-schema", ""}, exitUsage, "it is empty"},
		{[]string{"generate", "public"}, exitUsage, `"public" is not a flag`},
		{[]string{"status", "-fail-on", "loud"}, exitUsage, "not one of ready, open and never"},
		{[]string{"status", "-watch", "-interval", "1ms"}, exitUsage, "shorter than 100ms"},
		{[]string{"status", "-watch", "-fail-on", "ready"}, exitUsage, "-watch has no end"},
		{[]string{"status", "-minimum-soak", "-1h"}, exitUsage, "negative"},
		{[]string{"status", "-url", "postgresql://u:secret@127.0.0.1:1/db"}, exitFailure, "127.0.0.1"},
		{[]string{"generate", "-url", "mysql://secret@host/db"}, exitFailure, "does not begin with postgresql://"},
		{[]string{"generate", "-url", "postgresql://u:secret@127.0.0.1:1/db"}, exitFailure, "127.0.0.1"},
	} {
		stdout, stderr, code := command(t, test.arguments...)
		if code != test.code || stdout != "" {
			t.Errorf("%q: exit code %d, %q", test.arguments, code, stdout)
		}
		want(t, stderr, test.stderr)
		wantNone(t, stderr, "secret")
	}
	for _, arguments := range [][]string{{"help"}, {"generate", "-help"}, {"review", "-help"}, {"review", "--help"}, {"status", "-help"}} {
		stdout, stderr, code := command(t, arguments...)
		if code != 0 || stderr != "" {
			t.Errorf("%q: exit code %d, %q", arguments, code, stderr)
		}
		want(t, stdout, "Usage: pgphase")
	}
}

func TestGenerateSelection(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `CREATE SCHEMA billing; CREATE SCHEMA "Odd"; CREATE EXTENSION citext; CREATE EXTENSION pg_stat_statements;
		CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);
		CREATE TABLE order_lines (id int); CREATE TABLE billing.orders (id int); CREATE TABLE "Odd"."T" (id int);
		CREATE VIEW billing.v AS SELECT 1; CREATE TABLE schema_migrations (version text)`)
	generated := func(flags ...string) string {
		t.Helper()
		stdout, stderr, code := command(t, append([]string{"generate", "-url", db.URL()}, flags...)...)
		if code != 0 {
			t.Fatalf("%q: exit code %d\n%s", flags, code, stderr)
		}
		return stdout + "\nREPORT\n" + stderr
	}
	refused := func(reason string, flags ...string) {
		t.Helper()
		stdout, stderr, code := command(t, append([]string{"generate", "-url", db.URL()}, flags...)...)
		if code != exitFailure || stdout != "" {
			t.Errorf("%q: exit code %d\n%s", flags, code, stdout)
		}
		want(t, stderr, reason)
	}

	all := generated()
	want(t, all, `"pgphase_table" "orders"`, `"pgphase_table" "billing_orders"`, `"pgphase_table" "t"`, "table = pgphase_table.users.id",
		"public.schema_migrations (Rails, dbmate or golang-migrate)", "\nviews: pgphase does not manage them.\n  billing.v\n", "5 tables with their indexes and foreign keys: 8 resources",
		`"pgphase_schema" "billing"`, "schema = pgphase_schema.odd.name")
	want(t, all, "\nother tools that migrate this database: ", "\n  Rails, dbmate or golang-migrate (public.schema_migrations)\n")
	wantNone(t, all, "does not own", "citext", "pg_stat_statements", `"pgphase_table" "schema_migrations"`)
	tools := generated("-tool-tables")
	want(t, tools, `"pgphase_table" "schema_migrations"`, "6 tables with", "Rails, dbmate or golang-migrate (public.schema_migrations)")
	wantNone(t, tools, "tables of other tools")

	billing := generated("-schema", "billing")
	want(t, billing, `"pgphase_table" "orders"`, "billing.v", "1 table with")
	wantNone(t, billing, "users")
	want(t, generated("-schema", "billing", "-schema", "Odd"), "2 tables")

	some := generated("-table", "orders", "-table", `"Odd"."T"`)
	wantNone(t, some, "pgphase_schema")
	want(t, some, `schema = "Odd"`, `references = { table = "public.users", columns = ["id"] }`, "3 tables")
	wantNone(t, some, "billing.v") // nobody asked for anything but tables
	want(t, generated("-table", "public.order*"), "2 tables")
	want(t, generated("-table", "order?", "-schema", "billing"), "1 table with")

	refused("there is no schema nope", "-schema", "nope")
	refused(`there is no schema "Billing"`, "-schema", "Billing")
	refused("no table in the database matches Orders", "-table", "orders", "-table", "Orders")
	refused("no table in billing matches users", "-schema", "billing", "-table", "users")
}

// A role that may do next to nothing gets the same configuration, and is told
// what it cannot change.
func TestGenerateAsStranger(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `CREATE TABLE users (id int PRIMARY KEY, mail text DEFAULT 'none' CHECK (mail <> '')); CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int)`)
	ours, _, _ := command(t, "generate", "-url", db.URL())
	role := db.Role(t, "")
	stdout, stderr, code := command(t, "generate", "-url", role.URL())
	if code != 0 || stdout != ours {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	want(t, stderr, "does not own: ", "  public.users (", "  hidden.t (")
}

func TestGenerateFiles(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE imports (id int); CREATE TABLE price_override (id int); CREATE TABLE override (id int); CREATE TABLE override_table (id int)")
	dir := filepath.Join(t.TempDir(), "new")
	_, stderr, code := command(t, "generate", "-url", db.URL(), "-out", dir)
	if code != 0 {
		t.Fatal(stderr)
	}
	want(t, stderr, "5 tables with their indexes and foreign keys: 5 resources in "+dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, entry := range entries {
		files = append(files, entry.Name())
	}
	// Terraform merges what is called override into other files.
	if got := strings.Join(files, " "); got != "imports.tf imports_table.tf override_table.tf override_table_table.tf price_override_table.tf users.tf" {
		t.Error(got)
	}
	if err := os.Remove(filepath.Join(dir, "imports.tf")); err != nil {
		t.Fatal(err)
	}
	_, stderr, code = command(t, "generate", "-url", db.URL(), "-out", dir)
	if code != exitFailure {
		t.Errorf("exit code %d", code)
	}
	want(t, stderr, "already has imports_table.tf, override_table.tf, override_table_table.tf, price_override_table.tf, users.tf: nothing was written")
	if _, err := os.Stat(filepath.Join(dir, "imports.tf")); err == nil {
		t.Error("a part was written all the same")
	}
}
