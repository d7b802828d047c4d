// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Killed at every statement of every sequence and in the middle of each
// concurrent build and drop: the next apply ends where an undisturbed one does,
// and the plan is empty.
func TestKilledAtEachStatement(t *testing.T) {
	t.Parallel()
	var killed atomic.Int64
	t.Cleanup(func() { t.Logf("killed %d times", killed.Load()) })
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for _, s := range slices.Concat(sequencesOf(server.Major), openSequences) {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				db := server.Database(t)
				f := &fault{T: t, db: db, conn: db.Connect(t), sequence: s}
				f.prepare()
				for _, c := range f.cuts() {
					f.interrupt(c)
				}
				f.compare()
				killed.Add(int64(len(f.ends) - 1))
			})
		}
	})
}

// A replacement can be replaced: names that the first one left, on partitions
// for example, are not in the way of the second one.
func TestReplacedAgain(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for _, s := range sequencesOf(server.Major) {
			// Only partitions have sequences that differ between versions.
			if !strings.Contains(s.name, "redefine") || server.Major != pgtest.Newest() && !strings.HasPrefix(s.name, "partitioned/") {
				continue
			}
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				db := server.Database(t)
				db.Exec(t, "CREATE SCHEMA app")
				d := newDirect(t, db.URL())
				d.mustApply(s.base)
				s.load(t, db, "app")
				for range 2 {
					d.mustApply(s.change)
					d.mustPlanNothing(s.change)
					d.mustApply(s.base)
					d.mustPlanNothing(s.base)
				}
				mustLeaveNothing(t, db.Connect(t))
			})
		}
	})
}

// cut is a place in a sequence at which the provider is killed.
type cut struct {
	statement int
	when      moment
	// behind opens a transaction that the statement has to wait for, so that
	// the kill meets it at work: a concurrent build or drop goes through several
	// transactions of its own.
	behind string
}

// fault interrupts one sequence again and again, each time from the same
// beginning: a schema of the same name is filled with the same statements, and
// renamed in the end, so that one dump shows all results.
type fault struct {
	*testing.T
	sequence

	db   *pgtest.Database
	conn *pgx.Conn
	// begin is the base configuration as SQL, and before its state.
	begin   string
	before  *direct
	changes []directChange
	// sent is what an undisturbed apply sends.
	sent []sentStatement
	// ends says of each schema that was kept how it came about.
	ends []string
}

// prepare applies base and change undisturbed, and remembers how.
func (f *fault) prepare() {
	f.Helper()
	f.db.Exec(f, "CREATE SCHEMA app")
	f.db.Forget(f)
	f.before = newDirect(f, f.db.URL())
	f.before.mustApply(f.base)
	f.begin = "CREATE SCHEMA app;"
	for _, s := range committed(f.db.Statements(f)) {
		// They all run in one transaction now.
		f.begin += strings.Replace(s.sql, "INDEX CONCURRENTLY", "INDEX", 1) + ";"
	}
	f.load(f, f.db, "app")
	changes, err := f.before.plan(f.change)
	if err != nil {
		f.Fatal(err)
	}
	f.changes = changes
	f.db.Forget(f)
	d := f.before.fork(f.db.URL())
	if err := d.apply(f.changes); err != nil {
		f.Fatal(err)
	}
	if f.sent = committed(f.db.Statements(f)); len(f.sent) == 0 {
		f.Fatal("the change sends nothing")
	}
	f.finish("undisturbed", d)
}

// cuts are all places at which a kill makes a difference. To be killed before a
// transaction is to be killed after the one before it; within one it is rolled
// back, wherever that is.
func (f *fault) cuts() []cut {
	cuts := []cut{{statement: 0, when: before}}
	for i, s := range f.sent {
		if s.last && i > 0 && !f.sent[i-1].last {
			cuts = append(cuts, cut{statement: i, when: before})
		}
		if s.last {
			cuts = append(cuts, cut{statement: i, when: unheard})
		}
		if !concurrent.MatchString(s.sql) {
			continue
		}
		// A writer keeps it in its first wait, an old snapshot in its last.
		cuts = append(cuts, cut{statement: i, behind: "BEGIN; LOCK TABLE app.t IN ROW EXCLUSIVE MODE"})
		if strings.HasPrefix(s.sql, "CREATE ") {
			cuts = append(cuts, cut{statement: i, behind: "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_catalog.pg_class"})
		}
	}
	if f.db.Server.Major == pgtest.Newest() {
		return cuts
	}
	// The four older versions share their sequences, and the cuts.
	var some []cut
	for i, c := range cuts {
		if i%4 == f.db.Server.Major%4 {
			some = append(some, c)
		}
	}
	return some
}

var concurrent = regexp.MustCompile(`^(?:CREATE|DROP) (?:UNIQUE )?INDEX CONCURRENTLY `)

func (f *fault) describe(c cut) string {
	where := c.when.String()
	if c.behind != "" {
		where = fmt.Sprintf("while %q blocks", c.behind)
	}
	return fmt.Sprintf("killed %s statement %d of %d: %s", where, c.statement+1, len(f.sent), f.sent[c.statement].sql)
}

// interrupt kills the apply at a place, and applies again.
func (f *fault) interrupt(c cut) {
	f.Helper()
	f.db.Exec(f, f.begin)
	f.load(f, f.db, "app")

	blocker := f.db.Connect(f)
	var mu sync.Mutex
	next := 0
	w := newWire(f, f.db.Server, func(sql string) moment {
		mu.Lock()
		defer mu.Unlock()
		if next == len(f.sent) || sql != f.sent[next].sql {
			return passes
		}
		if next++; next-1 != c.statement {
			return passes
		}
		if c.behind != "" {
			if _, err := blocker.Exec(f.Context(), c.behind); err != nil {
				f.Error(err)
			}
		}
		return c.when
	})
	d := f.before.fork(w.url(f.db))
	d.lost = w.isSevered
	done := make(chan error, 1)
	go func() { done <- d.apply(f.changes) }()
	if c.behind == "" {
		select {
		case <-w.stopped:
		case err := <-done:
			f.Fatalf("it ended before it was %s: %v", f.describe(c), err)
		}
	} else {
		f.awaitBlocked(blocker.PgConn().PID(), f.describe(c))
	}
	w.sever()
	<-done //nolint:errcheck // it ends with whatever error its lost connection gives
	// A server takes two seconds to notice the end of its client in the middle
	// of a statement. TestAccKilled waits for that.
	endSessions(f, f.conn)
	if err := blocker.Close(f.Context()); err != nil {
		f.Fatal(err)
	}

	d.settings["url"], d.lost = f.db.URL(), func() bool { return false }
	changes, err := d.plan(f.change)
	if err == nil {
		err = d.apply(changes)
	}
	if err != nil {
		f.Fatalf("%s: the next apply fails: %v", f.describe(c), err)
	}
	f.finish(f.describe(c), d)
}

// finish checks the end of an apply and puts the schema aside.
func (f *fault) finish(how string, d *direct) {
	f.Helper()
	d.mustPlanNothing(f.change)
	if !f.open {
		mustLeaveNothing(f, f.conn)
	}
	if f.Failed() {
		f.Fatal(how)
	}
	f.db.Exec(f, "ALTER SCHEMA app RENAME TO "+keptSchema(len(f.ends)))
	f.ends = append(f.ends, how)
}

func keptSchema(i int) string { return fmt.Sprintf("app_%03d", i) }

var keptName = regexp.MustCompile(`\bapp_\d{3}\b`)

// compare compares all that was kept with the first.
func (f *fault) compare() {
	f.Helper()
	definitions := map[string]string{}
	for paragraph := range strings.SplitSeq(pgtest.PgDump(f, f.db), "\n\n") {
		name := keptName.FindString(paragraph)
		definitions[name] += strings.TrimSpace(strings.ReplaceAll(paragraph, name, "app")) + "\n\n"
	}
	for i, how := range f.ends {
		got, want := definitions[keptSchema(i)], definitions[keptSchema(0)]
		if got != want {
			f.Errorf("%s: the next apply ends with\n%s\ninstead of\n%s", how, got, want)
		}
	}
}

// awaitBlocked waits until a session blocks another one.
func (f *fault) awaitBlocked(pid uint32, what string) {
	f.Helper()
	await(f, what, func() bool {
		var blocks bool
		err := f.conn.QueryRow(f.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND $1 = ANY (pg_blocking_pids(pid)))`, int32(pid)).Scan(&blocks)
		if err != nil {
			f.Fatal(err)
		}
		return blocks
	})
}

// await polls until a condition holds.
func await(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// endSessions ends the provider's sessions on the server, and waits for that.
func endSessions(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	await(t, "the end of the provider's sessions", func() bool {
		var n int
		err := conn.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = $1`, executor.ApplicationName).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n == 0
	})
}

// mustLeaveNothing fails where something is left over of a sequence: what
// nobody declares, or what is not finished. Names that indexes and constraints
// of partitions keep are not: they belong to that of the whole table.
func mustLeaveNothing(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
		SELECT 'index ' || indexrelid::regclass || ' is not finished' FROM pg_index
		WHERE NOT (indisvalid AND indisready AND indislive)
		UNION ALL SELECT 'constraint ' || conname || ' is NOT VALID' FROM pg_constraint WHERE NOT convalidated
		UNION ALL SELECT 'relation ' || oid::regclass FROM pg_class c WHERE relname LIKE '%pgphase%'
		AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = c.oid)
		UNION ALL SELECT 'constraint ' || conname FROM pg_constraint WHERE conname LIKE '%pgphase%' AND conparentid = 0
		UNION ALL SELECT 'comment ' || description FROM pg_description WHERE description LIKE '%pgphase%'
		UNION ALL SELECT 'partition detached' FROM pg_inherits WHERE inhdetachpending
		UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname LIKE '%pgphase%'`)
	if err != nil {
		t.Fatal(err)
	}
	left, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range left {
		t.Errorf("left over: %s", text)
	}
}
