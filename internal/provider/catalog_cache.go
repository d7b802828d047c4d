// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// catalogCache is the one catalog snapshot that all resources of a run read.
// It is loaded when the first of them asks; a write invalidates its table only.
type catalogCache struct {
	mu       sync.Mutex
	snapshot *catalog.Snapshot
	// initial is the first snapshot of the run: what was there before it changed
	// anything.
	initial *catalog.Snapshot
	// made are the tables that this run has created.
	made map[schema.QualifiedName]bool
	// indexes finds the table of an index by its name; made when first used.
	indexes map[schema.QualifiedName]schema.QualifiedName
	// seconds finds tables by the names of their compatibility views; made
	// when first used.
	seconds map[schema.QualifiedName]schema.QualifiedName
	// ledgerMissing reports that the run began without a ledger. It stays true
	// when the run has created one: each plan of a change is made twice, and
	// the second one has to agree with the first.
	ledgerMissing bool
	// stale are tables that were written since.
	stale []schema.QualifiedName
}

// snapshot returns the shared snapshot, up to date with every write of this
// process. Concurrent callers wait for one load.
func (d *database) snapshot(ctx context.Context) (*catalog.Snapshot, error) {
	c := &d.catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snapshot != nil && len(c.stale) == 0 {
		return c.snapshot, nil
	}
	err := d.withConnection(ctx, func(conn *pgx.Conn) error {
		if c.snapshot == nil {
			snapshot, err := catalog.Read(ctx, conn, catalog.Scope{})
			if err != nil {
				return err
			}
			_, exists := snapshot.Ledger()
			c.snapshot, c.initial, c.ledgerMissing = snapshot, snapshot, !exists
			return nil
		}
		fresh, err := catalog.Read(ctx, conn, catalog.Scope{Tables: c.stale})
		if err != nil {
			return err
		}
		c.snapshot = c.snapshot.Merge(c.stale, fresh)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.stale, c.indexes, c.seconds = nil, nil, nil
	return c.snapshot, nil
}

// beganWithoutLedger reports what the first look of this run has found.
func (d *database) beganWithoutLedger(ctx context.Context) bool {
	d.catalog.mu.Lock()
	looked := d.catalog.snapshot != nil
	d.catalog.mu.Unlock()
	if !looked {
		if _, err := d.snapshot(ctx); err != nil {
			return false // the apply that begins like this fails for that reason
		}
	}
	return d.catalog.ledgerMissing
}

// lookup returns the table of an object, or nil where there is none.
func (d *database) lookup(ctx context.Context, r relation) (*schema.Table, error) {
	snapshot, err := d.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	if r.table.IsZero() {
		r.table = d.tableOfIndex(snapshot, r.index)
	}
	return snapshot.Table(d.physicalNow(r.table)), nil
}

func (d *database) tableOfIndex(snapshot *catalog.Snapshot, index schema.QualifiedName) schema.QualifiedName {
	c := &d.catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.indexes == nil {
		c.indexes = map[schema.QualifiedName]schema.QualifiedName{}
		for _, name := range snapshot.Tables() {
			for _, i := range snapshot.Table(name).Indexes {
				c.indexes[i.Name] = name
			}
		}
	}
	return c.indexes[index]
}

// forget marks tables whose catalog entries a write may have changed.
func (d *database) forget(tables ...schema.QualifiedName) {
	c := &d.catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, table := range tables {
		if c.snapshot != nil && !slices.Contains(c.stale, table) {
			c.stale = append(c.stale, table)
		}
	}
}

// readTable reads one table as it is now, on a connection that holds its lock:
// the first of the names that a table has, and nil if none does.
func readTable(ctx context.Context, conn *pgx.Conn, names ...schema.QualifiedName) (*schema.Table, error) {
	snapshot, err := catalog.Read(ctx, conn, catalog.Scope{Tables: names})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if table := snapshot.Table(name); table != nil {
			return table, nil
		}
	}
	return nil, nil //nolint:nilnil // documented: there is no such table
}

// withConnection lends a connection of the pool.
func (d *database) withConnection(ctx context.Context, use func(*pgx.Conn) error) error {
	pool, err := d.pool(ctx)
	if err != nil {
		return err
	}
	pooled, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("take a connection: %w", err)
	}
	defer pooled.Release()
	return use(pooled.Conn())
}
