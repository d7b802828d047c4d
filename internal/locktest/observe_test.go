// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// observation is what one operation did, seen from outside.
type observation struct {
	// tables and indexes that were there before, with the strongest lock.
	tables, indexes map[schema.QualifiedName]schema.LockMode
	// indexTable leads from an index to its table.
	indexTable              map[schema.QualifiedName]schema.QualifiedName
	rewrote, built, scanned bool
}

// patience bounds the wait for a statement that has to be held back.
const patience = 20 * time.Second

// observe runs an operation and looks at it from a second session.
func (b *bench) observe(o planner.Operation) observation {
	b.t.Helper()
	before := b.files(b.eye)
	seen := observation{
		tables: map[schema.QualifiedName]schema.LockMode{}, indexes: map[schema.QualifiedName]schema.LockMode{},
		indexTable: map[schema.QualifiedName]schema.QualifiedName{},
	}
	if o.Class == planner.Concurrent {
		b.runConcurrently(o, &seen)
	} else {
		b.runInTransaction(o, &seen, before)
	}
	if o.Class == planner.Concurrent {
		seen.compareFiles(before, b.files(b.eye))
	}
	return seen
}

// runInTransaction keeps the locks until they are read.
func (b *bench) runInTransaction(o planner.Operation, seen *observation, before map[uint32]file) {
	b.t.Helper()
	ctx := b.t.Context()
	tx, err := b.conn.Begin(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	scans := b.scans(tx, before)
	for _, statement := range o.Statements {
		var args []any
		if o.Class == planner.Batch {
			args = []any{"(0,0)", "(4294967294,0)"}
		}
		if _, err := tx.Exec(ctx, statement, args...); err != nil {
			b.t.Fatalf("%v\n%s", err, statement)
		}
	}
	b.readLocks(seen)
	seen.scanned = b.scans(tx, before) > scans
	seen.compareFiles(before, b.files(tx))
	if err := tx.Commit(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// runConcurrently holds the statement back by a reader with an old snapshot,
// for which builds and drops wait at their end.
func (b *bench) runConcurrently(o planner.Operation, seen *observation) {
	b.t.Helper()
	ctx := b.t.Context()
	blocker := b.db.Connect(b.t)
	exec(b.t, blocker, "BEGIN ISOLATION LEVEL REPEATABLE READ")
	exec(b.t, blocker, "SELECT 1")
	for _, lock := range o.Locks {
		exec(b.t, blocker, "LOCK TABLE "+lock.Table.String()+" IN ACCESS SHARE MODE")
	}
	done := make(chan error, 1)
	go func() {
		_, err := b.conn.Exec(ctx, o.Statements[0])
		done <- err
	}()
	deadline := time.Now().Add(patience)
	for waiting := false; !waiting; {
		select {
		case err := <-done:
			b.t.Fatalf("the statement was not held back: %v\n%s", err, o.Statements[0])
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("the statement does not wait: %s", o.Statements[0])
		}
		err := b.eye.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND locktype = 'virtualxid' AND NOT granted)",
			b.conn.PgConn().PID()).Scan(&waiting)
		if err != nil {
			b.t.Fatal(err)
		}
	}
	b.readLocks(seen)
	if strings.Contains(o.Statements[0], " DETACH PARTITION ") {
		b.watchSecondPhase(o, seen, blocker)
	}
	exec(b.t, blocker, "COMMIT")
	if err := <-done; err != nil {
		b.t.Fatalf("%v\n%s", err, o.Statements[0])
	}
	if err := blocker.Close(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// watchSecondPhase lets go on a concurrent detach that waits for those who use the
// partitioned table, and then for each other table that it asks for.
func (b *bench) watchSecondPhase(o planner.Operation, seen *observation, blocker *pgx.Conn) {
	b.t.Helper()
	held := map[schema.QualifiedName]*pgx.Conn{}
	for _, lock := range o.Locks {
		if lock.Mode == schema.ShareUpdateExclusive {
			continue // the partitioned table
		}
		weak := schema.AccessShare
		if lock.Mode < schema.AccessExclusive {
			weak = schema.RowExclusive
		}
		holder := b.db.Connect(b.t)
		exec(b.t, holder, "BEGIN")
		exec(b.t, holder, "LOCK TABLE "+lock.Table.String()+" IN "+weak.String()+" MODE")
		held[lock.Table] = holder
	}
	exec(b.t, blocker, "COMMIT")
	deadline := time.Now().Add(patience)
	for len(held) > 0 {
		if time.Now().After(deadline) {
			b.t.Fatalf("the statement does not ask for %v: %s", slices.Collect(maps.Keys(held)), o.Statements[0])
		}
		var table schema.QualifiedName
		var mode string
		err := b.eye.QueryRow(b.t.Context(), `SELECT n.nspname, c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE l.pid = $1 AND NOT l.granted`, b.conn.PgConn().PID()).Scan(&table.Schema, &table.Name, &mode)
		switch {
		case errors.Is(err, pgx.ErrNoRows) || err == nil && held[table] == nil:
			time.Sleep(10 * time.Millisecond)
			continue
		case err != nil:
			b.t.Fatal(err)
		}
		lock, err := schema.ParseLockMode(mode)
		if err != nil {
			b.t.Fatal(err)
		}
		b.readLocks(seen)
		seen.tables[table] = lock
		exec(b.t, held[table], "COMMIT")
		if err := held[table].Close(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		delete(held, table)
	}
	exec(b.t, blocker, "BEGIN")
}

// readLocks collects the locks of the session under test. What it made in its
// transaction is not visible from here, as wanted: nobody can wait for it.
func (b *bench) readLocks(seen *observation) {
	b.t.Helper()
	rows, err := b.eye.Query(b.t.Context(), `
		SELECT n.nspname, c.relname, c.relkind::text, l.mode, coalesce(tn.nspname, ''), coalesce(tc.relname, '')
		FROM pg_locks l
		JOIN pg_class c ON c.oid = l.relation
		JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_index i ON i.indexrelid = c.oid
		LEFT JOIN pg_class tc ON tc.oid = i.indrelid
		LEFT JOIN pg_namespace tn ON tn.oid = tc.relnamespace
		WHERE l.locktype = 'relation' AND l.granted AND l.pid = $1
		  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		  AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'pgphase') AND c.relkind IN ('r', 'p', 'v', 'i', 'I')`,
		b.conn.PgConn().PID())
	if err != nil {
		b.t.Fatal(err)
	}
	var name, table schema.QualifiedName
	var kind, text string
	_, err = pgx.ForEachRow(rows, []any{&name.Schema, &name.Name, &kind, &text, &table.Schema, &table.Name}, func() error {
		mode, err := schema.ParseLockMode(text)
		if err != nil {
			return err
		}
		into := seen.tables
		if strings.EqualFold(kind, "i") {
			into = seen.indexes
			seen.indexTable[name] = table
		}
		into[name] = max(into[name], mode)
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// file is where a relation is stored.
type file struct {
	kind  string
	node  uint32
	table uint32 // of an index
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// files are all tables and indexes, by oid.
func (b *bench) files(q querier) map[uint32]file {
	b.t.Helper()
	rows, err := q.Query(b.t.Context(), `
		SELECT c.oid, c.relkind::text, coalesce(pg_relation_filenode(c.oid), 0), coalesce(i.indrelid, 0)
		FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
		WHERE c.relkind IN ('r', 'i') AND c.relnamespace = 'public'::regnamespace`)
	if err != nil {
		b.t.Fatal(err)
	}
	files := map[uint32]file{}
	var oid uint32
	var f file
	if _, err := pgx.ForEachRow(rows, []any{&oid, &f.kind, &f.node, &f.table}, func() error {
		files[oid] = f
		return nil
	}); err != nil {
		b.t.Fatal(err)
	}
	return files
}

// compareFiles finds tables that were written anew, and indexes of tables that
// were there before in files that were not: ALTER TYPE makes indexes anew that
// keep their file.
func (o *observation) compareFiles(before, after map[uint32]file) {
	known := map[uint32]bool{}
	for _, f := range before {
		known[f.node] = true
	}
	for oid, f := range after {
		_, old := before[oid]
		_, oldTable := before[f.table]
		switch {
		case f.kind == "r" && old && !known[f.node]:
			o.rewrote = true
		case f.kind == "i" && oldTable && !known[f.node]:
			o.built = true
		}
	}
}

// scans counts the sequential scans of the transaction on tables that were
// there before it.
func (b *bench) scans(q querier, before map[uint32]file) (count int64) {
	b.t.Helper()
	var oids []uint32
	for oid, f := range before {
		if f.kind == "r" {
			oids = append(oids, oid)
		}
	}
	err := q.QueryRow(b.t.Context(), "SELECT coalesce(sum(seq_scan), 0)::bigint FROM pg_stat_xact_all_tables WHERE relid = ANY ($1)", oids).Scan(&count)
	if err != nil {
		b.t.Fatal(err)
	}
	return count
}

// compare reports each difference between what was declared and what was seen.
func compare(t *testing.T, o planner.Operation, declared map[schema.QualifiedName]schema.LockMode, seen observation) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s\n  %s", fmt.Sprintf(format, args...), strings.Join(o.Statements, ";\n  "))
	}
	for name, mode := range declared {
		if index, isIndex := seen.indexes[name]; isIndex {
			if index != mode {
				fail("declared %v on index %s, observed %v", mode, name, index)
			}
		} else if seen.tables[name] != mode {
			fail("declared %v on %s, observed %v", mode, name, seen.tables[name])
		}
	}
	for name, mode := range seen.tables {
		if mode > schema.AccessShare && declared[name] == schema.NoLock {
			fail("observed %v on %s, declared none", mode, name)
		}
	}
	// Who may use the table but not its index has to wait as well.
	for name, mode := range seen.indexes {
		if mode == schema.AccessExclusive && seen.tables[seen.indexTable[name]] < mode && declared[name] == schema.NoLock {
			fail("observed %v on index %s, declared none", mode, name)
		}
	}
	if seen.rewrote != o.Effect.Rewrites {
		fail("declared rewrite %t, observed %t", o.Effect.Rewrites, seen.rewrote)
	}
	if built := o.Effect.BuildsIndex || o.Effect.Rewrites; seen.built && !built || o.Effect.BuildsIndex && !seen.built {
		fail("declared index build %t, observed %t", o.Effect.BuildsIndex, seen.built)
	}
	reads := o.Effect.Scans || o.Effect.BuildsIndex || o.Effect.Rewrites
	if (o.Class == planner.Brief || o.Class == planner.Online) && seen.scanned != reads {
		fail("declared scan %t, observed %t", reads, seen.scanned)
	}
}

// expand spells the partitions out.
func (b *bench) expand(locks []planner.Lock) map[schema.QualifiedName]schema.LockMode {
	b.t.Helper()
	all := map[schema.QualifiedName]schema.LockMode{}
	for _, lock := range locks {
		all[lock.Table] = max(all[lock.Table], lock.Mode)
		if lock.Partitions {
			for _, name := range b.partitionsOf(lock.Table) {
				all[name] = max(all[name], lock.Mode)
			}
		}
	}
	return all
}

// partitionsOf are the partitions of a table, and theirs.
func (b *bench) partitionsOf(table schema.QualifiedName) []schema.QualifiedName {
	b.t.Helper()
	rows, err := b.eye.Query(b.t.Context(), `
		SELECT n.nspname AS schema, c.relname AS name
		FROM pg_partition_tree(to_regclass($1)) AS t JOIN pg_class AS c ON c.oid = t.relid JOIN pg_namespace AS n ON n.oid = c.relnamespace
		WHERE t.level > 0`, table.String())
	if err != nil {
		b.t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowToStructByName[schema.QualifiedName])
	if err != nil {
		b.t.Fatal(err)
	}
	return names
}
