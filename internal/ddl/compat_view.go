// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// CompatView creates the view that stands for a table under its other name,
// t.OtherName. It is updatable: INSERT (with the defaults of the table), UPDATE,
// DELETE, RETURNING, ON CONFLICT and FOR UPDATE go through it; TRUNCATE, COPY
// FROM and, before 17, MERGE do not. table is the observed one under the name
// that it has by then; version is server_version_num.
//
// From 15 on, rights and row security policies are those of whoever uses the
// view (security_invoker). On 14 they are those of its owner, so that a table
// with row security must not get one there. A view of the invoker asks for
// SELECT on all of its columns, whichever are read (measured on 15 to 18): where
// privileges were granted on columns, and no policy asks who reads, it is one
// of the owner as well, and the copied grants say who may do what.
func CompatView(t schema.OpenTransition, table schema.Table, version int) []string {
	view := t.OtherName
	columns := make([]schema.Name, len(table.Columns))
	for i, column := range table.Columns {
		columns[i] = column.Name
	}
	with := ""
	onColumns := slices.ContainsFunc(table.Grants, func(g schema.Grant) bool { return g.Column != "" })
	if version >= 150000 && (table.RowSecurity || !onColumns) {
		with = " WITH (security_invoker = true)"
	}
	statements := []string{
		"CREATE VIEW " + view.String() + with + " AS\n    SELECT " + schema.QuoteNames(columns) + " FROM " + table.Name.String(),
	}
	if table.Owner != "" {
		statements = append(statements, "ALTER VIEW "+view.String()+" OWNER TO "+table.Owner.Quote())
	}
	for _, grant := range table.Grants {
		if slices.Contains(viewPrivileges, grant.Privilege) {
			statements = append(statements, grantOn(view, grant))
		}
	}
	return append(statements, "COMMENT ON VIEW "+view.String()+" IS "+Literal(
		transitionComment(t, "the other name of "+table.Name.String()+" until contract")))
}

// viewPrivileges are those that mean something on a view.
var viewPrivileges = []string{"SELECT", "INSERT", "UPDATE", "DELETE"}

func grantOn(relation schema.QualifiedName, grant schema.Grant) string {
	statement := "GRANT " + grant.Privilege
	if grant.Column != "" {
		statement += " (" + grant.Column.Quote() + ")"
	}
	statement += " ON " + relation.String() + " TO "
	if grant.Grantee == "" {
		statement += "PUBLIC"
	} else {
		statement += grant.Grantee.Quote()
	}
	if grant.Grantable {
		statement += " WITH GRANT OPTION"
	}
	return statement
}

// DropView drops a view, and never what depends on it.
func DropView(view schema.QualifiedName) string { return "DROP VIEW " + view.String() }

// RenameTable renames a table within its schema.
func RenameTable(table schema.QualifiedName, to schema.Name) string {
	return "ALTER TABLE " + table.String() + " RENAME TO " + to.Quote()
}
