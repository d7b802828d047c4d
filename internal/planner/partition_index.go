// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// adjustPartitionedIndex changes what can be changed without a new definition,
// and builds what is missing of the index: PostgreSQL refuses CONCURRENTLY on a
// partitioned table, so the parent gets an empty index, each partition a
// concurrently built one, and the parent's turns valid with the last ATTACH.
func adjustPartitionedIndex(table schema.Table, desired, observed schema.Index) Plan {
	var plan Plan
	if observed.Invalid {
		plan = plan.with(buildPartitionedIndex(table, withName(desired, observed.Name), desired.Name.Name, &observed))
	} else {
		plan.Operations = append(plan.Operations, dropLooseParts(table.Partitions, observed.Name.Name)...)
	}
	if observed.Name != desired.Name {
		plan.Operations = append(plan.Operations, renameIndex(observed.Name, desired.Name.Name))
	}
	if desired.Comment != observed.Comment {
		plan.Operations = append(plan.Operations, commentOnIndex(desired.Name, desired.Comment))
	}
	return plan
}

// samePartitionedIndex also compares storage parameters and tablespace:
// ALTER INDEX cannot change either on a partitioned table.
func samePartitionedIndex(a, b schema.Index) bool {
	return sameIndex(a, b) && maps.Equal(a.Options, b.Options) && sameTablespace(a.Tablespace, b.Tablespace)
}

func withName(index schema.Index, name schema.QualifiedName) schema.Index {
	index.Name = name
	return index
}

// buildPartitionedIndex makes the index, or what is missing of it. Root is the
// name that it has in the end, after which those of the partitions are named.
func buildPartitionedIndex(table schema.Table, desired schema.Index, root schema.Name, there *schema.Index) Plan {
	plan := Plan{Probes: indexProbes(table, withName(desired, schema.QualifiedName{Schema: desired.Name.Schema, Name: root}))}
	if there == nil && len(table.Partitions) == 0 {
		// Partitions that the same run creates are empty: whichever of both comes
		// first, the other one completes it.
		plan.Findings = indexAdvice(table, withName(desired, schema.QualifiedName{Schema: desired.Name.Schema, Name: root}))
		plan.Operations = append(plan.Operations, createIndexEverywhere(desired))
		if desired.Comment != "" {
			plan.Operations = append(plan.Operations, commentOnIndex(desired.Name, desired.Comment))
		}
		return plan
	}
	if there == nil {
		plan.Findings = indexAdvice(table, withName(desired, schema.QualifiedName{Schema: desired.Name.Schema, Name: root}))
		plan.Operations = append(plan.Operations, createIndexOnly(desired))
	}
	plan.Operations = append(plan.Operations, buildPartitionIndexes(table.Partitions, desired, root)...)
	if there == nil && desired.Comment != "" {
		plan.Operations = append(plan.Operations, commentOnIndex(desired.Name, desired.Comment))
	}
	return plan
}

// withoutAttached returns the partitions without the indexes that hang below
// the given one.
func withoutAttached(partitions []schema.Partition, parent schema.QualifiedName) []schema.Partition {
	rest := slices.Clone(partitions)
	for i, p := range rest {
		rest[i].Indexes = nil
		for _, index := range p.Indexes {
			if index.Parent == parent {
				rest[i].Partitions = withoutAttached(rest[i].Partitions, index.Name)
				continue
			}
			rest[i].Indexes = append(rest[i].Indexes, index)
		}
	}
	return rest
}

// createIndexOnly is instant, but waits for writers and lets new ones wait.
func createIndexOnly(index schema.Index) Operation {
	return Operation{
		Class:      Brief,
		Statements: []string{ddl.CreateIndexOnly(index)},
		Locks:      []Lock{{Mode: schema.Share, Table: index.Table}},
	}
}

// createIndexEverywhere is for a partitioned table without partitions that hold
// rows.
func createIndexEverywhere(index schema.Index) Operation {
	return Operation{
		Class:      Brief,
		Statements: []string{ddl.CreateIndex(index)},
		Locks:      []Lock{{Mode: schema.Share, Table: index.Table, Partitions: true}},
	}
}

func attachIndex(parent, partition schema.QualifiedName) Operation {
	return Operation{
		Class:      Brief,
		Statements: []string{ddl.AttachIndex(parent, partition)},
		// The partition's index is locked, which stops queries of that
		// partition for the instant: planning locks all indexes.
		Locks: []Lock{{Mode: schema.AccessExclusive, Table: partition}},
	}
}

// dropPartitionedIndex drops an index with those of all partitions.
func dropPartitionedIndex(table schema.Table, index schema.QualifiedName) Operation {
	return Operation{
		Class:      Brief,
		Statements: []string{ddl.DropIndex(index)},
		Locks:      []Lock{{Mode: schema.AccessExclusive, Table: table.Name, Partitions: true}},
		Hazards:    []hazard.ID{hazard.IndexPartitionedDropNoConcurrent},
	}
}

func partitionedDropWarning(table schema.Table, index schema.QualifiedName) Finding {
	return Finding{
		Hazard: hazard.IndexPartitionedDropNoConcurrent, Severity: hazard.Warning,
		Summary: "Dropping index " + index.String() + " locks all partitions",
		Detail: fmt.Sprintf("PostgreSQL cannot drop an index of a partitioned table CONCURRENTLY. The drop takes ACCESS EXCLUSIVE on %s and "+
			"each of its partitions for an instant, and is tried again until it gets all of these locks within lock_timeout. "+
			"Apply it when there is little traffic.", table.Name),
	}
}

// buildPartitionIndexes makes, for each partition, the index that is missing
// below parent, and attaches it.
func buildPartitionIndexes(partitions []schema.Partition, parent schema.Index, root schema.Name) []Operation {
	var operations []Operation
	for _, p := range partitionsOf(partitions) {
		operations = append(operations, buildPartitionIndex(p, parent, root)...)
	}
	return operations
}

func buildPartitionIndex(p schema.Partition, parent schema.Index, root schema.Name) []Operation {
	wanted := parent
	wanted.Table, wanted.Comment = p.Name, ""
	attached := findIndex(p, func(i schema.Index) bool { return i.Parent == parent.Name })
	if attached != nil {
		if !p.Partitioned {
			return nil
		}
		return buildPartitionIndexes(p.Partitions, withName(wanted, attached.Name), root)
	}
	var operations []Operation
	loose := findIndex(p, func(i schema.Index) bool {
		return i.Parent.IsZero() && i.Constraint == "" && (p.Partitioned || !i.Invalid) && sameIndex(wanted, i)
	})
	if loose != nil {
		wanted.Name = loose.Name
	} else {
		var leftover *schema.Index
		wanted.Name, leftover = freePartitionIndexName(p, root)
		switch {
		case leftover != nil && p.Partitioned:
			operations = append(operations, dropPartitionedIndex(schema.Table{Name: p.Name}, leftover.Name))
		case leftover != nil:
			operations = append(operations, dropIndexConcurrently(p.Name, leftover.Name))
		}
		if p.Partitioned {
			operations = append(operations, createIndexOnly(wanted))
		} else {
			operations = append(operations, createIndexConcurrently(wanted))
		}
	}
	operations = append(operations, attachIndex(parent.Name, wanted.Name))
	if p.Partitioned {
		operations = append(operations, buildPartitionIndexes(p.Partitions, wanted, root)...)
	}
	return operations
}

// dropLooseParts drops what was built for the index root and never attached.
func dropLooseParts(partitions []schema.Partition, root schema.Name) []Operation {
	var operations []Operation
	for _, p := range partitionsOf(partitions) {
		for _, name := range partitionIndexNames(p.Name, root) {
			left := findIndex(p, func(i schema.Index) bool { return i.Name == name && i.Parent.IsZero() && i.Constraint == "" })
			switch {
			case left == nil:
			case p.Partitioned:
				operations = append(operations, dropPartitionedIndex(schema.Table{Name: p.Name}, name))
			default:
				operations = append(operations, dropIndexConcurrently(p.Name, name))
			}
		}
		operations = append(operations, dropLooseParts(p.Partitions, root)...)
	}
	return operations
}

// freePartitionIndexName returns the first name that no index in use has, and
// what an interrupted run left under it.
func freePartitionIndexName(p schema.Partition, root schema.Name) (schema.QualifiedName, *schema.Index) {
	names := partitionIndexNames(p.Name, root)
	for _, name := range names {
		taken := findIndex(p, func(i schema.Index) bool { return i.Name == name })
		switch {
		case taken == nil:
			return name, nil
		case taken.Parent.IsZero() && taken.Constraint == "":
			return name, taken
		}
	}
	return names[len(names)-1], nil
}
