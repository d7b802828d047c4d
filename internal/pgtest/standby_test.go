// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func TestStandby(t *testing.T) {
	t.Parallel()
	for _, major := range pgtest.Versions() {
		t.Run(fmt.Sprintf("PostgreSQL %d", major), func(t *testing.T) {
			t.Parallel()
			primary := pgtest.Start(t, major)
			db := primary.Database(t)
			db.Exec(t, `CREATE TABLE t (id int); INSERT INTO t VALUES (1)`)
			standby := pgtest.StartStandby(t, primary)
			db.Exec(t, `INSERT INTO t VALUES (2)`)

			replica, err := pgx.Connect(t.Context(), standby.URL(db.Name))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = replica.Close(t.Context()) })
			await(t, replica, `SELECT pg_is_in_recovery() AND count(*) = 2 FROM t`)
			if _, err := replica.Exec(t.Context(), `SELECT pg_wal_replay_pause()`); err != nil {
				t.Fatal(err)
			}
			await(t, replica, `SELECT pg_get_wal_replay_pause_state() = 'paused'`)
			db.Exec(t, `INSERT INTO t VALUES (3)`)
			var written string
			if err := db.Connect(t).QueryRow(t.Context(), `SELECT pg_current_wal_lsn()::text`).Scan(&written); err != nil {
				t.Fatal(err)
			}
			await(t, replica, `SELECT pg_last_wal_receive_lsn() >= $1::text::pg_lsn`, written)
			var rows int
			if err := replica.QueryRow(t.Context(), `SELECT count(*) FROM t`).Scan(&rows); err != nil {
				t.Fatal(err)
			}
			if rows != 2 {
				t.Errorf("a paused standby went on: %d rows", rows)
			}
		})
	}
}

func await(t *testing.T, conn *pgx.Conn, condition string, arguments ...any) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var holds bool
		if err := conn.QueryRow(t.Context(), condition, arguments...).Scan(&holds); err != nil {
			t.Fatal(err)
		}
		if holds {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never came true: %s", condition)
		}
	}
}
