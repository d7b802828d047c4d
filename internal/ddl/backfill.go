// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// BackfillBatch returns the statement of a backfill: it fills the rows in which
// the column is NULL, in the heap blocks from $1 to $2 (two tids). ONLY, as
// partitions and inheriting tables have blocks of their own.
func BackfillBatch(table schema.QualifiedName, column schema.Name, value schema.Expression) string {
	return "UPDATE ONLY " + table.String() + " SET " + column.Quote() + " = " + expressionSQL(value) +
		"\n WHERE ctid >= $1 AND ctid < $2 AND " + column.Quote() + " IS NULL"
}
