// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// What somebody adds by hand is found, of every kind, and nothing else.
func TestUndeclared(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `
		CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, CHECK (email <> ''));
		CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users);
		CREATE INDEX ON orders (user_id);
		CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY);
		CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
		CREATE INDEX ON events (id);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`)
	w := newWorkspace(t, db)
	generateInto(t, w, db)
	do(t, w, "apply", "-no-color", "-input=false", "-auto-approve")
	shown := func(arguments ...string) string {
		path := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(path, []byte(do(t, w, append([]string{"show", "-json"}, arguments...)...)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	state := shown()
	if stdout, stderr, code := command(t, "undeclared", "-url", db.URL(), "-state", state); code != 0 || stdout != "" || stderr != "" {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	db.Exec(t, `
		CREATE SCHEMA other; CREATE TABLE other.t (id int);
		CREATE TABLE legacy (id int);
		ALTER TABLE users ADD extra int, ADD CONSTRAINT by_hand CHECK (id > 0);
		CREATE INDEX users_extra ON users (extra);
		ALTER TABLE orders ADD CONSTRAINT "To self" FOREIGN KEY (id) REFERENCES orders`)
	stdout, stderr, code := command(t, "undeclared", "-url", db.URL(), "-state", state)
	const found = `tables:
  public.legacy

columns:
  public.users.extra

indexes:
  public.users_extra on public.users

constraints:
  public.orders."To self"
  public.users.by_hand
`
	if diff := cmp.Diff(found, stdout); diff != "" || code != exitFound || stderr != "pgphase: 5 objects that nobody declares\n" {
		t.Errorf("exit code %d, %s\n-want +got:\n%s", code, stderr, diff)
	}
	if stdout, _, _ := command(t, "undeclared", "-url", db.URL(), "-state", state, "-schema", "other"); stdout != "tables:\n  other.t\n" {
		t.Errorf("in one schema:\n%s", stdout)
	}
	do(t, w, "plan", "-no-color", "-input=false", "-out=saved")
	if stdout, _, _ := command(t, "undeclared", "-url", db.URL(), "-state", shown("saved")); stdout != found {
		t.Errorf("of a saved plan:\n%s", stdout)
	}
}

func TestUndeclaredBadInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ input, want string }{
		"no JSON":      {"No state.", "not what terraform show -json prints"},
		"another JSON": {"{}", "it has no format_version"},
		"a bad table":  {`{"format_version":"1.0","values":{"root_module":{"resources":[{"mode":"managed","type":"pgphase_table","values":{"id":7}}]}}}`, "cannot be read"},
	} {
		if _, err := readDeclared(bytes.NewReader([]byte(test.input))); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			want(t, err.Error(), test.want)
		}
	}
	if d, err := readDeclared(bytes.NewReader([]byte(`{"format_version":"1.0"}`))); err != nil || len(d.tables) > 0 {
		t.Errorf("an empty state: %v", err)
	}
	if _, stderr, code := command(t, "undeclared"); code != exitUsage {
		want(t, stderr, "-state is missing")
	}
	if _, stderr, code := command(t, "undeclared", "-state", filepath.Join(t.TempDir(), "none")); code != exitFailure {
		want(t, stderr, "none")
	}
}
