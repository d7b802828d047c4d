// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

func TestPgDump(t *testing.T) {
	t.Parallel()
	EachVersion(t, func(t *testing.T, server *Server) {
		const schema = `CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL DEFAULT '-- none'); CREATE INDEX ON users (lower(email))`
		first, second, other := server.Database(t), server.Database(t), server.Database(t)
		first.Exec(t, schema)
		second.Exec(t, schema)
		other.Exec(t, schema+` WHERE email <> ''`)

		dump := PgDump(t, first)
		if diff := cmp.Diff(dump, PgDump(t, second)); diff != "" {
			t.Errorf("two databases with one schema:\n%s", diff)
		}
		if dump == PgDump(t, other) {
			t.Errorf("databases with different schemas have the same dump:\n%s", dump)
		}
		restored := server.Database(t)
		restored.Exec(t, dump)
		if diff := cmp.Diff(dump, PgDump(t, restored)); diff != "" {
			t.Errorf("after restoring (-before +after):\n%s", diff)
		}
	})
}

func TestNormalizeDump(t *testing.T) {
	t.Parallel()
	const dump = "--\n-- PostgreSQL database dump\n--\n\n\\restrict x7\n\n-- Dumped from database version 15.18\n" +
		"-- Dumped by pg_dump version 18.6\n\nSET transaction_timeout = 0;\nSET row_security = off;\n\n" +
		"--\n-- Name: f(); Type: FUNCTION; Schema: public; Owner: o\n--\n\n" +
		"CREATE FUNCTION public.f() RETURNS integer\n    LANGUAGE sql\n    AS $$\n-- first\n\n\n--\nSELECT 1\n$$;\n\n\n" +
		"--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict x7\n\n"
	const want = "CREATE FUNCTION public.f() RETURNS integer\n    LANGUAGE sql\n    AS $$\n-- first\n\n\n--\nSELECT 1\n$$;\n"
	if diff := cmp.Diff(want, normalizeDump(dump)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRole(t *testing.T) {
	t.Parallel()
	EachVersion(t, func(t *testing.T, server *Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE TABLE t (id int)`)
		var name string
		t.Run("use", func(t *testing.T) {
			role := db.Role(t, "CONNECTION LIMIT 5")
			name = role.Name
			db.Exec(t, "GRANT SELECT ON t TO "+name)
			conn, err := pgx.Connect(t.Context(), role.URL())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close(t.Context()) }()
			if _, err := conn.Exec(t.Context(), `SELECT FROM t`); err != nil {
				t.Errorf("with the right: %v", err)
			}
			if _, err := conn.Exec(t.Context(), `DELETE FROM t`); err == nil {
				t.Error("the role may do more than it was granted")
			}
		})
		var found bool
		if err := db.Connect(t).QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, name).Scan(&found); err != nil {
			t.Fatal(err)
		}
		if found {
			t.Errorf("role %s is still there", name)
		}
	})
}
