// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// An index of a partitioned table and a partition of it can be new in the same
// run, and nothing says which of both Terraform makes first. Each plan is made
// twice: the second time the other one may be there. What is planned for the
// table therefore does not see the partitions of the same run. They are empty,
// and whichever of both comes second completes the other one.

// initialSnapshot is what was there before this run changed anything; the shared
// snapshot has been read.
func (d *database) initialSnapshot() *catalog.Snapshot {
	d.catalog.mu.Lock()
	defer d.catalog.mu.Unlock()
	return d.catalog.initial
}

// noteMade registers a table that this run has created.
func (d *database) noteMade(table schema.QualifiedName) {
	d.catalog.mu.Lock()
	defer d.catalog.mu.Unlock()
	if d.catalog.made == nil {
		d.catalog.made = map[schema.QualifiedName]bool{}
	}
	d.catalog.made[table] = true
}

// withoutNewPartitions returns a table with the partitions that it had before the
// run.
func (d *database) withoutNewPartitions(table *schema.Table) *schema.Table {
	if table == nil || len(table.Partitions) == 0 {
		return table
	}
	before := *table
	before.Partitions = nil
	if initial := d.initialSnapshot().Table(table.Name); initial != nil {
		before.Partitions = initial.Partitions
	}
	return &before
}

// withoutMadePartitions is the same in an apply: where others were there before,
// all that are there now are seen.
func (d *database) withoutMadePartitions(table *schema.Table) *schema.Table {
	if table == nil || len(table.Partitions) == 0 {
		return table
	}
	if initial := d.initialSnapshot().Table(table.Name); initial != nil && len(initial.Partitions) > 0 {
		return table
	}
	d.catalog.mu.Lock()
	defer d.catalog.mu.Unlock()
	rest := *table
	rest.Partitions = slices.DeleteFunc(slices.Clone(table.Partitions), func(p schema.Partition) bool { return d.catalog.made[p.Name] })
	return &rest
}
