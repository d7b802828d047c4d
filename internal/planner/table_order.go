// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"cmp"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// physicalOrder is the order of columns in a new table: the primary key first,
// then by alignment from 8 bytes down to 1, then those of variable length, each
// by name. That leaves the least padding between the columns of a row.
func physicalOrder(columns []schema.Column, primary *schema.Key) []schema.Column {
	rank := func(column schema.Column) int {
		if primary != nil {
			if i := slices.Index(primary.Columns, column.Name); i >= 0 {
				return i - len(primary.Columns)
			}
		}
		facts := column.Type.Facts
		if facts == nil || facts.Length < 0 {
			return 4
		}
		return map[string]int{"d": 0, "i": 1, "s": 2, "c": 3}[facts.Align]
	}
	return slices.SortedStableFunc(slices.Values(columns), func(a, b schema.Column) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name))
	})
}
