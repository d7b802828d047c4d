// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import "testing"

// Statement is one statement that a client sent to a database.
type Statement struct {
	SQL         string
	Application string
	PID         string // of the session
}

// Statements returns what clients sent to the database since it was created or
// since [Database.Forget], in order, without what this package sent itself. A
// statement that the server could not parse is not among them: it is logged as
// an error only.
func (db *Database) Statements(t testing.TB) []Statement {
	t.Helper()
	entries, err := db.Server.log.Since(db.mark)
	if err != nil {
		t.Fatal(err)
	}
	var statements []Statement
	for _, entry := range entries {
		sql, ok := entry.Statement()
		if ok && entry.Database == db.Name && entry.Application != ownApplication {
			statements = append(statements, Statement{sql, entry.Application, entry.PID})
		}
	}
	return statements
}

// Forget makes [Database.Statements] begin here.
func (db *Database) Forget(t testing.TB) {
	t.Helper()
	mark, err := db.Server.log.Mark()
	if err != nil {
		t.Fatal(err)
	}
	db.mark = mark
}
