// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// indexRow is a row of sql/indexes.sql.
type indexRow struct {
	OID              uint32
	Table            uint32
	Schema, Name     schema.Name
	Method           string
	Definition       string
	Unique           bool
	Primary          bool
	Valid            bool
	ReplicaIdentity  bool `json:"replica_identity"`
	Clustered        bool
	NullsNotDistinct bool `json:"nulls_not_distinct"`
	Options          []string
	Tablespace       schema.Name
	Comment          string
	Pages            int64
	Constraint       schema.Name
	Partial          bool
	Predicate        *string
	ParentSchema     schema.Name `json:"parent_schema"`
	ParentName       schema.Name `json:"parent_name"`
	Keys             []keyPart
	Include          []schema.Name
	Columns          []schema.Name
}

func (row indexRow) index(table schema.QualifiedName) (schema.Index, error) {
	if row.Definition == "" || row.Partial && row.Predicate == nil {
		return schema.Index{}, &vanishedError{row.Table}
	}
	keys, err := indexKeys(row.Definition, row.Keys)
	if err != nil {
		return schema.Index{}, fmt.Errorf("read index %s: %w", schema.QualifiedName{Schema: row.Schema, Name: row.Name}, err)
	}
	index := schema.Index{
		Name:             schema.QualifiedName{Schema: row.Schema, Name: row.Name},
		Table:            table,
		Method:           row.Method,
		Keys:             keys,
		Include:          row.Include,
		Unique:           row.Unique,
		Primary:          row.Primary,
		NullsNotDistinct: row.NullsNotDistinct,
		Options:          parseOptions(nil, "", row.Options),
		Tablespace:       row.Tablespace,
		Comment:          row.Comment,
		Invalid:          !row.Valid,
		Constraint:       row.Constraint,
		ReplicaIdentity:  row.ReplicaIdentity,
		Clustered:        row.Clustered,
		Columns:          row.Columns,
		Definition:       row.Definition,
	}
	if row.ParentName != "" {
		index.Parent = schema.QualifiedName{Schema: row.ParentSchema, Name: row.ParentName}
	}
	if row.Predicate != nil {
		e := observedExpression(*row.Predicate, schema.VolatilityUnknown)
		index.Where = &e
	}
	return index, nil
}

// addIndexes puts the indexes on their tables and returns them by oid for the
// constraints that they back.
func (rows *rowSet) addIndexes(byOID map[uint32]*relation) (map[uint32]schema.Index, error) {
	backing := make(map[uint32]schema.Index, len(rows.indexes))
	pageSize := int64(0)
	if len(rows.relations) > 0 {
		pageSize = rows.relations[0].PageSize
	}
	for _, row := range rows.indexes {
		r := byOID[row.Table]
		if r == nil {
			continue
		}
		index, err := row.index(r.table.Name)
		if err != nil {
			return nil, err
		}
		backing[row.OID] = index
		r.table.Indexes = append(r.table.Indexes, index)
		r.size.IndexBytes += row.Pages * pageSize
		r.size.TotalBytes += row.Pages * pageSize
		if row.ReplicaIdentity && r.table.ReplicaIdentity.Mode == schema.ReplicaIdentityIndex {
			r.table.ReplicaIdentity.Index = row.Name
		}
	}
	return backing, nil
}
