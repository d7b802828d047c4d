// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestTransactionsAndBlockers(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE TABLE t (id int) PARTITION BY LIST (id); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE TABLE u (id int)")
		holder, bystander, waiter, conn := db.Connect(t), db.Connect(t), db.Connect(t), db.Connect(t)
		mustExec(t, holder, "SET application_name = 'reports'; BEGIN; SELECT * FROM t1")
		mustExec(t, bystander, "BEGIN; LOCK TABLE u IN SHARE MODE")

		old := func(older time.Duration) []catalog.Session {
			t.Helper()
			server, err := catalog.ReadServer(t.Context(), conn, older)
			if err != nil {
				t.Fatal(err)
			}
			return server.Transactions
		}
		var found []catalog.Session
		for _, s := range old(0) {
			if on, held := s.On([]schema.QualifiedName{public("t"), public("t1")}); held {
				found = append(found, on)
			}
		}
		if len(found) != 1 || found[0].PID != int(holder.PgConn().PID()) || found[0].Application != "reports" ||
			found[0].State != "idle in transaction" || !strings.Contains(found[0].Query, "SELECT * FROM t1") {
			t.Fatalf("%+v", found)
		}
		if lock := found[0].Locks[0]; lock.Mode != schema.AccessShare || lock.Relation != public("t1") {
			t.Errorf("%+v", found[0].Locks)
		}
		if text := found[0].String(); !strings.Contains(text, "reports") || !strings.Contains(text, "holds ACCESS SHARE on public.t1") {
			t.Error(text)
		}
		if found := old(time.Hour); len(found) != 0 {
			t.Errorf("transactions older than an hour: %+v", found)
		}

		waiting := make(chan error, 1)
		go func() {
			_, err := waiter.Exec(t.Context(), "BEGIN; LOCK TABLE t")
			if err == nil {
				err = errors.New("the lock was granted")
			}
			waiting <- err
		}()
		pid := int(waiter.PgConn().PID())
		for {
			blockers, err := catalog.Blockers(t.Context(), conn, pid)
			if err != nil {
				t.Fatal(err)
			}
			if len(blockers) == 0 {
				select {
				case err := <-waiting:
					t.Fatalf("the waiting session ended: %v", err)
				case <-time.After(10 * time.Millisecond):
				}
				continue
			}
			if len(blockers) != 1 || blockers[0].PID != int(holder.PgConn().PID()) || blockers[0].Locks[0].Relation != public("t1") {
				t.Errorf("%+v", blockers)
			}
			break
		}
		mustExec(t, conn, fmt.Sprintf("SELECT pg_cancel_backend(%d)", pid))
		var cancelled *pgconn.PgError
		if err := <-waiting; !errors.As(err, &cancelled) {
			t.Error(err)
		}
		mustExec(t, holder, "ROLLBACK")
		mustExec(t, bystander, "ROLLBACK")
	})
}

func TestProbe(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2)")
		conn := db.Connect(t)
		answers, err := catalog.Probe(t.Context(), conn, "SELECT 'id = ' || id FROM t ORDER BY id LIMIT 5", time.Minute)
		if err != nil || strings.Join(answers, ", ") != "id = 1, id = 2" {
			t.Errorf("%v, %v", answers, err)
		}
		for query, state := range map[string]string{
			"SELECT pg_sleep(60)::text":       "57014",
			"DELETE FROM t RETURNING 'x'":     "25006",
			"SELECT 'x'; DROP TABLE t":        "42601",
			"SELECT 'x' FROM missing":         "42P01",
			"SELECT nextval('missing')::text": "42P01",
		} {
			_, err := catalog.Probe(t.Context(), conn, query, 200*time.Millisecond)
			var refused *pgconn.PgError
			if !errors.As(err, &refused) || refused.Code != state || conn.PgConn().TxStatus() != 'I' {
				t.Errorf("%s: %v, status %c", query, err, conn.PgConn().TxStatus())
			}
		}
	})
}

// A cancelled caller does not leave a query behind on the server.
func TestCancelled(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	conn := db.Connect(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := catalog.Probe(ctx, conn, "SELECT pg_sleep(60)::text", time.Minute)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %s", err, time.Since(start))
	}
	if _, err := catalog.Read(t.Context(), conn, catalog.Scope{}); err == nil {
		t.Error("a connection in the middle of an answer is used again")
	}
}
