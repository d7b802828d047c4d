// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// transitionRow is a row of sql/transitions.sql: one of the ledger has a
// definition, one of a trigger or view perhaps a comment.
type transitionRow struct {
	Table      uint32
	Definition json.RawMessage
	Phase      schema.Phase
	Comment    string
	Trigger    schema.Name
	Function   schema.Name
}

// addTransitions gives each table its open transitions. The ledger decides;
// what it has lost is recovered from the comments. A trigger of ours that
// belongs to neither is an orphan.
func (rows *rowSet) addTransitions(byOID map[uint32]*relation) error {
	for _, row := range rows.transitions {
		r := byOID[row.Table]
		if r == nil || row.Definition == nil || string(row.Definition) == "null" {
			continue
		}
		var t schema.OpenTransition
		if err := json.Unmarshal(row.Definition, &t); err != nil {
			return fmt.Errorf("the ledger holds a transition of %s that cannot be read: %w", r.table.Name, err)
		}
		t.Phase = row.Phase
		r.table.Transitions = append(r.table.Transitions, t)
	}
	for _, row := range rows.transitions {
		r := byOID[row.Table]
		if r == nil || row.Comment == "" {
			continue
		}
		t, err := ddl.ParseTransitionComment(row.Comment)
		if err != nil {
			continue // a comment that somebody else wrote; see orphans
		}
		known := func(other schema.OpenTransition) bool { return other.Name == t.Name }
		if !slices.ContainsFunc(r.table.Transitions, known) {
			r.table.Transitions = append(r.table.Transitions, t)
		}
	}
	for _, row := range rows.transitions {
		r := byOID[row.Table]
		if r == nil || row.Trigger == "" {
			continue
		}
		function := schema.QualifiedName{Schema: ddl.LedgerSchema, Name: row.Function}
		owns := func(t schema.OpenTransition) bool { return t.Function == function }
		if !slices.ContainsFunc(r.table.Transitions, owns) {
			r.orphans = append(r.orphans, row.Trigger)
		}
	}
	for _, r := range byOID {
		slices.SortFunc(r.table.Transitions, func(a, b schema.OpenTransition) int { return cmp.Compare(a.Name, b.Name) })
		slices.Sort(r.orphans)
	}
	return nil
}

// Ledger returns the version of the ledger, or false where the database has
// none.
func (s *Snapshot) Ledger() (version int, exists bool) { return s.ledger, s.ledger != 0 }

// Orphans are triggers of the table that keep columns in step for a transition
// that nothing remembers.
func (s *Snapshot) Orphans(table schema.QualifiedName) []schema.Name {
	if r := s.tables[table]; r != nil {
		return r.orphans
	}
	return nil
}

// Resolve returns the name of the table that has this name as its other one
// while it is being renamed, else the name itself.
func (s *Snapshot) Resolve(name schema.QualifiedName) schema.QualifiedName {
	if s.tables[name] != nil {
		return name
	}
	if table, ok := s.otherNames[name]; ok {
		return table
	}
	return name
}

// indexOtherNames finds the tables that have two names.
func (s *Snapshot) indexOtherNames() {
	s.otherNames = map[schema.QualifiedName]schema.QualifiedName{}
	for name, r := range s.tables {
		for i := range r.table.Transitions {
			if other := r.table.Transitions[i].OtherName; !other.IsZero() {
				s.otherNames[other] = name
			}
		}
	}
}

// grantRow is a privilege as the catalog lists it, perhaps once for each role
// that granted it.
type grantRow struct {
	Grantee   schema.Name
	Privilege string
	Grantable bool
}

func addGrants(table *schema.Table, column schema.Name, rows []grantRow) {
	for _, row := range rows {
		grant := schema.Grant{Grantee: row.Grantee, Privilege: row.Privilege, Column: column, Grantable: row.Grantable}
		if !slices.Contains(table.Grants, grant) {
			table.Grants = append(table.Grants, grant)
		}
	}
}

// ledgerReadable reports a ledger whose transitions the role may read.
func (rows *rowSet) ledgerReadable() bool {
	return slices.ContainsFunc(rows.schemas, func(row schemaRow) bool {
		_, known := ddl.ParseLedgerComment(row.Ledger)
		return known && row.MayReadLedger
	})
}
