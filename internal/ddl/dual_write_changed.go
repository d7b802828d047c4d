// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// changed is true of an update that changes one of the columns.
//
// Two values that are equal need not be the same (citext, numeric, jsonb,
// collations), and types like json have no equality at all: what is compared
// is the stored image, by name, as between two ROW() the operator *<> would
// compare column by column. Making two records costs more than an operator,
// which is all that types need whose equality is that of their bytes.
func changed(table schema.Table, columns []schema.Name) string {
	var conditions []string
	var loose []schema.Name
	for _, name := range columns {
		cast, exact := exactEquality(table.Column(name))
		if !exact {
			loose = append(loose, name)
			continue
		}
		conditions = append(conditions, field("OLD", name)+cast+" IS DISTINCT FROM "+field("NEW", name)+cast)
	}
	if len(loose) > 0 {
		conditions = append(conditions, "pg_catalog.record_image_ne("+rowOf("OLD", loose)+", "+rowOf("NEW", loose)+")")
	}
	return strings.Join(conditions, " OR ")
}

// exactEquality reports whether two values of the column are the same when they
// are equal, and the cast for which pg_catalog has an operator of exactly that
// type: one that somebody puts into another schema of the search_path cannot
// match better.
func exactEquality(column *schema.Column) (cast string, exact bool) {
	if column == nil {
		return "", false
	}
	name, _, _ := strings.Cut(column.Type.SQL(), "(")
	switch name {
	case "smallint", "integer", "bigint", "boolean", "date", "uuid", "bytea", "oid",
		"timestamp without time zone", "timestamp with time zone":
		return "", true
	case "text", "character varying":
		// A collation of somebody else's may be nondeterministic.
		return "::text", column.Collation.IsZero() || column.Collation.Schema == "pg_catalog"
	}
	return "", false
}

func rowOf(record string, columns []schema.Name) string {
	return "ROW(" + strings.Join(fields(record, columns), ", ") + ")"
}

func fields(record string, columns []schema.Name) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = field(record, column)
	}
	return list
}
