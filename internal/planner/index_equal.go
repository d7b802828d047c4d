// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// defaultTablespace is what an index without a tablespace is compared with: it
// is the database's default one on nearly every server.
const defaultTablespace schema.Name = "pg_default"

// sameIndex reports whether both indexes are defined the same. Name, comment,
// storage parameters and tablespace do not count: they change in place.
func sameIndex(a, b schema.Index) bool {
	return ddl.IndexMethod(a) == ddl.IndexMethod(b) &&
		a.Unique == b.Unique &&
		a.NullsNotDistinct == b.NullsNotDistinct &&
		slices.EqualFunc(a.Keys, b.Keys, sameIndexKey) &&
		slices.Equal(a.Include, b.Include) &&
		schema.EqualExpressions(a.Where, b.Where)
}

// usableIndex reports whether an index that is there can be taken for one that
// would have to be built.
func usableIndex(wanted, there schema.Index) bool {
	return !there.Invalid && sameIndex(wanted, there) &&
		maps.Equal(wanted.Options, there.Options) && sameTablespace(wanted.Tablespace, there.Tablespace)
}

func sameIndexKey(a, b schema.IndexKey) bool {
	return a.Column == b.Column &&
		schema.EqualExpressions(a.Expression, b.Expression) &&
		sameQualified(a.Collation, b.Collation) &&
		sameQualified(a.OperatorClass, b.OperatorClass) &&
		maps.Equal(a.OperatorClassOptions, b.OperatorClassOptions) &&
		a.Descending == b.Descending &&
		nullsFirst(a) == nullsFirst(b)
}

// nullsFirst resolves the default: NULLs count as larger than all values.
func nullsFirst(k schema.IndexKey) bool {
	if k.NullsFirst == nil {
		return k.Descending
	}
	return *k.NullsFirst
}

// sameQualified compares names of which one may leave the schema to
// search_path: text_pattern_ops is pg_catalog.text_pattern_ops.
func sameQualified(a, b schema.QualifiedName) bool {
	return a.Name == b.Name && (a.Schema == b.Schema || a.Schema == "" || b.Schema == "")
}

func sameTablespace(a, b schema.Name) bool {
	name := func(n schema.Name) schema.Name {
		if n == "" {
			return defaultTablespace
		}
		return n
	}
	return name(a) == name(b)
}
