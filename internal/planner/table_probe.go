// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// rowsWhere asks for examples of rows: "id = 7", by primary key where there is
// one, else by place. An empty condition asks for any row.
func rowsWhere(table schema.Table, condition string) string {
	query := "SELECT " + rowLabel(table) + " FROM " + table.Name.String()
	if condition != "" {
		query += " WHERE " + condition
	}
	return query
}

func rowLabel(table schema.Table) string {
	if table.PrimaryKey == nil || len(table.PrimaryKey.Columns) == 0 {
		return "'ctid = ' || ctid::text"
	}
	parts := make([]string, len(table.PrimaryKey.Columns))
	for i, column := range table.PrimaryKey.Columns {
		parts[i] = ddl.Literal(column.Quote()+" = ") + " || " + column.Quote() + "::text"
	}
	return strings.Join(parts, " || ', ' || ")
}
