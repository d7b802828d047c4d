// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Reading does not queue behind an ACCESS EXCLUSIVE lock, and says who holds it.
func TestReadBehindLock(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE TABLE t (id int DEFAULT 1)")
		holder, conn := db.Connect(t), db.Connect(t)
		mustExec(t, holder, "BEGIN; LOCK TABLE t")
		start := time.Now()
		_, err := catalog.Read(t.Context(), conn, catalog.Scope{})
		var locked *catalog.LockedError
		if !errors.As(err, &locked) || len(locked.Holders) != 1 || locked.Holders[0].PID != int(holder.PgConn().PID()) ||
			locked.Holders[0].Locks[0] != (catalog.HeldLock{Mode: schema.AccessExclusive, Relation: public("t")}) {
			t.Errorf("%v", err)
		}
		if waited := time.Since(start); waited > 20*time.Second {
			t.Errorf("waited %s", waited)
		}
		mustExec(t, holder, "COMMIT")
		if _, err := catalog.Read(t.Context(), conn, catalog.Scope{}); err != nil {
			t.Error(err)
		}
	})
}

// Tables come and go while they are read.
func TestReadDuringDDL(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE stays (id int DEFAULT 1)")
	writer, reader := db.Connect(t), db.Connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		rounds := 0
		for ; ctx.Err() == nil; rounds++ {
			_, err := writer.Exec(t.Context(), `CREATE TABLE comes (id int PRIMARY KEY DEFAULT 1, CHECK (id > 0)); CREATE INDEX ON comes ((id + 1));
				ALTER TABLE comes ADD COLUMN a int DEFAULT 2`)
			if err == nil {
				_, err = writer.Exec(t.Context(), "DROP TABLE comes")
			}
			if err != nil {
				t.Error(err)
				break
			}
		}
		done <- rounds
	}()
	for range 25 {
		snapshot, err := catalog.Read(t.Context(), reader, catalog.Scope{})
		if err != nil {
			t.Errorf("%v", err)
			break
		}
		if snapshot.Table(public("stays")) == nil {
			t.Error("a table is missing")
		}
	}
	cancel()
	if rounds := <-done; rounds < 3 {
		t.Errorf("only %d rounds of DDL", rounds)
	}
}
