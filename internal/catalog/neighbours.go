// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// neighbour is an enum or a sequence, and who may change it.
type neighbour[O any] struct {
	object O
	owner  schema.Name
	// owned reports that the role owns it, directly or by membership.
	owned bool
}

// enumRow is a row of sql/enums.sql.
type enumRow struct {
	Schema, Name, Owner schema.Name
	Owned               bool
	Comment             string
	Values              []string
}

// sequenceOwnRow is a row of sql/sequences.sql.
type sequenceOwnRow struct {
	sequenceRow
	Owner    schema.Name
	Owned    bool
	Comment  string
	Column   schema.ColumnName
	Identity bool
}

func (rows *rowSet) addNeighbours(snapshot *Snapshot) {
	snapshot.enums = make(map[schema.QualifiedName]neighbour[schema.Enum], len(rows.enums))
	for _, row := range rows.enums {
		e := schema.Enum{Name: schema.QualifiedName{Schema: row.Schema, Name: row.Name}, Values: row.Values, Comment: row.Comment}
		snapshot.enums[e.Name] = neighbour[schema.Enum]{e, row.Owner, row.Owned}
	}
	snapshot.sequences = make(map[schema.QualifiedName]neighbour[schema.Sequence], len(rows.sequences))
	for _, row := range rows.sequences {
		s := schema.Sequence{
			Name: schema.QualifiedName{Schema: row.Schema, Name: row.Name}, Type: row.Type, Options: row.options(),
			Comment: row.Comment, Owner: row.Column, Identity: row.Identity,
		}
		snapshot.sequences[s.Name] = neighbour[schema.Sequence]{s, row.Owner, row.Owned}
	}
}

// Namespace returns the schema of that name as a resource declares it, or nil.
func (s *Snapshot) Namespace(name schema.Name) *schema.Namespace {
	found, ok := s.schemas[name]
	if !ok {
		return nil
	}
	return &schema.Namespace{Name: name, Comment: found.Comment}
}

// Schemas lists the schemas, sorted, without those of extensions.
func (s *Snapshot) Schemas() []schema.Name {
	names := slices.Sorted(maps.Keys(s.schemas))
	return slices.DeleteFunc(names, func(n schema.Name) bool { return s.schemas[n].member })
}

// Enum returns the enum type of that name, or nil. The caller must not change it.
func (s *Snapshot) Enum(name schema.QualifiedName) *schema.Enum {
	found, ok := s.enums[name]
	if !ok {
		return nil
	}
	return &found.object
}

// Enums lists the names of the enum types, sorted.
func (s *Snapshot) Enums() []schema.QualifiedName {
	return slices.SortedFunc(maps.Keys(s.enums), schema.QualifiedName.Compare)
}

// Sequence returns the sequence of that name, or nil. The caller must not change
// it.
func (s *Snapshot) Sequence(name schema.QualifiedName) *schema.Sequence {
	found, ok := s.sequences[name]
	if !ok {
		return nil
	}
	return &found.object
}

// Sequences lists the names of the sequences, sorted, those of columns included.
func (s *Snapshot) Sequences() []schema.QualifiedName {
	return slices.SortedFunc(maps.Keys(s.sequences), schema.QualifiedName.Compare)
}

// NeighbourOwner returns the owner of an enum or a sequence, and whether the role
// is that or a member of it.
func (s *Snapshot) NeighbourOwner(name schema.QualifiedName) (owner schema.Name, owned bool) {
	if e, ok := s.enums[name]; ok {
		return e.owner, e.owned
	}
	q := s.sequences[name]
	return q.owner, q.owned
}

// mergeNeighbours replaces those of the schemas that were read anew.
func mergeNeighbours(merged, before, fresh *Snapshot, schemas map[schema.Name]bool) {
	merged.enums = replacedIn(before.enums, fresh.enums, schemas)
	merged.sequences = replacedIn(before.sequences, fresh.sequences, schemas)
}

func replacedIn[O any](before, fresh map[schema.QualifiedName]O, schemas map[schema.Name]bool) map[schema.QualifiedName]O {
	merged := maps.Clone(before)
	maps.DeleteFunc(merged, func(name schema.QualifiedName, _ O) bool { return schemas[name.Schema] })
	maps.Copy(merged, fresh)
	return merged
}

// Dependent is something that a drop would meet.
type Dependent struct {
	// Name is what PostgreSQL calls it: column mood of table public.people.
	Name string
	// Object is what it goes with: a table, sequence or type; zero for anything
	// else. Column is set for a part of one column of it.
	Object schema.QualifiedName
	Column schema.Name
}

// SchemaContents lists what a schema holds.
func SchemaContents(ctx context.Context, conn *pgx.Conn, name schema.Name) ([]Dependent, error) {
	return look[Dependent](ctx, conn, "neighbour_dependents", name.Quote(), "namespace")
}

// TypeDependents lists what uses a type or its array type.
func TypeDependents(ctx context.Context, conn *pgx.Conn, name schema.QualifiedName) ([]Dependent, error) {
	return look[Dependent](ctx, conn, "neighbour_dependents", name.String(), "type")
}

// SequenceDependents lists what uses a sequence.
func SequenceDependents(ctx context.Context, conn *pgx.Conn, name schema.QualifiedName) ([]Dependent, error) {
	return look[Dependent](ctx, conn, "neighbour_dependents", name.String(), "class")
}
