// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// allowance is what a statement may take beyond lock_timeout.
const allowance = 200 * time.Millisecond

// traffic runs a statement again and again and remembers the longest.
type traffic struct {
	stop    context.CancelFunc
	done    sync.WaitGroup
	mu      sync.Mutex
	count   int
	longest time.Duration
	failed  error
}

// startTraffic ends with the test at the latest.
func startTraffic(t testing.TB, db *pgtest.Database, sql string) *traffic {
	t.Helper()
	conn := db.Connect(t)
	ctx, cancel := context.WithCancel(t.Context())
	l := &traffic{stop: cancel}
	l.done.Go(func() {
		for ctx.Err() == nil {
			began := time.Now()
			_, err := conn.Exec(t.Context(), sql)
			took := time.Since(began)
			l.mu.Lock()
			l.count++
			l.longest = max(l.longest, took)
			if err != nil {
				l.failed = fmt.Errorf("%s: %w", sql, err)
				cancel()
			}
			l.mu.Unlock()
		}
	})
	t.Cleanup(func() { l.end() })
	return l
}

func (l *traffic) end() {
	l.stop()
	l.done.Wait()
}

// idleInTransaction reads the table and then forgets to end its transaction.
func idleInTransaction(t testing.TB, db *pgtest.Database, sql string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.URL()+"&application_name=forgetful")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), "BEGIN; "+sql); err != nil {
		t.Fatal(err)
	}
	return conn
}

// A reader that sits idle in transaction holds the apply up, and nobody else:
// no statement waits behind the apply for longer than lock_timeout.
func TestAccIdleReader(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		const lockTimeout = 300 * time.Millisecond
		db := server.Database(t)
		c := newCLI(t, db)
		c.settings = fmt.Sprintf("  lock_timeout = %q\n  deletion_protection = false", lockTimeout)
		s := sequenceNamed(t, "several at once").in("public")
		c.write(s.base + referencedFor("public"))
		c.mustApply()
		s.load(t, db, "public")
		db.Exec(t, "CREATE TABLE elsewhere (id bigint); INSERT INTO p SELECT i, i FROM generate_series(1, 500) AS i")

		reader := idleInTransaction(t, db, "SELECT count(*) FROM t; SELECT count(*) FROM p")
		reads := startTraffic(t, db, "SELECT count(*) FROM t JOIN p USING (id)")
		writes := startTraffic(t, db, "UPDATE t SET b = 'new' WHERE id = 7; UPDATE p SET code = code WHERE id = 7")
		// What the machine itself is slow at counts for nothing.
		control := startTraffic(t, db, "UPDATE elsewhere SET id = 1; SELECT count(*) FROM elsewhere")
		c.write(s.change + referencedFor("public") + strings.ReplaceAll(foreignKey("f", toCode), "app", "public"))
		r := c.start("apply", "-no-color", "-input=false", "-auto-approve")
		conn := db.Connect(t)
		attempts := 0
		await(t, "several attempts", func() bool {
			attempts = lockTimeouts(t, db)
			return attempts >= 3
		})
		select {
		case <-r.ended:
			t.Fatalf("ended while the reader was there:\n%s", r.result.Output)
		default:
		}
		endTransaction(t, reader)
		if output, code := r.wait(); code != 0 {
			t.Fatalf("exit code %d\n%s", code, output)
		}
		control.end()
		for name, l := range map[string]*traffic{"reads": reads, "writes": writes} {
			l.end()
			if l.failed != nil {
				t.Errorf("%s: %v", name, l.failed)
			}
			// An attempt is several steps, each of which a busy machine
			// holds up as it does the one of the control.
			if limit := lockTimeout + allowance + 3*control.longest; l.longest > limit {
				t.Errorf("%s: one of %d took %s, more than %s", name, l.count, l.longest, limit)
			}
		}
		t.Logf("%d attempts; the longest of %d reads %s, of %d writes %s, elsewhere %s", attempts,
			reads.count, reads.longest, writes.count, writes.longest, control.longest)
		c.mustPlanNothing()
		mustLeaveNothing(t, conn)
	})
}

// lockTimeouts counts the attempts that gave up waiting.
func lockTimeouts(t testing.TB, db *pgtest.Database) int {
	t.Helper()
	entries, err := db.Server.Log().Since(0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, entry := range entries {
		if entry.Database == db.Name && entry.Severity == "ERROR" && strings.Contains(entry.Message, "due to lock timeout") {
			n++
		}
	}
	return n
}

func referencedFor(schema string) string { return strings.ReplaceAll(referenced, "app", schema) }

func sequenceNamed(t testing.TB, name string) sequence {
	t.Helper()
	for _, s := range sequences {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("there is no sequence %q", name)
	return sequence{}
}

// After lock_deadline the apply gives up and says who was in the way.
func TestAccGiveUpOnReader(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	c := newCLI(t, db)
	c.settings = "  lock_timeout = \"200ms\"\n  lock_deadline = \"2s\"\n  deletion_protection = false"
	s := sequenceNamed(t, "column/add required").in("public")
	c.write(s.base)
	c.mustApply()
	s.load(t, db, "public")
	reader := idleInTransaction(t, db, "SELECT 'never done' FROM t LIMIT 1")

	c.write(s.change)
	began := time.Now()
	output, code := c.apply()
	if code != 1 {
		t.Fatalf("exit code %d\n%s", code, output)
	}
	t.Logf("gave up after %s", time.Since(began))
	for _, text := range []string{
		"Cannot change public.t: no lock within", fmt.Sprintf("pid %d, user postgres, application \"forgetful\", idle in transaction", reader.PgConn().PID()),
		"SELECT 'never done' FROM t LIMIT 1", "pg_terminate_backend",
	} {
		wantText(t, output, text)
	}
	endTransaction(t, reader)
	c.mustApply()
	c.mustPlanNothing()
	mustLeaveNothing(t, db.Connect(t))
}
