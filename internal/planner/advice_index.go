// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// usefulKeys is how many keys of an index a query commonly uses.
const usefulKeys = 3

// manyIndexes is how many indexes of a table a session can lock on the fast path
// before PostgreSQL 18, next to the table itself: it has 16 places for the weak
// locks of queries, and takes others in the memory that all sessions share.
const manyIndexes = 15

// indexesBeside counts the indexes of a table that would stay beside a new one;
// of a redefined one there are not more than before.
func indexesBeside(table schema.Table, desired schema.Index, observed *schema.Index) int {
	if observed != nil {
		return 0
	}
	there := slices.DeleteFunc(slices.Clone(table.Indexes), func(i schema.Index) bool { return i.Name == desired.Name })
	return len(there)
}

// AdviseIndex advises on an index that is new or gets another definition.
func AdviseIndex(table schema.Table, desired schema.Index, observed *schema.Index) []Finding {
	if observed != nil && sameIndex(desired, *observed) {
		return nil
	}
	var findings []Finding
	keys := []string{"keys"}
	if n := len(desired.Keys); n > usefulKeys && !desired.Unique {
		findings = append(findings, style(hazard.IndexWideLowValue, keys, fmt.Sprintf("Index %s has %d keys", desired.Name, n),
			"More than three rarely help a query, and each write pays for them. Keep the columns that queries filter by, and put those that they only read into include."))
	}
	if slices.ContainsFunc(desired.Keys, func(k schema.IndexKey) bool { return k.Expression != nil }) {
		findings = append(findings, style(hazard.IndexExpressionNeedsAnalyze, keys, fmt.Sprintf("Index %s has an expression without statistics", desired.Name),
			fmt.Sprintf("PostgreSQL guesses how many rows match until the next ANALYZE:\n\n    ANALYZE %s;", table.Name)))
	}
	if there := indexesBeside(table, desired, observed); there >= manyIndexes {
		findings = append(findings, style(hazard.IndexRedundantOrTooMany, nil, fmt.Sprintf("Index %s is one of %d of %s", desired.Name, there+1, table.Name),
			fmt.Sprintf("Each INSERT writes all of them, and each query is planned with a lock on all of them: beyond %d they no longer have a place of their own in a "+
				"session before PostgreSQL 18, which slows many short queries down. Drop those that no query uses (idx_scan in pg_stat_user_indexes).", manyIndexes)))
	}
	if longer := beginning(table, desired); longer != nil {
		findings = append(findings, style(hazard.IndexRedundantOrTooMany, keys, fmt.Sprintf("Index %s begins another one", desired.Name),
			fmt.Sprintf("Index %s begins with the same keys and serves the same queries, if a little slower. Each write pays for both: leave this one out, unless being smaller matters.", longer.Name)))
	}
	return findings
}

// beginning returns a valid index whose keys begin with all of those of a plain
// index.
func beginning(table schema.Table, desired schema.Index) *schema.Index {
	if desired.Unique || desired.Where != nil || len(desired.Include) > 0 {
		return nil
	}
	own := []schema.Name{desired.Name.Name, halfName("new", desired.Name.Schema, desired.Name.Name), halfName("old", desired.Name.Schema, desired.Name.Name)}
	for i, other := range table.Indexes {
		n := len(desired.Keys)
		if other.Invalid || other.Where != nil || other.Method != "btree" || desired.Method != "btree" || len(other.Keys) <= n || slices.Contains(own, other.Name.Name) {
			continue
		}
		if slices.EqualFunc(desired.Keys, other.Keys[:n], sameIndexKey) {
			return &table.Indexes[i]
		}
	}
	return nil
}
