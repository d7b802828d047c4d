// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// addPartitioned adds the constraint to the partitioned table alone, which is
// instant, and then to each partition over a concurrently built index. ADD on
// the whole tree would build all indexes under ACCESS EXCLUSIVE on the parent,
// and from PostgreSQL 18 on every partition (SHARE before).
func (p keyPlanner) addPartitioned(desired schema.Key, root schema.Name) Plan {
	if findings := p.foreignPrimaryKeys(p.table.Partitions, desired); len(findings) > 0 {
		return Plan{Findings: findings}
	}
	plan := Plan{
		Operations: []Operation{p.brief(ddl.AddKeyOnly(p.table.Name, desired, p.kind))},
		Probes:     p.probes(desired),
	}
	plan.Operations = append(plan.Operations,
		p.addToPartitions(p.table.Partitions, desired, keyIndex(p.table.Name, desired).Name, root)...)
	return plan
}

// completePartitioned goes on where an interrupted addPartitioned stopped.
func (p keyPlanner) completePartitioned(key schema.Key, root schema.Name) Plan {
	index := p.table.Index(key.Name)
	if index == nil || !index.Invalid {
		return Plan{}
	}
	return Plan{Operations: p.addToPartitions(p.table.Partitions, key, index.Name, root), Probes: p.probes(key)}
}

// replacePartitioned adds the new constraint under a temporary name beside the
// old one and swaps them.
func (p keyPlanner) replacePartitioned(desired, observed schema.Key) Plan {
	temporary := desired
	temporary.Name, temporary.Comment = p.replacementKeyName(desired), ""
	var plan Plan
	there := p.table.Unique(temporary.Name)
	if there != nil && !sameKey(temporary, *there) {
		plan.Operations = append(plan.Operations, p.dropLeftovers(desired)...)
		p.table.Partitions = withoutAttached(p.table.Partitions, keyIndex(p.table.Name, *there).Name)
		there = nil
	}
	if there == nil {
		plan = plan.with(p.addPartitioned(temporary, desired.Name))
	} else {
		plan = plan.with(p.completePartitioned(temporary, desired.Name))
	}
	if len(plan.Probes) > 0 {
		// The temporary name says nothing to anybody.
		plan.Probes = p.probes(desired)
	}
	swap := p.brief(
		ddl.DropConstraint(p.table.Name, observed.Name),
		ddl.RenameIndex(keyIndex(p.table.Name, temporary).Name, desired.Name),
	)
	swap.Locks[0].Partitions = true
	plan.Operations = append(plan.Operations, swap)
	if desired.Comment != "" {
		plan.Operations = append(plan.Operations, commentOnConstraint(p.table.Name, desired.Name, desired.Comment))
	}
	return plan
}

// addToPartitions makes, for each partition, the constraint that is missing
// below the parent's, and attaches its index. A bare index would be refused
// (42P17).
func (p keyPlanner) addToPartitions(partitions []schema.Partition, key schema.Key, parent schema.QualifiedName, root schema.Name) []Operation {
	var operations []Operation
	for _, partition := range partitionsOf(partitions) {
		operations = append(operations, p.addToPartition(partition, key, parent, root)...)
	}
	return operations
}

func (p keyPlanner) addToPartition(partition schema.Partition, key schema.Key, parent schema.QualifiedName, root schema.Name) []Operation {
	attached := findIndex(partition, func(i schema.Index) bool { return i.Parent == parent })
	if attached != nil {
		if !partition.Partitioned {
			return nil
		}
		return p.addToPartitions(partition.Partitions, key, attached.Name, root)
	}
	here := keyPlanner{change: p.change, table: schema.Table{Name: partition.Name}, kind: p.kind}
	wanted := key
	wanted.Comment = ""
	var operations []Operation
	name, left := p.partitionKeyName(partition, key, root)
	wanted.Name = name.Name
	index := keyIndex(partition.Name, wanted)
	if partition.Partitioned {
		if left == nil {
			operations = append(operations, here.brief(ddl.AddKeyOnly(partition.Name, wanted, p.kind)))
		}
		operations = append(operations, attachIndex(parent, name))
		return append(operations, p.addToPartitions(partition.Partitions, key, name, root)...)
	}
	if left != nil && left.Constraint == "" && !usableIndex(index, *left) {
		operations = append(operations, dropIndexConcurrently(partition.Name, left.Name))
		left = nil
	}
	if left == nil {
		operations = append(operations, createIndexConcurrently(index))
	}
	if left == nil || left.Constraint == "" {
		operations = append(operations,
			here.brief(ddl.AddKey(partition.Name, ddl.KeyUsingIndex(wanted, p.kind, wanted.Name))))
	}
	return append(operations, attachIndex(parent, name))
}

// foreignPrimaryKeys refuses a primary key where a partition has another one: it
// can have only one, and only an equal one can be attached.
func (p keyPlanner) foreignPrimaryKeys(partitions []schema.Partition, key schema.Key) []Finding {
	if p.kind != ddl.PrimaryKey {
		return nil
	}
	var findings []Finding
	for _, partition := range partitionsOf(partitions) {
		own := findIndex(partition, func(i schema.Index) bool { return i.Primary })
		if own != nil && !sameIndex(keyIndex(partition.Name, key), *own) {
			findings = append(findings, refusal([]string{"primary_key"}, "Cannot add a primary key to "+p.table.Name.String(),
				fmt.Sprintf("Its partition %s has a primary key of its own, of other columns:\n\n    %s\n\nDeclare the same one for the whole table, or drop "+
					"that of the partition first.", partition.Name, own.Definition)))
		}
		findings = append(findings, p.foreignPrimaryKeys(partition.Partitions, key)...)
	}
	return findings
}

// ownKey is a constraint of the partition that says the same and is not attached
// to anything: somebody made it before the partitioned table had it.
func (p keyPlanner) ownKey(partition schema.Partition, key schema.Key) *schema.Index {
	if key.Deferrable {
		return nil
	}
	return findIndex(partition, func(i schema.Index) bool {
		return i.Constraint != "" && i.Parent.IsZero() && !i.Invalid && i.Primary == (p.kind == ddl.PrimaryKey) && sameIndex(keyIndex(partition.Name, key), i)
	})
}

// partitionKeyName returns the name of a partition's constraint and what an
// interrupted run, or somebody else, left under it.
func (p keyPlanner) partitionKeyName(partition schema.Partition, key schema.Key, root schema.Name) (schema.QualifiedName, *schema.Index) {
	if own := p.ownKey(partition, key); own != nil {
		return own.Name, own
	}
	names := partitionIndexNames(partition.Name, root)
	for _, name := range names {
		there := findIndex(partition, func(i schema.Index) bool { return i.Name == name })
		switch {
		case there == nil:
			return name, nil
		case !there.Parent.IsZero():
		case there.Constraint == "" || sameIndex(keyIndex(partition.Name, key), *there):
			return name, there
		}
	}
	return names[len(names)-1], nil
}
