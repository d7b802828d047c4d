// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// detachPartition makes a partition a table of its own. Only where there is a
// default partition PostgreSQL cannot do that while the whole is in use (55000).
func detachPartition(partition schema.Table) Operation {
	parent := partition.PartitionOf
	o := Operation{
		Class:      Concurrent,
		Statements: []string{ddl.DetachPartitionConcurrently(parent, partition.Name)},
		Locks: []Lock{
			{Mode: schema.AccessExclusive, Table: partition.Name, Partitions: partition.Partitioned()},
			{Mode: schema.ShareUpdateExclusive, Table: parent},
		},
		Hazards: hazards(hazard.IndexConcurrentWaitsOldSnapshots),
	}
	switch {
	case partition.DetachPending:
		o.Statements = []string{ddl.FinalizeDetach(parent, partition.Name)}
	case detachesExclusively(partition):
		o.Class, o.Statements = Brief, []string{ddl.DetachPartition(parent, partition.Name)}
		o.Locks = []Lock{
			{Mode: schema.AccessExclusive, Table: partition.Name, Partitions: partition.Partitioned()},
			{Mode: schema.AccessExclusive, Table: parent},
		}
		if partition.DefaultPartition != partition.Name {
			o.Locks = append(o.Locks, Lock{Mode: schema.AccessExclusive, Table: partition.DefaultPartition})
		}
		o.Hazards = hazards(hazard.PartitionDetachExclusive)
	}
	for _, fk := range partition.ForeignKeys {
		if fk.Inherited && fk.References != parent {
			o.Locks = append(o.Locks, Lock{Mode: schema.ShareRowExclusive, Table: fk.References})
		}
	}
	slices.SortStableFunc(o.Locks, func(a, b Lock) int { return int(b.Mode) - int(a.Mode) })
	return o
}

func detachesExclusively(partition schema.Table) bool {
	return !partition.DefaultPartition.IsZero() && !partition.DetachPending
}

// detach plans the end of a partition, which goes on as a table.
func (p placement) detach() Plan {
	o := p.observed
	plan := Plan{
		Operations: []Operation{detachPartition(o)},
		Ties:       []schema.QualifiedName{o.PartitionOf},
		Findings: []Finding{{
			Severity: hazard.Warning, Path: []string{"partition_of"},
			Summary: fmt.Sprintf("Detaching %s takes its rows out of %s", o.Name, o.PartitionOf),
			Detail:  "The table stays, with all its rows. Queries of the partitioned table do not find them any more.",
		}},
	}
	if detachesExclusively(o) {
		plan.Findings = append(plan.Findings, exclusiveDetach(o))
	}
	return plan
}

// detached is the table as it is afterwards: all that it had from above is its
// own.
func (p placement) detached() schema.Table {
	t := p.observed
	t.PartitionOf, t.PartitionBound, t.DefaultPartition, t.DetachPending = schema.QualifiedName{}, "", schema.QualifiedName{}, false
	t.Columns, t.Checks, t.Uniques = slices.Clone(t.Columns), slices.Clone(t.Checks), slices.Clone(t.Uniques)
	t.ForeignKeys, t.Indexes = slices.Clone(t.ForeignKeys), slices.Clone(t.Indexes)
	for i := range t.Columns {
		t.Columns[i].Inherited = false
	}
	for i := range t.Checks {
		t.Checks[i].Inherited = false
	}
	t.Exclusions = slices.Clone(t.Exclusions)
	for i := range t.Exclusions {
		t.Exclusions[i].Inherited = false
	}
	for i := range t.Uniques {
		t.Uniques[i].Inherited = false
	}
	if t.PrimaryKey != nil {
		key := *t.PrimaryKey
		key.Inherited = false
		t.PrimaryKey = &key
	}
	for i := range t.ForeignKeys {
		t.ForeignKeys[i].Inherited = false
	}
	for i := range t.Indexes {
		t.Indexes[i].Parent = schema.QualifiedName{}
	}
	return t
}

func exclusiveDetach(partition schema.Table) Finding {
	return Finding{
		Hazard: hazard.PartitionDetachExclusive, Severity: hazard.Warning, Path: []string{"partition_of"},
		Summary: fmt.Sprintf("Detaching %s locks %s", partition.Name, partition.PartitionOf),
		Detail: fmt.Sprintf("There is a default partition, %s, and then PostgreSQL cannot detach concurrently. ACCESS EXCLUSIVE on the partitioned table is taken for an "+
			"instant, and tried again until it is granted within lock_timeout.", partition.DefaultPartition),
	}
}
