// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
)

func TestDatabaseIsDropped(t *testing.T) {
	t.Parallel()
	EachVersion(t, func(t *testing.T, server *Server) {
		var name string
		t.Run("use", func(t *testing.T) {
			db := server.Database(t)
			db.Exec(t, `CREATE TABLE t (id int)`)
			name = db.Name
		})
		var found bool
		err := server.Database(t).Connect(t).QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&found)
		if err != nil {
			t.Fatal(err)
		}
		if found {
			t.Errorf("database %s is still there", name)
		}
	})
}

func TestForgottenSessionIsReported(t *testing.T) {
	t.Parallel()
	server := Shared(t, Newest())
	db := server.Database(t)
	conn, err := pgx.Connect(t.Context(), db.URL()+"&application_name=forgetful")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), `BEGIN`); err != nil {
		t.Fatal(err)
	}
	var leak *LeakError
	if err := db.drop(); !errors.As(err, &leak) {
		t.Fatalf("got %v, want a LeakError", err)
	}
	want := []Session{{Application: "forgetful", State: "idle in transaction", Query: "BEGIN"}}
	if diff := cmp.Diff(want, leak.Sessions, cmpopts.IgnoreFields(Session{}, "PID")); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	EachVersion(t, func(t *testing.T, server *Server) {
		db, other := server.Database(t), server.Database(t)
		conn, foreign := db.Connect(t), other.Connect(t)
		exec := func(conn *pgx.Conn, sql string, arguments ...any) {
			t.Helper()
			if _, err := conn.Exec(t.Context(), sql, arguments...); err != nil {
				t.Fatal(err)
			}
		}
		exec(conn, `SELECT 'before'`)
		db.Forget(t)
		exec(conn, "SELECT 'several\n\tlines: ''LOG:  statement: x'''")
		exec(foreign, `SELECT 'elsewhere'`)
		exec(conn, `SELECT $1::int`, 1)
		if _, err := conn.Exec(t.Context(), `SELECT 1/0`); err == nil {
			t.Fatal("division by zero went well")
		}
		statements := db.Statements(t)
		got := make([]string, 0, len(statements))
		for _, statement := range statements {
			got = append(got, statement.SQL)
		}
		want := []string{"SELECT 'several\n\tlines: ''LOG:  statement: x'''", `SELECT $1::int`, `SELECT 1/0`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
	})
}

func TestParseMajors(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]int{"": {14, 15, 16, 17, 18}, "18, 15,15": {15, 18}} {
		got, err := parseMajors(list)
		if err != nil {
			t.Errorf("%q: %v", list, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", list, diff)
		}
	}
	for _, list := range []string{"13", "all", "15;16"} {
		if _, err := parseMajors(list); err == nil || !strings.HasPrefix(err.Error(), "PGPHASE_TEST_MAJORS: ") {
			t.Errorf("%q: got error %v", list, err)
		}
	}
}
