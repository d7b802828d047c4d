// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// BackfillBatch returns the statement of a backfill: it fills the rows in which
// the column is NULL, in the heap blocks from $1 to $2 (two tids). ONLY, as
// partitions and inheriting tables have blocks of their own. A row that would
// get NULL is not written, unless asking would call a volatile function a
// second time.
func BackfillBatch(table schema.QualifiedName, column schema.Name, value schema.Expression) string {
	statement := "UPDATE ONLY " + table.String() + " SET " + column.Quote() + " = " + expressionSQL(value) +
		"\nWHERE ctid >= $1::tid AND ctid < $2::tid AND " + column.Quote() + " IS NULL"
	if (value.Volatility == schema.Immutable || value.Volatility == schema.Stable) && !value.IsLiteral() {
		statement += " AND " + Parenthesised(value) + " IS NOT NULL"
	}
	return statement
}
