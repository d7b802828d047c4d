// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// AttachPartition attaches a table to a partitioned one. Bound is FOR VALUES ...
// or DEFAULT.
func AttachPartition(parent, partition schema.QualifiedName, bound string) string {
	return "ALTER TABLE " + parent.String() + " ATTACH PARTITION " + partition.String() + " " + bound
}

// DetachPartition makes a partition a table of its own again. It stops readers
// and writers of the partitioned table.
func DetachPartition(parent, partition schema.QualifiedName) string {
	return "ALTER TABLE " + parent.String() + " DETACH PARTITION " + partition.String()
}

// DetachPartitionConcurrently does the same while the partitioned table is read
// and written. It cannot run in a transaction block, and not while there is a
// default partition.
func DetachPartitionConcurrently(parent, partition schema.QualifiedName) string {
	return DetachPartition(parent, partition) + " CONCURRENTLY"
}

// FinalizeDetach ends a concurrent detach that was interrupted.
func FinalizeDetach(parent, partition schema.QualifiedName) string {
	return DetachPartition(parent, partition) + " FINALIZE"
}

// CreatePartition creates a partition at once, under ACCESS EXCLUSIVE on its
// parent. A partition that is partitioned itself has the key by.
func CreatePartition(parent, partition schema.QualifiedName, bound string, by *schema.PartitionKey) string {
	statement := "CREATE TABLE " + partition.String() + " PARTITION OF " + parent.String() + " " + bound
	if by != nil {
		statement += " PARTITION BY " + partitionKey(*by)
	}
	return statement
}
