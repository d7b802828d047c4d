// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// progressStore keeps in the ledger how far a backfill is. A nil one keeps
// nothing; so does one that failed: without it a run that follows reads what is
// done once more, no more than that.
type progressStore struct {
	backfill *backfill
	key      schema.Name
	stored   map[schema.QualifiedName][]ledger.Progress
	failed   atomic.Bool
}

// progressKey is the transition, or the columns where there is none.
func progressKey(fill *planner.Backfill) schema.Name {
	if fill.Transition != "" {
		return fill.Transition
	}
	columns := make([]string, len(fill.Assignments))
	for i, a := range fill.Assignments {
		columns[i] = schema.ColumnName{Table: fill.Table, Column: a.Column}.String()
	}
	return schema.Name(strings.Join(columns, ", "))
}

const mayStore = `
SELECT has_table_privilege(t, 'SELECT') AND has_table_privilege(t, 'INSERT')
	AND has_table_privilege(t, 'UPDATE') AND has_table_privilege(t, 'DELETE')
FROM (SELECT to_regclass($1)) AS progress (t)`

// openStore reads what an earlier run has stored, and returns nil where nothing
// can be. A second pass stores nothing: it has to see the blocks that the first
// one has done.
func (b *backfill) openStore(ctx context.Context, heaps []heap) *progressStore {
	if b.op.Effect.Again {
		return nil
	}
	store, err := b.loadStore(ctx, heaps)
	if err != nil && ctx.Err() == nil && !b.session.Conn().IsClosed() {
		b.warn(ctx, fmt.Errorf("the progress of the backfill is not stored, and an interrupted one would start again: %w", err))
	}
	return store
}

func (b *backfill) loadStore(ctx context.Context, heaps []heap) (*progressStore, error) {
	conn := b.session.Conn()
	exists, err := ledger.Exists(ctx, conn)
	if err != nil || !exists {
		return nil, err
	}
	var may *bool
	progress := ddl.LedgerObject("progress").String()
	if err := conn.QueryRow(ctx, mayStore, pgx.QueryExecModeExec, progress).Scan(&may); err != nil {
		return nil, err
	}
	if may == nil || !*may {
		return nil, fmt.Errorf("the role may not read and write %s", progress)
	}
	store := &progressStore{backfill: b, key: progressKey(b.op.Backfill), stored: map[schema.QualifiedName][]ledger.Progress{}}
	list, err := ledger.LoadProgress(ctx, conn, store.key)
	if err != nil {
		return nil, err
	}
	unfinished := false
	for i, table := range b.tables {
		store.stored[table] = slices.DeleteFunc(slices.Clone(list), func(p ledger.Progress) bool { return p.Relation != table })
		blocks, ranges := store.rest(table, heaps[i])
		unfinished = unfinished || ranges.blocksDone() < blocks
	}
	if !unfinished {
		// It came to its end before. Who asks again wants it done again.
		store.stored = nil
		if len(list) > 0 {
			store.write(ctx, func(ctx context.Context, tx pgx.Tx) error { return ledger.ForgetProgress(ctx, tx, store.key) })
		}
	}
	return store, nil
}

// rest returns how many blocks a table had when its pass began, and what is
// done of them. All ranges are stored before the first batch, so that the
// largest end is that of the table then; what it has got since is no business
// of the pass.
func (s *progressStore) rest(table schema.QualifiedName, h heap) (blocks int64, ranges blockRanges) {
	if s == nil {
		return h.blocks, restoreRanges(nil, h.blocks)
	}
	var valid []ledger.Progress
	for _, p := range s.stored[table] {
		if p.FileNode == h.node && slices.Equal(p.Columns, h.columns) {
			valid = append(valid, p)
			blocks = max(blocks, p.End)
		}
	}
	if len(valid) == 0 {
		return h.blocks, restoreRanges(nil, h.blocks)
	}
	// VACUUM may have cut off empty blocks at the end.
	blocks = min(blocks, h.blocks)
	return blocks, restoreRanges(valid, blocks)
}

// restore is rest, once, and makes the ledger agree with it.
func (s *progressStore) restore(ctx context.Context, table schema.QualifiedName, h heap) (blocks int64, ranges blockRanges) {
	blocks, ranges = s.rest(table, h)
	if s == nil {
		return blocks, ranges
	}
	delete(s.stored, table)
	keep := make([]int64, len(ranges))
	for i, r := range ranges {
		keep[i] = r.first
	}
	s.write(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM pgphase.progress WHERE transition = $1 AND relation = $2 AND first_block <> ALL ($3::bigint[])",
			pgx.QueryExecModeExec, string(s.key), table.String(), keep)
		if err != nil || blocks == 0 {
			return err
		}
		return s.saveAll(ctx, tx, table, h, ranges)
	})
	return blocks, ranges
}

// flush stores what a batch cannot know of itself: how many rows it changed.
func (s *progressStore) flush(ctx context.Context, table schema.QualifiedName, h heap, ranges blockRanges) {
	if s == nil || h.blocks == 0 {
		return
	}
	s.write(ctx, func(ctx context.Context, tx pgx.Tx) error { return s.saveAll(ctx, tx, table, h, ranges) })
}

// forget removes what is stored. Of a transition it stays until that has ended.
func (s *progressStore) forget(ctx context.Context) {
	if s == nil || s.backfill.op.Backfill.Transition != "" {
		return
	}
	s.write(ctx, func(ctx context.Context, tx pgx.Tx) error { return ledger.ForgetProgress(ctx, tx, s.key) })
}

func (s *progressStore) saveAll(ctx context.Context, tx pgx.Tx, table schema.QualifiedName, h heap, ranges blockRanges) error {
	for _, r := range ranges {
		if err := ledger.SaveProgress(ctx, tx, s.progress(table, h, r, r.next)); err != nil {
			return err
		}
	}
	return nil
}

func (s *progressStore) progress(table schema.QualifiedName, h heap, r *blockRange, next int64) ledger.Progress {
	return ledger.Progress{
		Transition: s.key, Relation: table, First: r.first, Next: next, End: r.end,
		FileNode: h.node, Columns: h.columns, RowsChanged: r.changed,
	}
}

// save returns the statement with which a batch stores that it is done, or
// nothing. It names the file that the pass began with: where the table has
// another one by now, what is stored does not count.
func (s *progressStore) save(table schema.QualifiedName, h heap, r *blockRange, next int64) []statement {
	if s == nil || s.failed.Load() {
		return nil
	}
	sql, texts := s.progress(table, h, r, next).Statement()
	parameters := make([][]byte, len(texts))
	for i, text := range texts {
		parameters[i] = []byte(text)
	}
	return []statement{{sql: sql, parameters: parameters}}
}

// write runs a short transaction on another connection than the backfill's.
func (s *progressStore) write(ctx context.Context, statements func(context.Context, pgx.Tx) error) {
	if s.failed.Load() {
		return
	}
	err := s.backfill.session.executor.observe(context.WithoutCancel(ctx), func(ctx context.Context, conn *pgx.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return statements(ctx, tx) })
	})
	if err != nil {
		s.fail(ctx, err)
	}
}

func (s *progressStore) fail(ctx context.Context, err error) {
	if !s.failed.Swap(true) {
		s.backfill.warn(ctx, fmt.Errorf("the progress of the backfill is no longer stored: %w", err))
	}
}
