// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// AddForeignKeyNotValid adds a foreign key that is enforced for new rows and
// not yet proven for the old ones.
func AddForeignKeyNotValid(fk schema.ForeignKey) string { return AddForeignKey(fk) + " NOT VALID" }

// AddForeignKey adds a foreign key and proves it at once, which reads both
// tables unless all partitions have one that matches.
func AddForeignKey(fk schema.ForeignKey) string {
	return "ALTER TABLE " + fk.Table.String() + " ADD " + foreignKeyClause(fk)
}

func foreignKeyClause(fk schema.ForeignKey) string {
	var b strings.Builder
	b.WriteString("CONSTRAINT " + fk.Name.Quote() + " FOREIGN KEY (" + schema.QuoteNames(fk.Columns) + ")")
	b.WriteString(" REFERENCES " + fk.References.String())
	if len(fk.ReferencedColumns) > 0 {
		b.WriteString(" (" + schema.QuoteNames(fk.ReferencedColumns) + ")")
	}
	if fk.MatchFull {
		b.WriteString(" MATCH FULL")
	}
	if fk.OnDelete != schema.NoAction {
		b.WriteString(" ON DELETE " + string(fk.OnDelete))
		if len(fk.OnDeleteColumns) > 0 {
			b.WriteString(" (" + schema.QuoteNames(fk.OnDeleteColumns) + ")")
		}
	}
	if fk.OnUpdate != schema.NoAction {
		b.WriteString(" ON UPDATE " + string(fk.OnUpdate))
	}
	b.WriteString(Deferral(fk.Deferral))
	return b.String()
}

// AlterForeignKeyDeferral changes when a foreign key is checked. It is the one
// property of a constraint that ALTER CONSTRAINT can change on every version.
func AlterForeignKeyDeferral(table schema.QualifiedName, name schema.Name, d schema.Deferral) string {
	clause := Deferral(d)
	switch {
	case !d.Deferrable:
		clause = " NOT DEFERRABLE"
	case !d.InitiallyDeferred:
		clause = " DEFERRABLE INITIALLY IMMEDIATE"
	}
	return "ALTER TABLE " + table.String() + " ALTER CONSTRAINT " + name.Quote() + clause
}
