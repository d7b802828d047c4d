// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// constraintRow is a row of sql/constraints.sql.
type constraintRow struct {
	OID               uint32
	Table             uint32
	TableSchema       schema.Name `json:"table_schema"`
	TableName         schema.Name `json:"table_name"`
	Name              schema.Name
	Type              string
	Deferrable        bool
	Deferred          bool
	Validated         bool
	Enforced          bool
	Period            bool
	NoInherit         bool `json:"no_inherit"`
	Inherited         bool
	Index             uint32
	HasParent         bool `json:"has_parent"`
	ParentOnSameTable bool `json:"parent_on_same_table"`
	Comment           string
	Columns           []schema.Name
	Expression        string
	References        uint32
	ReferencesSchema  schema.Name `json:"references_schema"`
	ReferencesName    schema.Name `json:"references_name"`
	// ReferencesPartitioned is about the referenced table.
	ReferencesPartitioned bool          `json:"references_partitioned"`
	ReferencedColumns     []schema.Name `json:"referenced_columns"`
	Match                 string
	OnDelete              string        `json:"on_delete"`
	OnUpdate              string        `json:"on_update"`
	OnDeleteColumns       []schema.Name `json:"on_delete_columns"`
	Operators             []schema.QualifiedName
}

func (row constraintRow) deferral() schema.Deferral {
	return schema.Deferral{Deferrable: row.Deferrable, InitiallyDeferred: row.Deferred}
}

// addConstraints puts the constraints on their tables.
func (rows *rowSet) addConstraints(byOID map[uint32]*relation, backing map[uint32]schema.Index) error {
	for _, row := range rows.constraints {
		if row.Type == "f" {
			row.addForeignKey(byOID)
			continue
		}
		r := byOID[row.Table]
		if r == nil {
			continue
		}
		table, index := &r.table, backing[row.Index]
		if row.Type == "c" && row.Expression == "" || row.Index != 0 && index.Name.Name == "" {
			return &vanishedError{row.Table}
		}
		switch row.Type {
		case "p":
			key := row.key(index)
			table.PrimaryKey = &key
		case "u":
			table.Uniques = append(table.Uniques, row.key(index))
		case "c":
			table.Checks = append(table.Checks, row.check())
		case "x":
			table.Exclusions = append(table.Exclusions, row.exclusion(index))
		case "n":
			for _, name := range row.Columns {
				if column := table.Column(name); column != nil {
					column.NotNull = &schema.NotNullConstraint{Name: row.Name, Valid: row.Validated}
				}
			}
		}
	}
	return nil
}

func (row constraintRow) key(index schema.Index) schema.Key {
	return schema.Key{
		Name:             row.Name,
		Columns:          row.Columns,
		Include:          index.Include,
		NullsNotDistinct: index.NullsNotDistinct,
		Deferral:         row.deferral(),
		Options:          index.Options,
		Tablespace:       index.Tablespace,
		Comment:          row.Comment,
		WithoutOverlaps:  row.Period,
		Inherited:        row.Inherited,
	}
}

func (row constraintRow) check() schema.Check {
	return schema.Check{
		Name:        row.Name,
		Expression:  observedExpression(row.Expression, schema.VolatilityUnknown),
		NoInherit:   row.NoInherit,
		Comment:     row.Comment,
		NotValid:    !row.Validated,
		NotEnforced: !row.Enforced,
		Columns:     row.Columns,
		Inherited:   row.Inherited,
	}
}

func (row constraintRow) exclusion(index schema.Index) schema.Exclusion {
	exclusion := schema.Exclusion{
		Name:       row.Name,
		Method:     index.Method,
		Include:    index.Include,
		Where:      index.Where,
		Deferral:   row.deferral(),
		Options:    index.Options,
		Tablespace: index.Tablespace,
		Comment:    row.Comment,
		Inherited:  row.Inherited,
	}
	for i, key := range index.Keys {
		element := schema.ExclusionElement{IndexKey: key}
		if i < len(row.Operators) {
			element.Operator = operatorSQL(row.Operators[i])
		}
		exclusion.Elements = append(exclusion.Elements, element)
	}
	return exclusion
}

// operatorSQL spells an operator so that it needs no search_path. The name of
// an operator consists of symbols and is never quoted.
func operatorSQL(operator schema.QualifiedName) string {
	if operator.Schema == "pg_catalog" {
		return string(operator.Name)
	}
	return "OPERATOR(" + operator.Schema.Quote() + "." + string(operator.Name) + ")"
}
