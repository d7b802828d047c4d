// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"errors"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func online(statement string) planner.Operation {
	return planner.Operation{
		Class: planner.Online, Statements: []string{statement},
		Locks:  []planner.Lock{{Mode: schema.ShareUpdateExclusive, Table: items}},
		Effect: planner.Effect{Scans: true},
	}
}

// A role or a database may have timeouts that are made for an application.
func TestOnlineHasNoStatementTimeout(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 3, Settings{BriefTimeout: 50 * time.Millisecond})
		b.exec(t, "ALTER DATABASE "+b.db.Name+" SET statement_timeout = '100ms'")
		if server.Major >= 17 {
			b.exec(t, "ALTER DATABASE "+b.db.Name+" SET transaction_timeout = '100ms'")
		}
		b.exec(t, `
			CREATE FUNCTION public.slowly(i int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN true; END';
			ALTER TABLE public.items ADD CONSTRAINT slow CHECK (public.slowly(id)) NOT VALID`)
		if err := b.run(t.Context(), online("ALTER TABLE public.items VALIDATE CONSTRAINT slow")); err != nil {
			t.Fatal(err)
		}
		if b.number(t, "SELECT count(*) FROM pg_constraint WHERE conname = 'slow' AND convalidated") != 1 {
			t.Error("the constraint is not valid")
		}
	})
}

func TestOnlineReportsWhatViolates(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 3, Settings{})
	b.exec(t, "ALTER TABLE public.items ADD CONSTRAINT small CHECK (id < 3) NOT VALID")
	err := b.run(t.Context(), online("ALTER TABLE public.items VALIDATE CONSTRAINT small"))
	var refused *StatementError
	if !errors.As(err, &refused) || refused.PgError.Code != "23514" || refused.PgError.ConstraintName != "small" {
		t.Fatalf("got %v, want the violated check", err)
	}
}

func TestOnlineWaitsForItsLock(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 3, Settings{
			WeakLockTimeout: 200 * time.Millisecond, LockDeadline: 600 * time.Millisecond, BackoffMin: 50 * time.Millisecond,
		})
		b.exec(t, "ALTER TABLE public.items ADD CONSTRAINT positive CHECK (id > 0) NOT VALID")
		validate := online("ALTER TABLE public.items VALIDATE CONSTRAINT positive")
		other := b.reader(t, "LOCK TABLE public.items IN SHARE UPDATE EXCLUSIVE MODE")
		err := b.run(t.Context(), validate)
		var timeout *LockTimeoutError
		if !errors.As(err, &timeout) || len(timeout.Blockers) != 1 || timeout.Blockers[0].PID != int32(other.PgConn().PID()) {
			t.Fatalf("got %v, want a LockTimeoutError that names the other session", err)
		}
		end(t, other)
		if err := b.run(t.Context(), validate); err != nil {
			t.Fatal(err)
		}
	})
}
