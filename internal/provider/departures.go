// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// departures are the foreign keys of which this run has decided whether they
// stay. A table can only go once nothing refers to it, but Terraform plans what
// has left the configuration in no order: the table may be asked about before
// the foreign keys that go with it. Its plan then waits for theirs.
type departures struct {
	lock sync.Mutex
	// leaves is false for one that stays.
	leaves map[schema.ColumnName]bool
	// news is closed at every decision and every other sign of life.
	news chan struct{}
	// waiting are the plans that wait; starved reports that since the last news
	// there were so many that no other plan could begin.
	waiting int
	starved bool
}

// quiet is how long nothing happens before a plan stops waiting: there is
// nobody left who could decide, or everybody waits.
const quiet = time.Second

// terraformParallelism is how many resources Terraform plans at a time unless
// it is told otherwise.
const terraformParallelism = 10

func keyOf(fk schema.ForeignKey) schema.ColumnName {
	return schema.ColumnName{Table: fk.Table, Column: fk.Name}
}

// decide registers foreign keys that leave, or stay.
func (d *departures) decide(leave bool, keys ...schema.ForeignKey) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.leaves == nil {
		d.leaves = map[schema.ColumnName]bool{}
	}
	for _, fk := range keys {
		d.leaves[keyOf(fk)] = leave
	}
	d.tell()
}

// alive is told of every read and plan, so that nobody gives up in the middle
// of a run that takes long.
func (d *departures) alive() {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.waiting > 0 {
		d.tell()
	}
}

func (d *departures) tell() {
	d.starved = d.waiting >= terraformParallelism
	if d.news != nil {
		close(d.news)
		d.news = nil
	}
}

// withoutLeaving returns the table as it is once all foreign keys are gone
// that leave with this run. It waits for the decision about those that refer to
// the table. open are those about which nobody can have decided yet, because
// plans that wait hold up all others; they are taken for leaving.
func (d *departures) withoutLeaving(ctx context.Context, table *schema.Table) (left *schema.Table, open []schema.ForeignKey) {
	if table == nil {
		return nil, nil
	}
	open = d.await(ctx, table.ReferencedBy)
	d.lock.Lock()
	defer d.lock.Unlock()
	gone := func(fk schema.ForeignKey) bool {
		return d.leaves[keyOf(fk)] || slices.ContainsFunc(open, func(o schema.ForeignKey) bool { return keyOf(o) == keyOf(fk) })
	}
	without := *table
	without.ReferencedBy = slices.DeleteFunc(slices.Clone(table.ReferencedBy), gone)
	without.ForeignKeys = slices.DeleteFunc(slices.Clone(table.ForeignKeys), gone)
	return &without, open
}

// await waits until it is decided about all keys, or nothing happens any more.
func (d *departures) await(ctx context.Context, keys []schema.ForeignKey) (open []schema.ForeignKey) {
	undecided := func() []schema.ForeignKey {
		return slices.DeleteFunc(slices.Clone(keys), func(fk schema.ForeignKey) bool {
			_, decided := d.leaves[keyOf(fk)]
			return decided
		})
	}
	if decided, starved := d.wait(ctx, func() bool { return len(undecided()) == 0 }); decided || !starved {
		return nil
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	return undecided()
}

// wait waits until something is decided, or nothing happens any more; starved
// says that plans that wait held up all others. It asks under the lock.
func (d *departures) wait(ctx context.Context, isDecided func() bool) (decided, starved bool) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.waiting++
	d.starved = d.starved || d.waiting >= terraformParallelism
	defer func() { d.waiting-- }()
	for {
		if isDecided() {
			return true, false
		}
		if d.news == nil {
			d.news = make(chan struct{})
		}
		news := d.news
		d.lock.Unlock()
		timer := time.NewTimer(quiet)
		var over bool
		select {
		case <-news:
		case <-timer.C:
			over = true
		case <-ctx.Done():
			over = true
		}
		timer.Stop()
		d.lock.Lock()
		if over {
			return isDecided(), d.starved
		}
	}
}

// leave registers an object that goes with this run, or a column of a table.
func (d *departures) leave(object schema.ColumnName) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.leaves == nil {
		d.leaves = map[schema.ColumnName]bool{}
	}
	d.leaves[object] = true
	d.tell()
}

// staying returns those that do not go with this run. It waits for the plans of
// what they belong to; open reports that nobody can have decided yet about some
// of them, because plans that wait hold up all others.
func (d *departures) staying(ctx context.Context, dependents []catalog.Dependent) (left []catalog.Dependent, open bool) {
	remaining := func() []catalog.Dependent {
		return slices.DeleteFunc(slices.Clone(dependents), func(o catalog.Dependent) bool {
			return d.leaves[schema.ColumnName{Table: o.Object}] ||
				o.Column != "" && d.leaves[schema.ColumnName{Table: o.Object, Column: o.Column}]
		})
	}
	_, open = d.wait(ctx, func() bool { return len(remaining()) == 0 })
	d.lock.Lock()
	defer d.lock.Unlock()
	return remaining(), open
}
