// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// rowsWhere asks for examples of rows: "id = 7", by primary key where there is
// one, else by place. An empty condition asks for any row.
func rowsWhere(table schema.Table, condition string) string {
	query := "SELECT " + ddl.RowLabel(table) + " FROM " + table.Name.String()
	if condition != "" {
		query += " WHERE " + condition
	}
	return query
}
