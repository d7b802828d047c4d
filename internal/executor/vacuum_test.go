// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// A vacuum of a large table takes hours, and gives up only for a session that
// waits longer than our lock timeout is.
func TestBriefMakesAutovacuumStepAside(t *testing.T) {
	t.Parallel()
	for _, major := range []int{pgtest.Versions()[0], pgtest.Newest()} {
		server := pgtest.Start(t, major, pgtest.Setting("autovacuum_naptime", "1s"))
		b := setup(t, server, 20000, Settings{LockTimeout: 200 * time.Millisecond, LockDeadline: 15 * time.Second})
		b.exec(t, "DELETE FROM public.items WHERE id % 2 = 0")
		// About a block every 100 ms.
		b.exec(t, `ALTER TABLE public.items SET (autovacuum_enabled = true, autovacuum_vacuum_threshold = 0,
			autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)`)
		const vacuums = "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'public.items'::regclass"
		eventually(t, b.conn, 1, vacuums)
		pid := b.number(t, "SELECT pid FROM pg_stat_progress_vacuum WHERE relid = 'public.items'::regclass")
		if err := b.run(t.Context(), addColumn("a")); err != nil {
			t.Fatalf("PostgreSQL %d: %v", major, err)
		}
		blocked := events(b.observer, &b.observer.blocked)
		if len(blocked) == 0 || blocked[0].Blockers[0].PID != int32(pid) || blocked[0].Blockers[0].Backend != "autovacuum worker" {
			t.Errorf("PostgreSQL %d: it was not blocked by the vacuum: %+v", major, blocked)
		}
		if n := len(events(b.observer, &b.observer.attempts)); n > 5 {
			t.Errorf("PostgreSQL %d: %d attempts", major, n)
		}
	}
}
