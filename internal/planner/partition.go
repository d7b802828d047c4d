// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// partitionsOf returns the partitions that take part in changes of the
// partitioned table. One whose concurrent detach was interrupted does not.
func partitionsOf(partitions []schema.Partition) []schema.Partition {
	var taking []schema.Partition
	for _, p := range partitions {
		if !p.DetachPending {
			taking = append(taking, p)
		}
	}
	return taking
}

// leavesOf returns the partitions that hold rows, depth first.
func leavesOf(partitions []schema.Partition) []schema.Partition {
	var leaves []schema.Partition
	for _, p := range partitionsOf(partitions) {
		if p.Partitioned {
			leaves = append(leaves, leavesOf(p.Partitions)...)
		} else {
			leaves = append(leaves, p)
		}
	}
	return leaves
}

// uniqueNeedsPartitionKey says why a key cannot be unique over all partitions,
// or "". PostgreSQL checks each partition alone, at each level.
func uniqueNeedsPartitionKey(table schema.Table, columns []schema.Name) string {
	if table.PartitionBy == nil {
		return ""
	}
	for _, key := range table.PartitionBy.Keys {
		if key.Expression != nil {
			return fmt.Sprintf("%s is partitioned by an expression, (%s). PostgreSQL can enforce uniqueness only where the partition key "+
				"consists of columns, as it checks each partition alone. A unique index on each partition is the most that is possible.",
				table.Name, key.Expression.Text)
		}
		if !slices.Contains(columns, key.Column) {
			return fmt.Sprintf("%s is partitioned by %s, which the key does not contain. PostgreSQL checks uniqueness in each partition alone, "+
				"so each column of the partition key must be part of a unique key.", table.Name, key.Column)
		}
	}
	return ""
}

// columnKeys are the key columns that are columns.
func columnKeys(index schema.Index) []schema.Name {
	var columns []schema.Name
	for _, key := range index.Keys {
		if key.Column != "" {
			columns = append(columns, key.Column)
		}
	}
	return columns
}

// partitionIndexNames are the names that a partition's part of the index root
// may have, in the order in which they are tried. There are several because the index that
// replaces another one needs names beside those of its predecessor.
func partitionIndexNames(partition schema.QualifiedName, root schema.Name) []schema.QualifiedName {
	names := make([]schema.QualifiedName, 4)
	for i := range names {
		kind := "part"
		if i > 0 {
			kind += strconv.Itoa(i + 1)
		}
		names[i] = schema.QualifiedName{
			Schema: partition.Schema,
			Name:   schema.DerivedName(kind, partition.Schema, partition.Name, root),
		}
	}
	return names
}

// findIndex returns the index of a partition that fulfils the condition.
func findIndex(p schema.Partition, condition func(schema.Index) bool) *schema.Index {
	if i := slices.IndexFunc(p.Indexes, condition); i >= 0 {
		return &p.Indexes[i]
	}
	return nil
}
