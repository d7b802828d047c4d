// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of a test for something that must happen.
const patience = 30 * time.Second

// bundle is a database with the table public.items and an executor on it.
type bundle struct {
	db       *pgtest.Database
	executor *Executor
	observer *recorder
	conn     *pgx.Conn // the application's
}

var items = schema.QualifiedName{Schema: "public", Name: "items"}

// setup makes public.items with rows 1 to the given number.
func setup(t *testing.T, server *pgtest.Server, rows int, settings Settings) *bundle {
	t.Helper()
	db := server.Database(t)
	b := &bundle{db: db, observer: &recorder{}}
	settings.Observer = b.observer
	b.conn = db.Connect(t)
	b.exec(t, "CREATE TABLE public.items (id int PRIMARY KEY, label text, twin int) WITH (autovacuum_enabled = false)")
	if rows > 0 {
		b.exec(t, "INSERT INTO public.items SELECT i, 'item ' || i FROM generate_series(1, $1::int) i", rows)
	}
	b.executor = newExecutor(t, db, settings)
	return b
}

func newExecutor(t *testing.T, db *pgtest.Database, settings Settings, options ...func(*pgxpool.Config)) *Executor {
	t.Helper()
	config, err := pgxpool.ParseConfig(db.URL())
	if err != nil {
		t.Fatal(err)
	}
	ConfigurePool(config)
	ReserveWorkers(config, settings.Workers)
	for _, option := range options {
		option(config)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return New(pool, settings)
}

func (b *bundle) lock(t *testing.T) *Session {
	t.Helper()
	session, err := b.executor.Lock(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// run locks the table, runs the operations and gives the lock back.
func (b *bundle) run(ctx context.Context, operations ...planner.Operation) error {
	session, err := b.executor.Lock(ctx, items)
	if err != nil {
		return err
	}
	defer session.Close()
	return session.Run(ctx, operations)
}

func (b *bundle) exec(t *testing.T, sql string, arguments ...any) {
	t.Helper()
	if _, err := b.conn.Exec(t.Context(), sql, arguments...); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}

func (b *bundle) number(t *testing.T, query string) int {
	t.Helper()
	return number(t, b.conn, query)
}

func number(t *testing.T, conn *pgx.Conn, query string, arguments ...any) int {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), query, arguments...).Scan(&n); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return n
}

// eventually waits until a query returns the number.
func eventually(t *testing.T, conn *pgx.Conn, want int, query string, arguments ...any) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		got := number(t, conn, query, arguments...)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d, want %d:\n%s", got, want, query)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// ours counts sessions of the executor that run a statement or hold a
// transaction, the one that asks not included.
const ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '" + ApplicationName + "' AND state <> 'idle'"

// reader is another session with a transaction on public.items.
func (b *bundle) reader(t *testing.T, sql string) *pgx.Conn {
	t.Helper()
	conn := b.db.Connect(t)
	for _, statement := range []string{"SET application_name = 'report'", "BEGIN", sql} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
	return conn
}

const readOne = "SELECT * FROM public.items LIMIT 1"

func end(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil {
		t.Error(err)
	}
}

// addColumn is a Brief operation under ACCESS EXCLUSIVE.
func addColumn(name string) planner.Operation {
	return brief("ALTER TABLE public.items ADD COLUMN " + name + " int")
}

func brief(statements ...string) planner.Operation {
	return planner.Operation{
		Class: planner.Brief, Statements: statements,
		Locks: []planner.Lock{{Mode: schema.AccessExclusive, Table: items}},
	}
}

// recorder is an Observer that remembers.
type recorder struct {
	mu       sync.Mutex
	attempts []Attempt
	blocked  []Blocked
	progress []Progress
	warnings []Warning
	finished []Finish
}

var _ Observer = (*recorder)(nil)

func (r *recorder) OnAttempt(_ context.Context, a Attempt) { record(r, &r.attempts, a) }
func (r *recorder) OnBlocked(_ context.Context, b Blocked) { record(r, &r.blocked, b) }
func (r *recorder) OnProgress(_ context.Context, p Progress) {
	record(r, &r.progress, p)
}

func (r *recorder) OnWarning(_ context.Context, w Warning) {
	record(r, &r.warnings, w)
}
func (r *recorder) OnFinish(_ context.Context, f Finish) { record(r, &r.finished, f) }

func record[E any](r *recorder, list *[]E, event E) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, event)
}

func events[E any](r *recorder, list *[]E) []E {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(*list)
}

func connectTo(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
