// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// relationRow is a row of sql/relations.sql.
type relationRow struct {
	OID              uint32
	Schema           schema.Name
	Name             schema.Name
	Kind             string
	Persistence      string
	Owner            schema.Name
	Owned            bool
	MayReference     bool `json:"may_reference"`
	Filtered         bool
	Comment          string
	Options          []string
	ToastOptions     []string `json:"toast_options"`
	Tablespace       schema.Name
	ReplicaIdentity  string      `json:"replica_identity"`
	RowSecurity      bool        `json:"row_security"`
	ForceRowSecurity bool        `json:"force_row_security"`
	AccessMethod     schema.Name `json:"access_method"`
	Extension        schema.Name
	IsPartition      bool `json:"is_partition"`
	Bound            string
	Tuples           float64
	Pages            int64
	ToastPages       int64 `json:"toast_pages"`
	PageSize         int64 `json:"page_size"`
	Parents          []struct {
		OID           uint32
		Schema, Name  schema.Name
		DetachPending bool `json:"detach_pending"`
		Default       schema.QualifiedName
	}
	Strategy             string
	PartitionKey         string    `json:"partition_key"`
	PartitionExpressions string    `json:"partition_expressions"`
	PartitionParts       []keyPart `json:"partition_parts"`
	Grants               []grantRow
}

var replicaIdentities = map[string]schema.ReplicaIdentityMode{
	"d": schema.ReplicaIdentityDefault, "f": schema.ReplicaIdentityFull,
	"n": schema.ReplicaIdentityNothing, "i": schema.ReplicaIdentityIndex,
}

var partitionStrategies = map[string]string{"r": "range", "l": "list", "h": "hash"}

func (row relationRow) relation() (*relation, error) {
	r := &relation{
		table: schema.Table{
			Name:             schema.QualifiedName{Schema: row.Schema, Name: row.Name},
			Comment:          row.Comment,
			Options:          parseOptions(parseOptions(nil, "", row.Options), "toast.", row.ToastOptions),
			Unlogged:         row.Persistence == "u",
			Tablespace:       row.Tablespace,
			ReplicaIdentity:  schema.ReplicaIdentity{Mode: replicaIdentities[row.ReplicaIdentity]},
			OID:              row.OID,
			Owner:            row.Owner,
			RowSecurity:      row.RowSecurity,
			ForceRowSecurity: row.ForceRowSecurity,
			AccessMethod:     row.AccessMethod,
		},
		extension:    row.Extension,
		owned:        row.Owned,
		mayReference: row.MayReference,
		filtered:     row.Filtered,
		foreign:      row.Kind == "f",
		size: schema.Size{
			Rows:       int64(row.Tuples),
			TableBytes: row.Pages * row.PageSize,
			TotalBytes: (row.Pages + row.ToastPages) * row.PageSize,
		},
	}
	addGrants(&r.table, "", row.Grants)
	if row.IsPartition {
		if row.Bound == "" {
			return nil, &vanishedError{row.OID}
		}
		r.table.PartitionBound = row.Bound
	}
	if row.Kind == "p" {
		if row.PartitionKey == "" {
			return nil, &vanishedError{row.OID}
		}
		// The statistics of the parent count its partitions a second time.
		r.size = schema.Size{}
		key, err := row.partitionBy()
		if err != nil {
			return nil, err
		}
		r.table.PartitionBy = key
	}
	return r, nil
}

// partitionBy reads "RANGE (a, lower(b) COLLATE "C")".
func (row relationRow) partitionBy() (*schema.PartitionKey, error) {
	expressions := splitTopLevel(row.PartitionExpressions)
	for i := range row.PartitionParts {
		part := &row.PartitionParts[i]
		if part.Column != "" {
			part.Text = part.Column.Quote()
			continue
		}
		if len(expressions) == 0 {
			return nil, fmt.Errorf("cannot read the partition key of %s.%s: %s", row.Schema, row.Name, row.PartitionKey)
		}
		part.Text, expressions = expressions[0], expressions[1:]
		// pg_get_partkeydef() adds parentheses to all but function calls.
		if wrapped := "(" + part.Text + ")"; strings.Contains(row.PartitionKey, wrapped) && strings.HasPrefix(part.Text, "(") {
			part.Text = wrapped
		}
	}
	keys, err := indexKeys(row.PartitionKey, row.PartitionParts)
	if err != nil {
		return nil, fmt.Errorf("read the partition key of %s.%s: %w", row.Schema, row.Name, err)
	}
	return &schema.PartitionKey{Strategy: partitionStrategies[row.Strategy], Keys: keys}, nil
}

// addInheritance connects parents, partitions and children, deepest first, so
// that each partition carries those below it.
func (rows *rowSet) addInheritance(byOID map[uint32]*relation) {
	children := map[uint32][]relationRow{}
	for _, row := range rows.relations {
		table := &byOID[row.OID].table
		for _, parent := range row.Parents {
			name := schema.QualifiedName{Schema: parent.Schema, Name: parent.Name}
			children[parent.OID] = append(children[parent.OID], row)
			if row.IsPartition || parent.DetachPending {
				table.PartitionOf, table.DefaultPartition, table.DetachPending = name, parent.Default, parent.DetachPending
				if p := byOID[parent.OID]; p != nil {
					table.Publications = mergeNames(table.Publications, p.table.Publications)
				}
			} else {
				table.Inherits = append(table.Inherits, name)
			}
		}
	}
	var partitions func(parent uint32) []schema.Partition
	partitions = func(parent uint32) []schema.Partition {
		var list []schema.Partition
		for _, row := range children[parent] {
			child := &byOID[row.OID].table
			if child.PartitionOf.IsZero() {
				continue
			}
			list = append(list, schema.Partition{
				Name: child.Name, Bound: child.PartitionBound, Partitioned: child.Partitioned(),
				Partitions: partitions(row.OID), DetachPending: row.Parents[0].DetachPending,
				Indexes: child.Indexes, ForeignKeys: child.ForeignKeys, Checks: child.Checks,
			})
		}
		slices.SortFunc(list, func(a, b schema.Partition) int { return a.Name.Compare(b.Name) })
		return list
	}
	for oid, r := range byOID {
		r.table.Partitions = partitions(oid)
		for _, row := range children[oid] {
			if child := &byOID[row.OID].table; child.PartitionOf.IsZero() {
				r.table.Children = append(r.table.Children, child.Name)
			}
		}
		slices.SortFunc(r.table.Children, schema.QualifiedName.Compare)
	}
}

func mergeNames(a, b []schema.Name) []schema.Name {
	merged := slices.Concat(a, b)
	slices.SortFunc(merged, cmp.Compare[schema.Name])
	return slices.Compact(merged)
}
