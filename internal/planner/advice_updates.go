// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// An index is worth a word when at least so many updates of its table were
// heap-only (HOT), and at least this part of all of them.
const (
	manyHOTUpdates = 1000
	hotPart        = 0.1
)

// NewlyIndexed are the columns of an index that no index of the table names so
// far: what an update of them costs changes with it. None, where the index is
// there already. An update is heap-only if it changes no column of an index, and
// its page has room (manual, "Heap-Only Tuples"); from PostgreSQL 16 on,
// summarizing indexes (BRIN) do not count.
func NewlyIndexed(server Server, table schema.Table, desired schema.Index, observed *schema.Index) []schema.Name {
	counts := func(i schema.Index) bool { return server.Version < 160000 || i.Method != "brin" }
	if !counts(desired) || observed != nil && sameIndex(desired, *observed) {
		return nil
	}
	others := slices.DeleteFunc(slices.Clone(table.Indexes), func(i schema.Index) bool {
		return !counts(i) || i.Name == desired.Name || i.Name.Name == halfName("new", desired.Name.Schema, desired.Name.Name)
	})
	if observed != nil && counts(*observed) {
		others = append(others, *observed)
	}
	var names []schema.Name
	for _, column := range table.Columns {
		taken := slices.ContainsFunc(others, func(i schema.Index) bool { return i.Names(column.Name) })
		if desired.Names(column.Name) && !taken {
			names = append(names, column.Name)
		}
	}
	return names
}

// AdviseHOTUpdates is about updates of newly indexed columns, which can no longer
// be heap-only. The server counts updates of tables and not of columns.
func AdviseHOTUpdates(server Server, table schema.Table, desired schema.Index, columns []schema.Name, updates, hot int64) []Finding {
	if len(columns) == 0 || hot < manyHOTUpdates || float64(hot) < hotPart*float64(updates) {
		return nil
	}
	names := schema.QuoteNames(columns)
	detail := fmt.Sprintf("%d %% of the updates of %s were heap-only (HOT): they changed no column of an index, so that no index was written and VACUUM had less to do. "+
		"An update that changes %s cannot be that any more: it writes each index of the table. The server counts updates of tables and not of columns: "+
		"if the application rarely changes it, nothing is lost. Otherwise index it only if queries need it.", hot*100/max(updates, hot), table.Name, strings.ReplaceAll(names, ", ", " or "))
	if server.Version >= 160000 {
		detail += " A BRIN index has no such price."
	}
	return []Finding{style(hazard.IndexBreaksHOTUpdates, []string{"keys"}, fmt.Sprintf("Index %s may slow updates of %s down", desired.Name, table.Name), detail)}
}
