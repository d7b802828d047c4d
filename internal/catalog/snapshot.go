// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Snapshot is what a database held at one instant. It is never changed after
// it was read, so it may be shared.
type Snapshot struct {
	tables map[schema.QualifiedName]*relation
	names  map[schema.QualifiedName]ObjectKind
	// members are those of names that belong to an extension.
	members map[schema.QualifiedName]bool
	schemas map[schema.Name]Schema
	// enums and sequences are those that no extension manages.
	enums     map[schema.QualifiedName]neighbour[schema.Enum]
	sequences map[schema.QualifiedName]neighbour[schema.Sequence]
	// ledger is the version of the ledger, 0 where there is none.
	ledger         int
	mayWriteLedger bool
	// otherNames leads from the name of a compatibility view to its table.
	otherNames map[schema.QualifiedName]schema.QualifiedName
}

// ObjectKind is the kind of an object that takes a name away from tables and
// indexes.
type ObjectKind string

// The kinds, as words of the manual.
const (
	KindTable            ObjectKind = "table"
	KindPartitionedTable ObjectKind = "partitioned table"
	KindForeignTable     ObjectKind = "foreign table"
	KindIndex            ObjectKind = "index"
	KindPartitionedIndex ObjectKind = "partitioned index"
	KindView             ObjectKind = "view"
	KindMaterializedView ObjectKind = "materialized view"
	KindSequence         ObjectKind = "sequence"
	KindType             ObjectKind = "type"
)

var objectKinds = map[string]ObjectKind{
	"r": KindTable, "p": KindPartitionedTable, "f": KindForeignTable, "i": KindIndex, "I": KindPartitionedIndex,
	"v": KindView, "m": KindMaterializedView, "S": KindSequence, "type": KindType,
}

// Schema is a namespace and what the role may do in it.
type Schema struct {
	Name    schema.Name
	Owner   schema.Name
	Comment string
	// MayCreate and MayUse are the privileges CREATE and USAGE.
	MayCreate, MayUse bool
	// MayAlter reports that the role owns it, directly or by membership.
	MayAlter bool

	// member reports that it belongs to an extension.
	member bool
}

// Table returns the table of that name, or nil. The caller must not change it.
func (s *Snapshot) Table(name schema.QualifiedName) *schema.Table {
	if r := s.tables[name]; r != nil && !r.foreign {
		return &r.table
	}
	return nil
}

// Tables lists the tables, sorted, without those that belong to an extension:
// CREATE EXTENSION manages them.
func (s *Snapshot) Tables() []schema.QualifiedName {
	var names []schema.QualifiedName
	for name, r := range s.tables {
		if r.extension == "" && !r.foreign {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, schema.QualifiedName.Compare)
	return names
}

// Extension returns the extension that the table belongs to, or "".
func (s *Snapshot) Extension(table schema.QualifiedName) schema.Name {
	if r := s.tables[table]; r != nil {
		return r.extension
	}
	return ""
}

// Object returns what has that name: a relation, or a type that is not the row
// type of one.
func (s *Snapshot) Object(name schema.QualifiedName) (ObjectKind, bool) {
	kind, ok := s.names[name]
	return kind, ok
}

// Objects lists what has names of a kind, sorted, without members of extensions.
func (s *Snapshot) Objects(kind ObjectKind) []schema.QualifiedName {
	var names []schema.QualifiedName
	for name, k := range s.names {
		if k == kind && !s.members[name] {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, schema.QualifiedName.Compare)
	return names
}

// Schema returns the schema of that name.
func (s *Snapshot) Schema(name schema.Name) (Schema, bool) {
	found, ok := s.schemas[name]
	return found, ok
}

// MayAlter reports whether the role owns the table, directly or by membership:
// nothing less lets it change the table.
func (s *Snapshot) MayAlter(table schema.QualifiedName) bool {
	r := s.tables[table]
	return r != nil && r.owned
}

// MayReference reports the privilege REFERENCES, which a foreign key to the
// table needs.
func (s *Snapshot) MayReference(table schema.QualifiedName) bool {
	r := s.tables[table]
	return r != nil && r.mayReference
}

// MayWriteLedger reports whether the role may create a function in the ledger's
// schema and write transitions. It is false where there is no ledger.
func (s *Snapshot) MayWriteLedger() bool { return s.mayWriteLedger }

// Filtered returns the first of the table and its partitions whose policies
// apply to the role, so that it does not see every row. Policies of a
// partition matter to who names the partition, as a backfill does.
func (s *Snapshot) Filtered(table schema.QualifiedName) (name schema.QualifiedName, filtered bool) {
	r := s.tables[table]
	if r == nil || r.filtered {
		return table, r != nil
	}
	for i := range r.table.Partitions {
		if name, filtered := s.Filtered(r.table.Partitions[i].Name); filtered {
			return name, true
		}
	}
	return schema.QualifiedName{}, false
}

// Size returns the size of a table as the statistics know it. For a partitioned
// table it is the sum over its partitions; Rows is -1 as soon as one of them
// was never analyzed.
func (s *Snapshot) Size(table schema.QualifiedName) (schema.Size, bool) {
	r := s.tables[table]
	if r == nil {
		return schema.Size{}, false
	}
	total := r.size
	for i := range r.table.Partitions {
		part, ok := s.Size(r.table.Partitions[i].Name)
		if !ok {
			continue
		}
		if total.Rows >= 0 && part.Rows >= 0 {
			total.Rows += part.Rows
		} else {
			total.Rows = -1
		}
		total.TableBytes += part.TableBytes
		total.IndexBytes += part.IndexBytes
		total.TotalBytes += part.TotalBytes
	}
	return total, true
}

// Merge returns the snapshot with what fresh says of the tables in scope,
// which was read after a write to them. A table of the scope that fresh does
// not have is gone.
func (s *Snapshot) Merge(scope []schema.QualifiedName, fresh *Snapshot) *Snapshot {
	merged := &Snapshot{tables: maps.Clone(s.tables), names: maps.Clone(s.names), members: maps.Clone(s.members), schemas: fresh.schemas, ledger: fresh.ledger, mayWriteLedger: fresh.mayWriteLedger}
	replaced := map[schema.QualifiedName]bool{}
	schemas := map[schema.Name]bool{}
	for _, name := range scope {
		schemas[name.Schema] = true
		s.forget(merged, name, replaced)
	}
	for name, r := range fresh.tables {
		merged.tables[name] = r
		replaced[name] = true
	}
	for name := range merged.names {
		if schemas[name.Schema] {
			delete(merged.names, name)
			delete(merged.members, name)
		}
	}
	maps.Copy(merged.names, fresh.names)
	maps.Copy(merged.members, fresh.members)
	mergeNeighbours(merged, s, fresh, schemas)
	merged.relink(replaced)
	merged.indexOtherNames()
	return merged
}

// forget removes a table and its partitions as they were.
func (s *Snapshot) forget(merged *Snapshot, name schema.QualifiedName, replaced map[schema.QualifiedName]bool) {
	replaced[name] = true
	r := s.tables[name]
	if r == nil {
		return
	}
	delete(merged.tables, name)
	for i := range r.table.Partitions {
		s.forget(merged, r.table.Partitions[i].Name, replaced)
	}
}

// relink gives tables outside of the replaced ones the foreign keys that now
// reference them.
func (s *Snapshot) relink(replaced map[schema.QualifiedName]bool) {
	incoming := map[schema.QualifiedName][]schema.ForeignKey{}
	for name := range replaced {
		r := s.tables[name]
		if r == nil {
			continue
		}
		for _, fk := range r.table.ForeignKeys {
			incoming[fk.References] = append(incoming[fk.References], fk)
		}
	}
	for name, r := range s.tables {
		if replaced[name] {
			continue
		}
		fromReplaced := func(fk schema.ForeignKey) bool { return replaced[fk.Table] }
		if len(incoming[name]) == 0 && !slices.ContainsFunc(r.table.ReferencedBy, fromReplaced) {
			continue
		}
		changed := *r
		changed.table.ReferencedBy = slices.DeleteFunc(slices.Clone(r.table.ReferencedBy), fromReplaced)
		changed.table.ReferencedBy = append(changed.table.ReferencedBy, incoming[name]...)
		slices.SortFunc(changed.table.ReferencedBy, compareForeignKeys)
		s.tables[name] = &changed
	}
}
