// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Who may not read the statistics of others is told that there is something to
// see: their transactions have no age, so that they are not among the old ones.
func TestHiddenSessions(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		role := db.Role(t, "")
		admin := db.Connect(t)
		mustExec(t, admin, "CREATE TABLE t (id int)")
		holder := db.Connect(t)
		mustExec(t, holder, "BEGIN; LOCK TABLE t IN SHARE MODE")
		conn, err := connectTo(t, role.URL())
		if err != nil {
			t.Fatal(err)
		}
		look := func() catalog.Server {
			t.Helper()
			found, err := catalog.ReadServer(t.Context(), conn, 0)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if found := look(); found.Hidden.Sessions < 2 || string(found.Hidden.Role) != role.Name || len(found.Transactions) != 0 {
			t.Errorf("%+v", found)
		}
		mustExec(t, admin, "GRANT pg_read_all_stats TO "+role.Name)
		if found := look(); found.Hidden.Sessions != 0 || len(found.Transactions) != 1 || found.Transactions[0].PID != int(holder.PgConn().PID()) {
			t.Errorf("%+v", found)
		}
		mustExec(t, holder, "ROLLBACK")
	})
}

// A prepared transaction keeps its locks though its session is long gone.
func TestPreparedTransactions(t *testing.T) {
	t.Parallel()
	for _, major := range []int{pgtest.Versions()[0], pgtest.Newest()} {
		db := pgtest.Start(t, major, pgtest.Setting("max_prepared_transactions", "2")).Database(t)
		conn := db.Connect(t)
		mustExec(t, conn, "CREATE TABLE t (id int); CREATE TABLE u (id int)")
		mustExec(t, conn, "BEGIN; INSERT INTO t VALUES (1)")
		mustExec(t, conn, "PREPARE TRANSACTION 'forgotten'")
		found, err := catalog.ReadServer(t.Context(), conn, 0)
		if err != nil || len(found.Transactions) != 1 {
			t.Fatalf("PostgreSQL %d: %+v, %v", major, found, err)
		}
		on, held := found.Transactions[0].On([]schema.QualifiedName{public("t")})
		if text := on.String(); !held || !strings.HasPrefix(text, "a prepared transaction (forgotten, role ") || !strings.HasSuffix(text, ", transaction open for 0s, holds ROW EXCLUSIVE on public.t)") {
			t.Errorf("PostgreSQL %d: %s", major, text)
		}
		if _, held := found.Transactions[0].On([]schema.QualifiedName{public("u")}); held {
			t.Errorf("PostgreSQL %d: of a table that it has not touched", major)
		}
		mustExec(t, conn, "ROLLBACK PREPARED 'forgotten'")
		if found, err := catalog.ReadServer(t.Context(), conn, 0); err != nil || len(found.Transactions) != 0 {
			t.Errorf("PostgreSQL %d: %+v, %v", major, found, err)
		}
	}
}

// An autovacuum that prevents wraparound does not give way, and any other does.
func TestAutovacuumToPreventWraparound(t *testing.T) {
	t.Parallel()
	for _, major := range []int{pgtest.Versions()[0], pgtest.Newest()} {
		server := pgtest.Start(t, major, pgtest.Setting("autovacuum_naptime", "1s"), pgtest.Setting("autovacuum_freeze_max_age", "100000"))
		db := server.Database(t)
		conn := db.Connect(t)
		// About a block every 100 ms.
		const slowly = "(autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0)"
		mustExec(t, conn, "CREATE TABLE old (id int, filler text) WITH "+slowly)
		mustExec(t, conn, "CREATE UNLOGGED TABLE burnt (id int) WITH (autovacuum_enabled = false)")
		mustExec(t, conn, "INSERT INTO old SELECT n, repeat('x', 1000) FROM generate_series(1, 4000) AS n")
		mustExec(t, conn, "DELETE FROM old WHERE id % 2 = 0")
		wait := func(wraparound bool) catalog.Session {
			t.Helper()
			for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
				found, err := catalog.ReadServer(t.Context(), conn, 0)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range found.Transactions {
					if on, held := s.On([]schema.QualifiedName{public("old")}); held && s.Wraparound == wraparound {
						return on
					}
				}
			}
			t.Fatalf("PostgreSQL %d: no autovacuum", major)
			return catalog.Session{}
		}
		if text := wait(false).String(); strings.Contains(text, "wraparound") {
			t.Errorf("PostgreSQL %d: %s", major, text)
		}
		// Each block with an exception handler that writes takes a transaction id. The
		// vacuum that runs is cancelled, so that the next one finds the age.
		mustExec(t, conn, `DO $$ BEGIN FOR i IN 1..110000 LOOP BEGIN INSERT INTO burnt VALUES (i); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$`)
		mustExec(t, conn, "BEGIN; LOCK TABLE old IN SHARE UPDATE EXCLUSIVE MODE; COMMIT")
		if text := wait(true).String(); !strings.Contains(text, "autovacuum to prevent wraparound") || !strings.Contains(text, "holds SHARE UPDATE EXCLUSIVE on public.old") {
			t.Errorf("PostgreSQL %d: %s", major, text)
		}
	}
}

// Everybody sees which tables a subscription fills.
func TestSubscribed(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		role := db.Role(t, "")
		admin := db.Connect(t)
		mustExec(t, admin, "CREATE TABLE filled (id int); CREATE TABLE free (id int)")
		mustExec(t, admin, "CREATE SUBSCRIPTION pgphase_subscribed CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)")
		defer db.Exec(t, "DROP SUBSCRIPTION pgphase_subscribed")
		// What CREATE SUBSCRIPTION writes when it reaches the publisher.
		mustExec(t, admin, "INSERT INTO pg_subscription_rel SELECT oid, 'filled'::regclass, 'r', NULL FROM pg_subscription WHERE subname = 'pgphase_subscribed'")
		conn, err := connectTo(t, role.URL())
		if err != nil {
			t.Fatal(err)
		}
		found, err := catalog.ReadServer(t.Context(), conn, time.Hour)
		if err != nil || len(found.Subscribed) != 1 || found.Subscribed[0].QualifiedName != public("filled") || found.Subscribed[0].Subscription != "pgphase_subscribed" {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
