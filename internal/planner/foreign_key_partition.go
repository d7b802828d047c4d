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

// addsByPartition reports that the whole table cannot have a foreign key that
// is NOT VALID.
func (p foreignKeyPlanner) addsByPartition() bool {
	return p.table.Partitioned() && p.change.Server.Major() < 18
}

// addByPartition adds a foreign key to a partitioned table before PostgreSQL
// 18, which does not take NOT VALID there (42809): proven on each partition
// first, then adopted by the whole, which needs no scan but ACCESS EXCLUSIVE on
// the referenced table for an instant.
func (p foreignKeyPlanner) addByPartition(fk schema.ForeignKey) Plan {
	plan := Plan{
		Probes: []Probe{p.orphanProbe(fk)},
		Findings: []Finding{{
			Hazard: hazard.ForeignKeyAdoptPartitionLocksReferenced, Severity: hazard.Warning,
			Summary: fmt.Sprintf("Adding foreign key %s of %s locks %s", fk.Name, p.table.Name, fk.References),
			Detail: fmt.Sprintf("PostgreSQL %d cannot add a NOT VALID foreign key to a partitioned table, so that each partition gets one first. "+
				"When the partitioned table adopts them, ACCESS EXCLUSIVE on %s is needed for an instant. It is tried again until it is "+
				"granted within lock_timeout.", p.change.Server.Major(), fk.References),
		}},
	}
	for _, leaf := range leavesOf(p.table.Partitions) {
		there := matchingForeignKey(leaf, fk)
		table := schema.Table{Name: leaf.Name}
		own := fk
		own.Table = leaf.Name
		if there == nil {
			own.Name = freeForeignKeyName(leaf, fk.Name)
			plan.Operations = append(plan.Operations, p.addNotValid(table, own))
		} else {
			own.Name = there.Name
		}
		if there == nil || there.NotValid {
			plan.Operations = append(plan.Operations, p.validateOn(table, own))
		}
	}
	adopt := Operation{
		Class:      Brief,
		Statements: []string{ddl.AddForeignKey(fk)},
		Locks:      p.locks(schema.ShareRowExclusive, schema.AccessExclusive, p.table, fk),
		Hazards:    []hazard.ID{hazard.ForeignKeyAdoptPartitionLocksReferenced},
	}
	if len(leavesOf(p.table.Partitions)) == 0 {
		adopt.Locks = p.locks(schema.ShareRowExclusive, schema.ShareRowExclusive, p.table, fk)
		adopt.Hazards = nil
		plan.Findings = nil
	}
	plan.Operations = append(plan.Operations, adopt)
	return plan
}

// freeForeignKeyName is that of the partitioned table's foreign key, unless one
// of the partition has it: what replaced an older foreign key keeps its name
// there, as PostgreSQL renames that of the whole table only.
func freeForeignKeyName(partition schema.Partition, name schema.Name) schema.Name {
	taken := slices.ContainsFunc(partition.ForeignKeys, func(fk schema.ForeignKey) bool { return fk.Name == name })
	if !taken {
		return name
	}
	return partForeignKeyName(partition, name)
}

func partForeignKeyName(partition schema.Partition, name schema.Name) schema.Name {
	return schema.DerivedName("part", partition.Name.Schema, partition.Name.Name, name)
}

// matchingForeignKey returns the foreign key of a partition that the
// partitioned table's would adopt.
func matchingForeignKey(partition schema.Partition, fk schema.ForeignKey) *schema.ForeignKey {
	i := slices.IndexFunc(partition.ForeignKeys, func(there schema.ForeignKey) bool {
		return !there.Inherited && sameForeignKey(fk, there) && fk.Deferral == there.Deferral
	})
	if i < 0 {
		return nil
	}
	return &partition.ForeignKeys[i]
}
