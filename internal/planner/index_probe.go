// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// indexProbes asks for the duplicates that a unique index would fail on, after
// a long build that leaves an INVALID index.
func indexProbes(table schema.Table, desired schema.Index) []Probe {
	if !desired.Unique {
		return nil
	}
	return []Probe{duplicateProbe(table, desired, Finding{
		Hazard:   hazard.UniqueAddFailsOnDuplicates,
		Severity: hazard.Error,
		Path:     []string{"unique"},
		Summary:  "Cannot create unique index " + desired.Name.String(),
		Detail: fmt.Sprintf("Rows of %s have the same key. The build would run to its end and fail. "+
			"Remove or change the duplicates first.", table.Name),
	})}
}

// duplicateProbe looks for groups of rows with the same key.
func duplicateProbe(table schema.Table, index schema.Index, finding Finding) Probe {
	var keys, examples, conditions []string
	for _, key := range index.Keys {
		sql := key.Column.Quote()
		if key.Expression != nil {
			sql = "(" + expressionText(*key.Expression) + ")"
		}
		keys = append(keys, sql)
		examples = append(examples, exampleOf(sql, sql))
		if !index.NullsNotDistinct {
			conditions = append(conditions, sql+" IS NOT NULL")
		}
	}
	if index.Where != nil {
		conditions = append(conditions, "("+expressionText(*index.Where)+")")
	}
	where := ""
	if len(conditions) > 0 {
		where = " WHERE " + strings.Join(conditions, " AND ")
	}
	return Probe{Finding: finding, Query: fmt.Sprintf(
		"SELECT %s || ' (' || count(*) || ' rows)' FROM %s%s GROUP BY %s HAVING count(*) > 1",
		strings.Join(examples, " || ', ' || "), table.Name, where, strings.Join(keys, ", "))}
}

// exampleOf returns SQL for "email = 'a@example.org'".
func exampleOf(label, sql string) string {
	return ddl.Literal(label+" = ") + " || coalesce(quote_literal((" + sql + ")::text), 'NULL')"
}

// expressionText prefers the server's spelling, which does not depend on
// search_path.
func expressionText(e schema.Expression) string {
	if e.Canonical != "" {
		return e.Canonical
	}
	return e.Text
}
