// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/status"
)

// A transition as Terraform leaves it, seen by the command.
func TestStatus(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	stdout, stderr, code := command(t, "status", "-url", db.URL())
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	want(t, stdout, "Nothing is open")

	w := newWorkspace(t, db)
	users := func(column, phase string) string {
		return "resource \"pgphase_table\" \"users\" {\n  name = \"users\"\n  columns = {\n    id = { type = \"bigint\", identity = \"always\" }\n    " + column + "\n  }\n  primary_key = { columns = [\"id\"] }\n" + phase + "}\n"
	}
	renamed := `display_name = { type = "text", replaces = { columns = ["login"] } }`
	apply := func(content string) {
		t.Helper()
		if err := w.Write("main.tf", content); err != nil {
			t.Fatal(err)
		}
		do(t, w, "apply", "-no-color", "-input=false", "-auto-approve")
	}
	apply(users(`login = { type = "text" }`, ""))
	db.Exec(t, "INSERT INTO users (login) SELECT 'u' || n FROM generate_series(1, 100) AS n")
	apply(users(renamed, "  phase = \"migrate\"\n"))

	check := func(code int, arguments ...string) string {
		t.Helper()
		stdout, stderr, got := command(t, append([]string{"status", "-url", db.URL()}, arguments...)...)
		if got != code {
			t.Errorf("%q: exit code %d\n%s", arguments, got, stderr)
		}
		return stdout
	}
	want(t, check(0), "public.users: login -> display_name (column replaced): migrate", "old-style writes: 0 since", "ready for contract", "100 %  public.users  100 rows changed")
	check(exitFound, "-fail-on", "ready")
	check(exitFound, "-fail-on", "open")
	want(t, check(0, "-fail-on", "ready", "-minimum-soak", "24h"), "not ready for contract: it was migrated")

	db.Exec(t, "INSERT INTO users (login) VALUES ('old')")
	var s status.Status
	if err := json.Unmarshal([]byte(check(0, "-json", "-fail-on", "ready")), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Transitions) != 1 || *s.Transitions[0].OldStyleWrites != 1 || s.Transitions[0].Ready || s.Format != status.Format || s.Database != db.Name {
		t.Errorf("%+v", s)
	}
	for _, list := range []any{s.Transitions, s.Backfills, s.Builds, s.Waits} {
		if text, err := json.Marshal(list); err != nil || string(text) == "null" {
			t.Errorf("%s, %v", text, err)
		}
	}
}

// Watching ends with an interrupt, which is no failure.
func TestStatusWatch(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	for _, form := range []string{"-watch", "-json"} {
		ctx, cancel := context.WithCancel(t.Context())
		looked := &looks{until: 3, enough: cancel}
		var stderr bytes.Buffer
		if code := run(ctx, []string{"status", "-url", db.URL(), "-watch", "-interval", "100ms", form}, looked, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d\n%s", form, code, &stderr)
		}
		lines := strings.Count(looked.String(), "Nothing is open")
		if form == "-json" {
			lines = strings.Count(looked.String(), "\n")
		}
		if lines != 3 {
			t.Errorf("%s: %d looks\n%s", form, lines, looked)
		}
		wantNone(t, looked.String(), "\x1b") // this is no terminal
		cancel()
	}
}

// looks is an output that ends the watching after some of them.
type looks struct {
	bytes.Buffer
	count, until int
	enough       func()
}

func (l *looks) Write(text []byte) (int, error) {
	if l.count++; l.count == l.until {
		l.enough()
	}
	return l.Buffer.Write(text)
}
