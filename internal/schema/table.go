// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

// Table is an ordinary or a partitioned table with all that belongs to it.
type Table struct {
	Name QualifiedName `json:"name"`
	// Columns are in physical order where that is known.
	Columns    []Column    `json:"columns"`
	PrimaryKey *Key        `json:"primary_key,omitempty"`
	Uniques    []Key       `json:"uniques,omitempty"`
	Checks     []Check     `json:"checks,omitempty"`
	Exclusions []Exclusion `json:"exclusions,omitempty"`
	Comment    string      `json:"comment,omitempty"`
	// Options are storage parameters: fillfactor, autovacuum_enabled,
	// toast.autovacuum_enabled, ...
	Options    map[string]string `json:"options,omitempty"`
	Unlogged   bool              `json:"unlogged,omitempty"`
	Tablespace Name              `json:"tablespace,omitempty"`
	// ReplicaIdentity is zero for DEFAULT.
	ReplicaIdentity ReplicaIdentity `json:"replica_identity,omitzero"`
	// PartitionBy is nil for an ordinary table.
	PartitionBy *PartitionKey `json:"partition_by,omitempty"`
	// PartitionOf is the partitioned table that this one is attached to. A
	// desired partition has no columns: they are those of that table.
	PartitionOf QualifiedName `json:"partition_of,omitzero"`
	// PartitionBound is the bound of a partition, as in SQL: FOR VALUES IN ('a'),
	// DEFAULT. A desired one is in the words of the server once it was asked.
	PartitionBound string `json:"partition_bound,omitempty"`

	// Desired only.

	// RenamedFrom is the name that the table had before.
	RenamedFrom QualifiedName `json:"renamed_from,omitzero"`
	// IgnoredColumns belong to somebody else: that one of them is not declared
	// does not remove it.
	IgnoredColumns []Name `json:"ignored_columns,omitempty"`
	// Attachment is what the server says of a partition that is to be attached.
	Attachment *Attachment `json:"-"`

	// Observed.

	OID   uint32 `json:"oid,omitempty"`
	Owner Name   `json:"owner,omitempty"`
	// ForeignKeys are those that this table declares.
	ForeignKeys []ForeignKey `json:"foreign_keys,omitempty"`
	// Indexes are all indexes, those behind constraints included.
	Indexes []Index `json:"indexes,omitempty"`
	// ReferencedBy are foreign keys of any table that reference this one.
	ReferencedBy []ForeignKey `json:"referenced_by,omitempty"`
	// Dependents are objects that a drop or a type change would meet, other
	// than the foreign keys of ReferencedBy.
	Dependents []Dependent `json:"dependents,omitempty"`
	// Partitions are the direct partitions, each with its own below it.
	Partitions []Partition `json:"partitions,omitempty"`
	// DefaultPartition is the default partition of the table that this one is a
	// partition of; zero where there is none.
	DefaultPartition QualifiedName `json:"default_partition,omitzero"`
	// DetachPending reports a partition whose concurrent detach was interrupted
	// (pg_inherits.inhdetachpending).
	DetachPending bool `json:"detach_pending,omitempty"`
	// Inherits are the parents of plain inheritance.
	Inherits []QualifiedName `json:"inherits,omitempty"`
	// Children are the tables that inherit from this one, partitions not
	// included.
	Children []QualifiedName `json:"children,omitempty"`
	// Publications are those that publish the table.
	Publications []Name `json:"publications,omitempty"`
	// Triggers are user triggers.
	Triggers []Trigger `json:"triggers,omitempty"`
	// Transitions are those that are open on the table.
	Transitions []OpenTransition `json:"transitions,omitempty"`
	// Grants are the privileges of roles other than the owner.
	Grants []Grant `json:"grants,omitempty"`
	// RowSecurity and ForceRowSecurity are the flags of ALTER TABLE.
	RowSecurity      bool `json:"row_security,omitempty"`
	ForceRowSecurity bool `json:"force_row_security,omitempty"`
	// AccessMethod is empty for heap.
	AccessMethod Name `json:"access_method,omitempty"`
}

// Size is how large a relation is, as the statistics know it. It changes
// without any change of schema, so no planned value may depend on it.
type Size struct {
	// Rows is the estimate of pg_class.reltuples, -1 where the table was never
	// analyzed; partitions are added up.
	Rows int64
	// TableBytes, IndexBytes and TotalBytes include partitions; TotalBytes
	// includes TOAST.
	TableBytes int64
	IndexBytes int64
	TotalBytes int64
}

// ReplicaIdentityMode is how UPDATE and DELETE identify a row to subscribers.
type ReplicaIdentityMode string

// The replica identities, spelled as in the attribute.
const (
	ReplicaIdentityDefault ReplicaIdentityMode = ""
	ReplicaIdentityFull    ReplicaIdentityMode = "full"
	ReplicaIdentityNothing ReplicaIdentityMode = "nothing"
	ReplicaIdentityIndex   ReplicaIdentityMode = "index"
)

// ReplicaIdentity is ALTER TABLE ... REPLICA IDENTITY.
type ReplicaIdentity struct {
	Mode ReplicaIdentityMode `json:"mode,omitempty"`
	// Index is set for ReplicaIdentityIndex.
	Index Name `json:"index,omitempty"`
}

// PartitionKey is PARTITION BY.
type PartitionKey struct {
	// Strategy is range, list or hash.
	Strategy string     `json:"strategy"`
	Keys     []IndexKey `json:"keys"`
}

// Partition is one partition of a partitioned table.
type Partition struct {
	Name  QualifiedName `json:"name"`
	Bound string        `json:"bound"`
	// Partitioned reports a partition that is partitioned itself.
	Partitioned bool        `json:"partitioned,omitempty"`
	Partitions  []Partition `json:"partitions,omitempty"`
	// DetachPending is pg_inherits.inhdetachpending.
	DetachPending bool `json:"detach_pending,omitempty"`
	// Indexes and Constraints are the names that the partition has, with what
	// they are attached to.
	Indexes     []Index      `json:"indexes,omitempty"`
	ForeignKeys []ForeignKey `json:"foreign_keys,omitempty"`
	Checks      []Check      `json:"checks,omitempty"`
}

// Attachment is what a partition has to do with the table that it is to be
// attached to.
type Attachment struct {
	// Parent is that table, as it is before the attachment.
	Parent Table
	// Condition is what every row of the partition fulfils, in the words of the
	// server, the bounds of the levels above included. It is empty for a default
	// partition that is the only one.
	Condition string
	// Unprovable reports that no check can repeat the condition: a level is
	// partitioned by hash, or the server could not be asked.
	Unprovable bool
	// Own is the part of Condition that its own bound adds.
	Own string
}

// DependentKind is the kind of an object that depends on a table or column.
type DependentKind string

// Dependent is an object that PostgreSQL ties to a table or to some of its
// columns in pg_depend.
type Dependent struct {
	// Kind is the word of the manual: view, materialized view, rule, policy,
	// trigger, function, generated column, publication, foreign key, ...
	Kind DependentKind `json:"kind"`
	// Name is the object as SQL: public.active_users.
	Name string `json:"name"`
	// Columns are the columns of the table that it needs; empty for the table
	// as a whole.
	Columns []Name `json:"columns,omitempty"`
	// BlocksDrop is false where the object would vanish silently with the
	// column (an index, a multi-column constraint, extended statistics).
	BlocksDrop bool `json:"blocks_drop,omitempty"`
	// BlocksRetype reports that ALTER COLUMN ... TYPE of the columns is
	// refused.
	BlocksRetype bool `json:"blocks_retype,omitempty"`
}

// Trigger is a user trigger.
type Trigger struct {
	Name     Name          `json:"name"`
	Function QualifiedName `json:"function"`
	// Events are INSERT, UPDATE, DELETE, TRUNCATE.
	Events   []string `json:"events"`
	Disabled bool     `json:"disabled,omitempty"`
}

// Column returns the column of that name, or nil.
func (t *Table) Column(name Name) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Check returns the check constraint of that name, or nil.
func (t *Table) Check(name Name) *Check {
	for i := range t.Checks {
		if t.Checks[i].Name == name {
			return &t.Checks[i]
		}
	}
	return nil
}

// Unique returns the unique constraint of that name, or nil.
func (t *Table) Unique(name Name) *Key {
	for i := range t.Uniques {
		if t.Uniques[i].Name == name {
			return &t.Uniques[i]
		}
	}
	return nil
}

// Exclusion returns the exclusion constraint of that name, or nil.
func (t *Table) Exclusion(name Name) *Exclusion {
	for i := range t.Exclusions {
		if t.Exclusions[i].Name == name {
			return &t.Exclusions[i]
		}
	}
	return nil
}

// ForeignKey returns the foreign key of that name, or nil.
func (t *Table) ForeignKey(name Name) *ForeignKey {
	for i := range t.ForeignKeys {
		if t.ForeignKeys[i].Name == name {
			return &t.ForeignKeys[i]
		}
	}
	return nil
}

// Index returns the index of that name, or nil.
func (t *Table) Index(name Name) *Index {
	for i := range t.Indexes {
		if t.Indexes[i].Name.Name == name {
			return &t.Indexes[i]
		}
	}
	return nil
}

// Partitioned reports whether it is a partitioned table.
func (t *Table) Partitioned() bool { return t.PartitionBy != nil }

// ID names the table as a resource does.
func (t *Table) ID() string { return t.Name.String() }
