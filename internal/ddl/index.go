// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// CreateIndexConcurrently builds an index while reads and writes go on. It
// cannot run in a transaction block.
func CreateIndexConcurrently(index schema.Index) string {
	return createIndex(index, "CONCURRENTLY ", "")
}

// CreateIndex makes an index while writers wait, those of all partitions of a
// partitioned table included.
func CreateIndex(index schema.Index) string { return createIndex(index, "", "") }

// CreateIndexOnly makes the index of a partitioned table alone, without those
// of its partitions: instant, and invalid until each partition has one
// attached.
func CreateIndexOnly(index schema.Index) string { return createIndex(index, "", "ONLY ") }

func createIndex(index schema.Index, concurrently, only string) string {
	var b strings.Builder
	b.WriteString("CREATE ")
	if index.Unique {
		b.WriteString("UNIQUE ")
	}
	b.WriteString("INDEX " + concurrently + index.Name.Name.Quote())
	b.WriteString(" ON " + only + index.Table.String())
	b.WriteString(" USING " + schema.Name(IndexMethod(index)).Quote())
	keys := make([]string, len(index.Keys))
	for i, key := range index.Keys {
		keys[i] = IndexKey(key)
	}
	b.WriteString(" (" + strings.Join(keys, ", ") + ")")
	if len(index.Include) > 0 {
		b.WriteString(" INCLUDE (" + schema.QuoteNames(index.Include) + ")")
	}
	if index.NullsNotDistinct {
		b.WriteString(" NULLS NOT DISTINCT")
	}
	if len(index.Options) > 0 {
		b.WriteString(" WITH (" + optionList(index.Options) + ")")
	}
	if index.Tablespace != "" {
		b.WriteString(" TABLESPACE " + index.Tablespace.Quote())
	}
	if index.Where != nil {
		b.WriteString(" WHERE " + expressionSQL(*index.Where))
	}
	return b.String()
}

// IndexMethod returns the access method of an index, which is btree where none
// is named.
func IndexMethod(index schema.Index) string {
	if index.Method == "" {
		return "btree"
	}
	return index.Method
}

// IndexKey returns one key of CREATE INDEX, EXCLUDE or PARTITION BY.
func IndexKey(key schema.IndexKey) string {
	var b strings.Builder
	if key.Expression != nil {
		b.WriteString("(" + expressionSQL(*key.Expression) + ")")
	} else {
		b.WriteString(key.Column.Quote())
	}
	if !key.Collation.IsZero() {
		b.WriteString(" COLLATE " + key.Collation.String())
	}
	if !key.OperatorClass.IsZero() {
		b.WriteString(" " + key.OperatorClass.String())
		if len(key.OperatorClassOptions) > 0 {
			b.WriteString(" (" + optionList(key.OperatorClassOptions) + ")")
		}
	}
	if key.Descending {
		b.WriteString(" DESC")
	}
	if key.NullsFirst != nil {
		if *key.NullsFirst {
			b.WriteString(" NULLS FIRST")
		} else {
			b.WriteString(" NULLS LAST")
		}
	}
	return b.String()
}

// expressionSQL prefers the server's spelling, which does not depend on
// search_path.
func expressionSQL(e schema.Expression) string {
	if e.Canonical != "" {
		return e.Canonical
	}
	return e.Text
}

// optionList writes storage parameters in the order of their names. The values
// are constants, which every parameter accepts.
func optionList(options map[string]string) string {
	names := make([]string, 0, len(options))
	for name := range options {
		names = append(names, name)
	}
	slices.Sort(names)
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = optionName(name) + " = " + Literal(options[name])
	}
	return strings.Join(parts, ", ")
}

// optionName quotes a storage parameter; toast.x keeps its prefix apart.
func optionName(name string) string {
	if namespace, rest, found := strings.Cut(name, "."); found {
		return schema.Name(namespace).Quote() + "." + schema.Name(rest).Quote()
	}
	return schema.Name(name).Quote()
}

// DropIndexConcurrently drops an index while reads and writes go on. It cannot
// run in a transaction block.
func DropIndexConcurrently(index schema.QualifiedName) string {
	return "DROP INDEX CONCURRENTLY " + index.String()
}

// DropIndex drops an index under ACCESS EXCLUSIVE: the only way for an index of
// a partitioned table.
func DropIndex(index schema.QualifiedName) string { return "DROP INDEX " + index.String() }

// RenameIndex renames an index, and the constraint that it backs, under SHARE
// UPDATE EXCLUSIVE on the index alone. ALTER TABLE ... RENAME would take ACCESS
// EXCLUSIVE.
func RenameIndex(index schema.QualifiedName, to schema.Name) string {
	return "ALTER INDEX " + index.String() + " RENAME TO " + to.Quote()
}

// SetIndexOptions sets storage parameters of an index.
func SetIndexOptions(index schema.QualifiedName, options map[string]string) string {
	return "ALTER INDEX " + index.String() + " SET (" + optionList(options) + ")"
}

// ResetIndexOptions gives storage parameters of an index their defaults back.
func ResetIndexOptions(index schema.QualifiedName, names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = optionName(name)
	}
	return "ALTER INDEX " + index.String() + " RESET (" + strings.Join(quoted, ", ") + ")"
}

// ReindexTablespace builds an index anew in a tablespace while reads and writes
// go on. ALTER INDEX ... SET TABLESPACE would copy it under ACCESS EXCLUSIVE.
func ReindexTablespace(index schema.QualifiedName, tablespace schema.Name) string {
	return "REINDEX (TABLESPACE " + tablespace.Quote() + ") INDEX CONCURRENTLY " + index.String()
}

// AttachIndex attaches the index of a partition to that of its parent.
func AttachIndex(parent, partition schema.QualifiedName) string {
	return "ALTER INDEX " + parent.String() + " ATTACH PARTITION " + partition.String()
}

// CommentOnIndex sets the comment of an index, or removes it.
func CommentOnIndex(index schema.QualifiedName, comment string) string {
	return "COMMENT ON INDEX " + index.String() + " IS " + literalOrNull(comment)
}

// ClusterOn marks the index by which CLUSTER would sort the table.
func ClusterOn(table schema.QualifiedName, index schema.Name) string {
	return "ALTER TABLE " + table.String() + " CLUSTER ON " + index.Quote()
}
