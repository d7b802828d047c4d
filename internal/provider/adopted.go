// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/migrator"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// adoptions are the tables that this run takes under management, and the tools
// that were named on that occasion: of a thousand tables that are imported, one
// says that Flyway changes them as well.
type adoptions struct {
	mu     sync.Mutex
	tables map[schema.QualifiedName]bool
	named  map[string]bool
}

// note registers a table that was read for the first time.
func (a *adoptions) note(table schema.QualifiedName) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tables == nil {
		a.tables = map[schema.QualifiedName]bool{}
	}
	a.tables[table] = true
}

func (a *adoptions) has(table schema.QualifiedName) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tables[table]
}

// first reports the first call for a tool in a schema.
func (a *adoptions) first(tool string, in schema.Name) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.named == nil {
		a.named = map[string]bool{}
	}
	key := tool + " in " + string(in)
	before := a.named[key]
	a.named[key] = true
	return !before
}

// migratorFindings say, when a table is taken under management, which other tool
// changes it.
func (r *managedResource[M, O]) migratorFindings(ctx context.Context, p *planning[M, O]) []planner.Finding {
	if !r.kind.createsTable() || p.table == nil {
		return nil
	}
	table := p.table.Name
	if takenOver := p.create && p.observed != nil; !takenOver && !r.db.adoptions.has(table) {
		return nil
	}
	if tool := migrator.Of(table); tool != "" {
		return []planner.Finding{{
			Severity: hazard.Warning,
			Summary:  fmt.Sprintf("%s belongs to %s", table, tool),
			Detail: "The tool keeps there what it has run, and creates and changes the table itself. A change by pgphase can stop it from working.\n\n" +
				"Leave the table out of the configuration.",
		}}
	}
	snapshot, err := r.db.snapshot(ctx)
	if err != nil {
		return nil
	}
	var findings []planner.Finding
	for _, m := range migrator.In(sameSchema(snapshot.Tables(), table.Schema)) {
		if !r.db.adoptions.first(m.Tool, table.Schema) {
			continue
		}
		findings = append(findings, planner.Finding{
			Severity: hazard.Warning,
			Summary:  fmt.Sprintf("%s migrates tables of the schema %s as well", m.Tool, table.Schema),
			Detail: fmt.Sprintf("Its records are in %s. What it changes in a column or constraint that pgphase declares, the next apply of pgphase changes back.\n\n"+
				"Decide which of the two changes %s and the other tables of the schema. Columns that %s keeps belong into ignored_columns; "+
				"indexes and foreign keys can be resources of their own beside it. The guide \"Other tools\" shows how.", m.Records, table, m.Tool),
		})
	}
	return findings
}

// sameSchema are the tables of a schema, and those of schemas that a tool has
// for itself.
func sameSchema(tables []schema.QualifiedName, name schema.Name) []schema.QualifiedName {
	return slices.DeleteFunc(slices.Clone(tables), func(t schema.QualifiedName) bool {
		return t.Schema != name && migrator.Of(schema.QualifiedName{Schema: t.Schema}) == ""
	})
}
