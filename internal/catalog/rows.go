// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// rowSet holds the rows of one read until they become tables.
type rowSet struct {
	relations    []relationRow
	names        []nameRow
	schemas      []schemaRow
	enums        []enumRow
	sequences    []sequenceOwnRow
	columns      []columnRow
	types        []typeRow
	constraints  []constraintRow
	indexes      []indexRow
	triggers     []triggerRow
	dependents   []dependentRow
	publications []publicationRow
	transitions  []transitionRow
	replacement  []replacementRow
}

type nameRow struct {
	Schema, Name schema.Name
	Kind         string
	// Member reports a member of an extension.
	Member bool
}

type schemaRow struct {
	Name, Owner schema.Name
	Owned       bool
	Comment     string
	// Member reports a schema of an extension.
	Member    bool
	MayCreate bool `json:"may_create"`
	MayUse    bool `json:"may_use"`
	// Ledger is the comment on the schema that holds a ledger.
	Ledger        string
	MayReadLedger bool `json:"may_read_ledger"`
	// MayWriteLedger is what beginning and ending a transition needs.
	MayWriteLedger bool `json:"may_write_ledger"`
}

// relation is a table with what does not belong to its schema.
type relation struct {
	table        schema.Table
	extension    schema.Name
	owned        bool
	mayReference bool
	filtered     bool
	foreign      bool
	size         schema.Size
	// orphans are triggers of ours that belong to no transition.
	orphans []schema.Name
}

// assemble builds the snapshot. Rows of objects that were created between the
// two round trips have no table here and are left out.
func (rows *rowSet) assemble() (*Snapshot, error) {
	byOID := make(map[uint32]*relation, len(rows.relations))
	snapshot := &Snapshot{
		tables:  make(map[schema.QualifiedName]*relation, len(rows.relations)),
		names:   make(map[schema.QualifiedName]ObjectKind, len(rows.names)),
		members: map[schema.QualifiedName]bool{},
		schemas: make(map[schema.Name]Schema, len(rows.schemas)),
	}
	for _, row := range rows.relations {
		r, err := row.relation()
		if err != nil {
			return nil, err
		}
		byOID[row.OID] = r
		snapshot.tables[r.table.Name] = r
	}
	types := newTypeTable(rows.types)
	for _, row := range rows.columns {
		if r := byOID[row.Table]; r != nil {
			if row.Expression == nil && row.Volatility != "" {
				return nil, &vanishedError{row.Table}
			}
			r.table.Columns = append(r.table.Columns, row.column(types))
			addGrants(&r.table, row.Name, row.Grants)
		}
	}
	backing, err := rows.addIndexes(byOID)
	if err != nil {
		return nil, err
	}
	if err := rows.addConstraints(byOID, backing); err != nil {
		return nil, err
	}
	for _, row := range rows.triggers {
		if r := byOID[row.Table]; r != nil {
			r.table.Triggers = append(r.table.Triggers, row.trigger())
		}
	}
	for _, row := range rows.publications {
		if r := byOID[row.Table]; r != nil {
			r.table.Publications = row.Publications
		}
	}
	for _, row := range rows.dependents {
		if r := byOID[row.Table]; r != nil {
			r.table.Dependents = append(r.table.Dependents, row.dependent())
		}
	}
	for _, r := range byOID {
		slices.SortFunc(r.table.Dependents, compareDependents)
	}
	if err := rows.addTransitions(byOID); err != nil {
		return nil, err
	}
	snapshot.indexOtherNames()
	rows.addInheritance(byOID)
	for _, row := range rows.names {
		if kind, ok := objectKinds[row.Kind]; ok {
			name := schema.QualifiedName{Schema: row.Schema, Name: row.Name}
			snapshot.names[name] = kind
			if row.Member {
				snapshot.members[name] = true
			}
		}
	}
	for _, row := range rows.schemas {
		snapshot.schemas[row.Name] = Schema{
			Name: row.Name, Owner: row.Owner, Comment: row.Comment, MayCreate: row.MayCreate, MayUse: row.MayUse,
			MayAlter: row.Owned, member: row.Member,
		}
		if version, ok := ddl.ParseLedgerComment(row.Ledger); ok {
			snapshot.ledger, snapshot.mayWriteLedger = version, row.MayWriteLedger
		}
	}
	rows.addNeighbours(snapshot)
	return snapshot, nil
}

// parseOptions turns {"fillfactor=70"} into a map; nil for none.
func parseOptions(into map[string]string, prefix string, options []string) map[string]string {
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		if into == nil {
			into = make(map[string]string, len(options))
		}
		into[prefix+name] = value
	}
	return into
}

// compareForeignKeys orders those of several tables.
func compareForeignKeys(a, b schema.ForeignKey) int {
	return cmp.Or(a.Table.Compare(b.Table), strings.Compare(string(a.Name), string(b.Name)),
		a.References.Compare(b.References))
}

func compareDependents(a, b schema.Dependent) int {
	return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name))
}
