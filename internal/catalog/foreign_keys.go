// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

var referentialActions = map[string]schema.ReferentialAction{
	"a": schema.NoAction, "r": schema.Restrict, "c": schema.Cascade, "n": schema.SetNull, "d": schema.SetDefault,
}

func (row constraintRow) foreignKey() schema.ForeignKey {
	return schema.ForeignKey{
		Table:             schema.QualifiedName{Schema: row.TableSchema, Name: row.TableName},
		Name:              row.Name,
		Columns:           row.Columns,
		References:        schema.QualifiedName{Schema: row.ReferencesSchema, Name: row.ReferencesName},
		ReferencedColumns: row.ReferencedColumns,
		MatchFull:         row.Match == "f",
		OnDelete:          referentialActions[row.OnDelete],
		OnDeleteColumns:   row.OnDeleteColumns,
		OnUpdate:          referentialActions[row.OnUpdate],
		Deferral:          row.deferral(),
		Comment:           row.Comment,
		NotValid:          !row.Validated,
		NotEnforced:       !row.Enforced,
		Inherited:         row.HasParent || row.Inherited,

		ReferencesPartitioned: row.ReferencesPartitioned,
	}
}

// addForeignKey puts a foreign key on both of its tables. One that references
// a partitioned table has a further row for each partition of it, on the same
// table and with the first as its parent: that one is not a foreign key that
// somebody declared, but it does hold the partition.
func (row constraintRow) addForeignKey(byOID map[uint32]*relation) {
	fk := row.foreignKey()
	if r := byOID[row.Table]; r != nil && !row.ParentOnSameTable {
		r.table.ForeignKeys = append(r.table.ForeignKeys, fk)
	}
	if r := byOID[row.References]; r != nil {
		r.table.ReferencedBy = append(r.table.ReferencedBy, fk)
	}
}
