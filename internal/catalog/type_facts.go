// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// typeRow is a row of sql/types.sql.
type typeRow struct {
	OID         uint32
	Name        string
	Kind        string
	Length      int
	Align       string
	Storage     string
	Array       bool
	Base        uint32
	BaseType    string `json:"base_type"`
	Constrained bool
	CastsTo     []string `json:"casts_to"`
}

// typeTable finds types by pg_type.oid.
type typeTable map[uint32]typeRow

func newTypeTable(rows []typeRow) typeTable {
	table := make(typeTable, len(rows))
	for _, row := range rows {
		table[row.OID] = row
	}
	return table
}

// column returns the type of an object, as format_type() printed it.
func (t typeTable) column(oid uint32, canonical string) schema.Type {
	return schema.Type{Text: canonical, Canonical: canonical, Facts: t.facts(oid)}
}

func (t typeTable) facts(oid uint32) *schema.TypeFacts {
	row, ok := t[oid]
	if !ok {
		return nil
	}
	facts := &schema.TypeFacts{
		Kind: row.Kind, Length: row.Length, Align: row.Align, Storage: storages[row.Storage], Array: row.Array,
		Constrained: row.Constrained, CastsTo: row.CastsTo,
	}
	if row.Base != 0 {
		base := t.column(row.Base, row.BaseType)
		facts.Base = &base
		facts.Constrained = facts.Constrained || base.Facts != nil && base.Facts.Constrained
	}
	return facts
}
