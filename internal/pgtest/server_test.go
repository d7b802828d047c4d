// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func TestEachVersion(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		if server.VersionNum/10000 != server.Major {
			t.Errorf("server_version_num %d of PostgreSQL %d", server.VersionNum, server.Major)
		}
		if again := pgtest.Shared(t, server.Major); again != server {
			t.Error("a second server of the same version was started")
		}
		db := server.Database(t)
		conn := db.Connect(t)
		got := map[string]string{}
		for name := range expectedSettings {
			var value string
			if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value); err != nil {
				t.Fatal(err)
			}
			got[name] = value
		}
		if diff := cmp.Diff(expectedSettings, got); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
		for _, extension := range []string{"btree_gin", "btree_gist", "citext", "hstore", "pg_stat_statements", "pg_trgm", "pgcrypto", "pgstattuple", "uuid-ossp"} {
			if _, err := conn.Exec(t.Context(), "CREATE EXTENSION "+pgx.Identifier{extension}.Sanitize()); err != nil {
				t.Errorf("extension %s: %v", extension, err)
			}
		}
	})
}

var expectedSettings = map[string]string{
	"TimeZone":                  "UTC",
	"fsync":                     "off",
	"synchronous_commit":        "on",
	"autovacuum":                "on",
	"max_connections":           "200",
	"shared_buffers":            "64MB",
	"wal_level":                 "logical",
	"server_encoding":           "UTF8",
	"max_prepared_transactions": "10",
}

func TestDatabasesSortByCodePoint(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		var sorted, lower string
		err := conn.QueryRow(t.Context(), `SELECT string_agg(v, '' ORDER BY v), lower('Ä') FROM (VALUES ('a'), ('B'), ('ä')) AS v(v)`).Scan(&sorted, &lower)
		if err != nil {
			t.Fatal(err)
		}
		if sorted != "Baä" || lower != "ä" {
			t.Errorf("sorted %q, lower %q", sorted, lower)
		}
	})
}

func TestRestart(t *testing.T) {
	t.Parallel()
	for _, mode := range []pgtest.ShutdownMode{pgtest.Fast, pgtest.Immediate, pgtest.Crash} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			server := pgtest.Start(t, pgtest.Newest(), pgtest.Setting("work_mem", "5MB"))
			db := server.Database(t)
			db.Exec(t, `CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)`)

			if err := server.Halt(t.Context(), mode); err != nil {
				t.Fatal(err)
			}
			if conn, err := pgx.Connect(t.Context(), db.URL()); err == nil {
				_ = conn.Close(t.Context())
				t.Error("a halted server accepts a connection")
			}
			if err := server.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			var rows int
			var memory string
			err := db.Connect(t).QueryRow(t.Context(), `SELECT count(*), current_setting('work_mem') FROM kept`).Scan(&rows, &memory)
			if err != nil {
				t.Fatal(err)
			}
			if rows != 1 || memory != "5MB" {
				t.Errorf("rows %d, work_mem %s", rows, memory)
			}
		})
	}
}

func TestStopRemovesEverything(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, pgtest.Newest())
	if _, err := os.Stat(filepath.Join(server.SocketDir, "data", "PG_VERSION")); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(server.SocketDir); !os.IsNotExist(err) {
		t.Errorf("the server's directory is still there: %v", err)
	}
	if err := server.Stop(); err != nil {
		t.Errorf("second stop: %v", err)
	}
	if err := server.Resume(t.Context()); err == nil {
		t.Error("a stopped server could be resumed")
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t, pgtest.Newest(), pgtest.TLS(),
		pgtest.HostBasedAuthentication("hostssl all postgres 127.0.0.1/32 trust"))
	secure := strings.Replace(server.URL("postgres"), "sslmode=disable", "sslmode=verify-full&sslrootcert="+server.Authority, 1)
	conn, err := pgx.Connect(t.Context(), secure)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var encrypted bool
	if err := conn.QueryRow(t.Context(), `SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`).Scan(&encrypted); err != nil {
		t.Fatal(err)
	}
	if !encrypted {
		t.Error("the session is not encrypted")
	}
	if plain, err := pgx.Connect(t.Context(), server.URL("postgres")); err == nil {
		_ = plain.Close(t.Context())
		t.Error("pg_hba.conf lets an unencrypted session in")
	}
}
