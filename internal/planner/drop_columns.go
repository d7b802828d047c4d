// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// columnDrop is the end of columns that go together: their indexes
// concurrently, their foreign keys each alone, then the columns with the
// constraints on them, each by name.
type columnDrop struct {
	table   schema.Table
	columns []schema.Name
	// before and after are statements of the transaction that drops the
	// columns.
	before, after []string
	hazards       []hazard.ID
}

func (d columnDrop) plan() Plan {
	var plan Plan
	for _, index := range d.table.Indexes {
		if index.Constraint != "" || !intersect(columnsOf(index), d.columns) {
			continue
		}
		drop := dropIndexConcurrently(d.table.Name, index.Name)
		if d.table.Partitioned() {
			drop = dropPartitionedIndex(d.table, index.Name)
		}
		drop.Effect.Drops = true
		drop.Hazards = hazards(append(drop.Hazards, hazard.IndexDropDegradesQueries)...)
		plan.Operations = append(plan.Operations, drop)
	}
	for _, key := range d.table.ForeignKeys {
		if intersect(key.Columns, d.columns) {
			drop := detachForeignKey(d.table.Name, d.table.Partitioned(), key)
			drop.Hazards = hazards(hazard.ColumnDropLocksReferenced, hazard.ForeignKeyDropLosesIntegrity)
			plan.Operations = append(plan.Operations, drop)
		}
	}
	ids := append([]hazard.ID{hazard.ColumnDropDeletesData, hazard.ColumnDropBreaksClients, hazard.ColumnDropHiddenCodeDependency}, d.hazards...)
	statements := slices.Clone(d.before)
	for _, c := range constraintsOf(d.table) {
		if c.names(d.columns) {
			statements = append(statements, ddl.DropConstraint(d.table.Name, c.name))
			ids = append(ids, hazard.ConstraintDropWeakens)
		}
	}
	for _, name := range d.columns {
		if column := d.table.Column(name); column != nil && !column.OwnedSequence.IsZero() {
			ids = append(ids, hazard.SequenceDropOrUntracked)
		}
		statements = append(statements, ddl.DropColumn(d.table.Name, name))
	}
	drop := alterTable(d.table, ids, append(statements, d.after...)...)
	drop.Effect.Drops = true
	plan.Operations = append(plan.Operations, drop)
	return plan
}
