// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// A build that waits for an old snapshot is a build and a wait; somebody behind a
// table lock is a wait.
func TestWaitsAndBuilds(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE TABLE t (id int); CREATE TABLE u (id int); INSERT INTO t SELECT generate_series(1, 100)")
		holder, builder, waiter, conn := db.Connect(t), db.Connect(t), db.Connect(t), db.Connect(t)
		if waits, err := catalog.Waits(t.Context(), conn, 5); err != nil || len(waits) != 0 {
			t.Errorf("%+v, %v", waits, err)
		}
		if builds, err := catalog.Builds(t.Context(), conn); err != nil || len(builds) != 0 {
			t.Errorf("%+v, %v", builds, err)
		}
		// A write to t keeps the build waiting in its first phase.
		mustExec(t, holder, "SET application_name = 'reports'; BEGIN; LOCK TABLE u IN ACCESS SHARE MODE; INSERT INTO t VALUES (0)")
		ended := make(chan error, 2)
		go func() {
			_, err := builder.Exec(t.Context(), "CREATE INDEX CONCURRENTLY i ON t (id)")
			ended <- err
		}()
		go func() {
			_, err := waiter.Exec(t.Context(), "BEGIN; LOCK TABLE u; COMMIT")
			ended <- err
		}()
		var waits []catalog.Wait
		var builds []catalog.Build
		for len(waits) < 2 || len(builds) < 1 {
			var err error
			if waits, err = catalog.Waits(t.Context(), conn, 5); err != nil {
				t.Fatal(err)
			}
			if builds, err = catalog.Builds(t.Context(), conn); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				t.Fatalf("nobody was in the way: %v", err)
			case <-time.After(10 * time.Millisecond):
			}
		}
		if b := builds[0]; b.PID != int(builder.PgConn().PID()) || b.Table != public("t") || b.Command != "CREATE INDEX CONCURRENTLY" ||
			b.Phase != "waiting for writers before build" || b.Total != 1 || b.Done != 0 || b.Running <= 0 {
			t.Errorf("%+v", b)
		}
		seen := map[int]string{}
		for _, w := range waits {
			if len(w.Blockers) != 1 || w.Blockers[0].PID != int(holder.PgConn().PID()) || w.Blockers[0].Application != "reports" {
				t.Errorf("%+v", w)
			}
			seen[w.PID] = fmt.Sprintf("%s %s", w.Mode, w.Relation)
		}
		if got := seen[int(waiter.PgConn().PID())]; got != schema.AccessExclusive.String()+" public.u" {
			t.Errorf("%q", got)
		}
		if _, waits := seen[int(builder.PgConn().PID())]; !waits {
			t.Errorf("%+v", seen)
		}
		if some, err := catalog.Waits(t.Context(), conn, 1); err != nil || len(some) != 1 {
			t.Errorf("%+v, %v", some, err)
		}
		mustExec(t, holder, "ROLLBACK")
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}
