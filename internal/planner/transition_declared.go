// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Declared returns the observed table as its resource is to show it while
// transitions are open: what waits for a later phase counts as if it were there,
// or each refresh would report it as drift. Like is what the state names.
func Declared(like, observed schema.Table) schema.Table {
	result := observed
	result.Columns = slices.Clone(observed.Columns)
	for _, t := range observed.Transitions {
		for i := range result.Columns {
			column := &result.Columns[i]
			named := like.Column(column.Name)
			switch {
			case named == nil:
			case t.Kind == schema.ColumnRetyped:
				if t.Phase == schema.Expand && contains(t.Old, column.Name) && !sameType(*named, *column) {
					column.Type, column.Collation, column.Default = named.Type, named.Collation, recastDefault(column.Default, named.Default)
					if t.Lenient {
						column.Default = named.Default
					}
				}
			case contains(t.New, column.Name):
				column.Default, column.Replaces = named.Default, named.Replaces
				if t.Phase == schema.Expand {
					column.Nullable = named.Nullable
				}
			case t.Separate && contains(t.OldNotNull, column.Name):
				column.Nullable = named.Nullable
			}
		}
		result = recastChecks(t, like, declaredConstraints(t, like, result))
	}
	return result
}

// declaredConstraints are those that wait: all of new columns up to migrate, and
// up to contract those that are to take the place of one on old columns.
func declaredConstraints(t schema.OpenTransition, like, table schema.Table) schema.Table {
	have := constraintsOf(table)
	waits := func(wanted constraint) bool {
		i := slices.IndexFunc(have, wanted.is)
		return t.Phase == schema.Expand && wanted.names(t.New) || i >= 0 && have[i].names(t.Old) && !wanted.names(t.Old)
	}
	if k := like.PrimaryKey; k != nil && waits(keyConstraint(primaryKind, *k)) {
		table.PrimaryKey = k
	}
	table.Uniques = declaredOnes(table.Uniques, like.Uniques, func(k schema.Key) schema.Name { return k.Name },
		func(k schema.Key) bool { return waits(keyConstraint(uniqueKind, k)) })
	table.Checks = declaredOnes(table.Checks, like.Checks, func(k schema.Check) schema.Name { return k.Name },
		func(k schema.Check) bool { return waits(checkConstraint(k)) })
	table.Exclusions = declaredOnes(table.Exclusions, like.Exclusions, func(e schema.Exclusion) schema.Name { return e.Name },
		func(e schema.Exclusion) bool { return waits(exclusionConstraint(e)) })
	return table
}

func declaredOnes[T any](observed, like []T, name func(T) schema.Name, waits func(T) bool) []T {
	result := slices.Clone(observed)
	for _, item := range like {
		if !waits(item) {
			continue
		}
		result = slices.DeleteFunc(result, func(other T) bool { return name(other) == name(item) })
		result = append(result, item)
	}
	return result
}
