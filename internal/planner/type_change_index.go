// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// setAside is an index that is dropped for the time of a type change. While it
// is gone its definition lives in the comment of a marker, a check that is
// always true: an index that nobody declares would else be lost when the run is
// killed in between.
type setAside struct {
	name schema.QualifiedName
	// build is the statement that makes it again.
	build string
	// after are statements about it that follow, as its comment.
	after []string
	// computed reports an expression, which has statistics of its own.
	computed bool
	// marked reports that the marker is there already.
	marked bool
	// there reports that the index is still there, or is there again.
	there *schema.Index
}

// rebuiltIndexes are the indexes that PostgreSQL would build anew, and those
// that an interrupted run has set aside.
func (t typeChange) rebuiltIndexes() []setAside {
	found := markedIndexes(t.table, t.column.Name)
	for i := range t.table.Indexes {
		index := &t.table.Indexes[i]
		known := slices.ContainsFunc(found, func(s setAside) bool { return s.name == index.Name })
		if known || !t.rebuilds(*index) {
			continue
		}
		found = append(found, setAside{
			name: index.Name, build: rebuildStatement(*index), after: rebuildExtras(*index), computed: hasExpression(*index), there: index,
		})
	}
	slices.SortFunc(found, func(a, b setAside) int { return a.name.Compare(b.name) })
	return found
}

// rebuilds reports whether ALTER COLUMN ... TYPE would build the index anew:
// one with expressions or a predicate in any case, an INVALID one, one of a
// partitioned table, and where the operators change each one that has the
// column as a key.
func (t typeChange) rebuilds(index schema.Index) bool {
	if !slices.Contains(index.Columns, t.column.Name) {
		return false
	}
	if index.Invalid || t.table.Partitioned() || isComputed(index) {
		return true
	}
	return t.class == TypeRebuildsIndexes && slices.ContainsFunc(index.Keys, func(k schema.IndexKey) bool {
		return k.Column == t.column.Name && (k.Collation.IsZero() || !t.column.Type.Equal(t.desired.Type))
	})
}

// isComputed reports an index with an expression or a predicate.
func isComputed(index schema.Index) bool { return index.Where != nil || hasExpression(index) }

func hasExpression(index schema.Index) bool {
	return slices.ContainsFunc(index.Keys, func(k schema.IndexKey) bool { return k.Expression != nil })
}

// indexObstacles refuses what cannot be set aside: uniqueness would not be
// enforced meanwhile, and an expression may mean something else, or not be
// possible at all, for the new type.
func (t typeChange) indexObstacles() []Finding {
	var unique, computed, partitioned []string
	for _, index := range t.table.Indexes {
		switch name := index.Name.String(); {
		case !t.rebuilds(index):
		case t.table.Partitioned() || !index.Parent.IsZero():
			partitioned = append(partitioned, name)
		case index.Unique || index.Constraint != "" || index.ReplicaIdentity:
			unique = append(unique, name)
		case isComputed(index) && t.class == TypeRebuildsIndexes && !t.column.Type.Equal(t.desired.Type):
			computed = append(computed, name)
		}
	}
	for _, leaf := range leavesOf(t.table.Partitions) {
		for _, index := range leaf.Indexes {
			if index.Parent.IsZero() && t.rebuildsOnPartition(index) {
				partitioned = append(partitioned, index.Name.String())
			}
		}
	}
	var findings []Finding
	for _, o := range []struct {
		names          []string
		detail, advice string
	}{
		{unique, "PostgreSQL would build these indexes anew under ACCESS EXCLUSIVE. They cannot be dropped meanwhile, as they keep rows " +
			"unique, back a constraint or identify rows to subscribers:\n\n%s", t.transitionAdvice()},
		{computed, "These indexes have an expression or a predicate that may mean something else for the new type, or may not be possible " +
			"with it:\n\n%s\n\nDrop them in an apply of its own, change the type, and declare them again as they should be.", ""},
		{partitioned, "PostgreSQL builds the indexes of a partitioned table anew on every partition, under ACCESS EXCLUSIVE, for any change of " +
			"type:\n\n%s", t.transitionAdvice()},
	} {
		if len(o.names) > 0 {
			slices.Sort(o.names)
			findings = append(findings, t.fail(hazard.ColumnTypeChangeIndexRebuild, fmt.Sprintf(o.detail, list(o.names))+o.advice))
		}
	}
	return findings
}

// rebuildsOnPartition is rebuilds for an index that only a partition has.
func (t typeChange) rebuildsOnPartition(index schema.Index) bool {
	t.table.PartitionBy = nil
	return t.rebuilds(index)
}

// setIndexesAside marks the indexes and drops them concurrently.
func (t typeChange) setIndexesAside(indexes []setAside) []Operation {
	var statements []string
	for _, s := range indexes {
		if !s.marked {
			marker := rebuildMarker(t.table, t.column.Name, s.name)
			statements = append(statements,
				ddl.AddConstraintNotValid(t.table.Name, ddl.CheckConstraint(schema.Check{
					Name: marker, Expression: schema.Expression{Text: "true"},
				})),
				ddl.CommentOnConstraint(t.table.Name, marker, s.markerComment(t.column.Name)))
		}
	}
	var operations []Operation
	if len(statements) > 0 {
		operations = append(operations, alterTable(t.table, nil, statements...))
	}
	for _, s := range indexes {
		if s.there != nil {
			operations = append(operations, dropIndexConcurrently(t.table.Name, s.name))
		}
	}
	return operations
}

// bringIndexesBack builds the indexes again and removes their markers.
func (t typeChange) bringIndexesBack(indexes []setAside) []Operation {
	for i := range indexes {
		indexes[i].there = nil
	}
	return restore(t.table, t.column.Name, indexes)
}

// restoreIndexes finishes a type change of the column that was interrupted
// after the type was changed.
func restoreIndexes(table schema.Table, column schema.Name) []Operation {
	return restore(table, column, markedIndexes(table, column))
}

func restore(table schema.Table, column schema.Name, indexes []setAside) []Operation {
	var operations []Operation
	var last []string
	for _, s := range indexes {
		// One transaction, as nothing else tells whether the extras are done.
		last = append(last, s.after...)
		last = append(last, ddl.DropConstraint(table.Name, rebuildMarker(table, column, s.name)))
		if s.there != nil && s.there.Invalid {
			operations = append(operations, dropIndexConcurrently(table.Name, s.name))
			s.there = nil
		}
		if s.there == nil {
			operations = append(operations, s.operation(table.Name))
		}
	}
	if slices.ContainsFunc(indexes, func(s setAside) bool { return s.computed }) {
		operations = append(operations, analyzeExpressions(table.Name))
	}
	if len(last) > 0 {
		operations = append(operations, alterTable(table, nil, last...))
	}
	return operations
}

func (s setAside) operation(table schema.QualifiedName) Operation {
	o := createIndexConcurrently(schema.Index{Name: s.name, Table: table})
	o.Statements = []string{s.build}
	return o
}

// rebuildStatement is pg_get_indexdef() with CONCURRENTLY. It does not name the
// tablespace, so an index with one is written from its parts.
func rebuildStatement(index schema.Index) string {
	const create = "CREATE INDEX "
	if rest, found := strings.CutPrefix(index.Definition, create); found && index.Tablespace == "" {
		return create + "CONCURRENTLY " + rest
	}
	return ddl.CreateIndexConcurrently(index)
}

// rebuildExtras are what CREATE INDEX cannot say.
func rebuildExtras(index schema.Index) []string {
	var statements []string
	if index.Comment != "" {
		statements = append(statements, ddl.CommentOnIndex(index.Name, index.Comment))
	}
	if index.Clustered {
		statements = append(statements, ddl.ClusterOn(index.Table, index.Name.Name))
	}
	return statements
}
