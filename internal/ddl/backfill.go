// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Assignment is a column and the expression that it is set to.
type Assignment struct {
	Column schema.Name
	Value  schema.Expression
}

// BackfillBatch returns the statement of a backfill: it fills the rows that the
// condition selects, in the heap blocks from $1 to $2 (two tids). ONLY, as
// partitions and inheriting tables have blocks of their own.
func BackfillBatch(table schema.QualifiedName, assignments []Assignment, condition string) string {
	sets := make([]string, len(assignments))
	for i, a := range assignments {
		sets[i] = a.Column.Quote() + " = " + expressionSQL(a.Value)
	}
	return "UPDATE ONLY " + table.String() + " SET " + strings.Join(sets, ", ") +
		"\nWHERE ctid >= $1::tid AND ctid < $2::tid AND " + condition
}

// BackfillCondition selects the rows that are left to fill: those in which all
// columns are NULL. A row that would get NULLs is not written, unless asking
// would call a volatile function a second time.
func BackfillCondition(assignments []Assignment) string {
	var unset, filled []string
	asks := true
	for _, a := range assignments {
		unset = append(unset, a.Column.Quote()+" IS NULL")
		filled = append(filled, Parenthesised(a.Value)+" IS NOT NULL")
		calculable := a.Value.Volatility == schema.Immutable || a.Value.Volatility == schema.Stable
		asks = asks && calculable && !a.Value.IsLiteral()
	}
	condition := strings.Join(unset, " AND ")
	switch {
	case asks && len(filled) == 1:
		condition += " AND " + filled[0]
	case asks:
		condition += " AND (" + strings.Join(filled, " OR ") + ")"
	}
	return condition
}
