// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// databaseTimeout bounds one step of setting a database up and taking it down.
const databaseTimeout = time.Minute

// Database is a fresh, empty database that belongs to one test.
type Database struct {
	Server *Server
	Name   string

	mark     Mark
	tolerant bool
}

// Database creates a database, which is dropped when the test ends. A session
// that is still there by then fails the test: it is a leak of the code under
// test, or of the test.
func (s *Server) Database(t testing.TB) *Database {
	t.Helper()
	mark, err := s.log.Mark()
	if err != nil {
		t.Fatal(err)
	}
	db := &Database{Server: s, Name: "test_" + strings.ToLower(rand.Text()), mark: mark}
	// template0 has no sessions that could be in the way.
	if err := s.administer(t.Context(), "postgres", "CREATE DATABASE "+db.Name+" TEMPLATE template0"); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.drop(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// URL returns the connection URL, over TCP, as the superuser.
func (db *Database) URL() string { return db.Server.URL(db.Name) }

// Connect opens a session, which is closed when the test ends.
func (db *Database) Connect(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.URL())
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
		defer cancel()
		_ = conn.Close(ctx) // a test may have closed or broken it
	})
	return conn
}

// Exec runs statements, separated by semicolons, in a session of their own.
func (db *Database) Exec(t testing.TB, sql string) {
	t.Helper()
	if err := db.Server.administer(t.Context(), db.Name, sql); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

// TolerateSessions turns the check for forgotten sessions off, for a test that
// kills its client and cannot wait until the server notices.
func (db *Database) TolerateSessions() { db.tolerant = true }

// administer runs SQL as the superuser, over the unix socket, by the simple
// protocol.
func (s *Server) administer(ctx context.Context, database, sql string) error {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	conn, err := s.connect(ctx, database)
	if err != nil {
		return err
	}
	_, err = conn.PgConn().Exec(ctx, sql).ReadAll()
	return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}

func (db *Database) drop() error {
	ctx, cancel := context.WithTimeout(context.Background(), databaseTimeout)
	defer cancel()
	var leaked error
	if !db.tolerant {
		leaked = db.leaks(ctx)
	}
	err := db.Server.administer(ctx, "postgres", "DROP DATABASE IF EXISTS "+db.Name+" WITH (FORCE)")
	if err != nil {
		err = fmt.Errorf("drop database: %w", err)
	}
	return errors.Join(leaked, err)
}
