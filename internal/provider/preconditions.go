// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// What has to be there, and be allowed, before any statement can succeed. All
// of it is seen in the shared snapshot; none of it changes what is planned.

// preconditions checks a change that has something to run.
func (r *managedResource[M, O]) preconditions(ctx context.Context, p *planning[M, O]) ([]planner.Finding, error) {
	snapshot, err := r.db.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var findings []planner.Finding
	if checking, ok := r.kind.(checking[O]); ok {
		findings = checking.check(&r.db.announcements, snapshot, p.create, p.desired)
	}
	table := r.kind.relation(p.desired).table
	if snapshot.Table(table) != nil && len(p.plan.Operations) > 0 && !snapshot.MayAlter(table) {
		findings = append(findings, planner.Finding{
			Severity: hazard.Error,
			Summary:  fmt.Sprintf("The role may not change %s", table),
			Detail: fmt.Sprintf("Only the owner of a table may change it, and the role that the provider connects as is neither %s nor a member of that role.\n\n"+
				"Connect as the owner, or let its owner grant the membership:\n\n    GRANT %s TO <role of the provider>;",
				snapshot.Table(table).Owner, snapshot.Table(table).Owner),
		})
	}
	if len(findings) == 0 {
		findings = append(builds(snapshot, p.plan.Operations), filtered(snapshot, table, p.plan.Operations)...)
		recorded, err := r.db.records(ctx, snapshot, p.plan.Operations)
		if err != nil {
			return nil, err
		}
		findings = append(findings, recorded...)
	}
	return findings, nil
}

// records checks that the role may create the ledger, or write to it.
func (d *database) records(ctx context.Context, snapshot *catalog.Snapshot, operations []planner.Operation) ([]planner.Finding, error) {
	refuse := func(detail string) []planner.Finding {
		return []planner.Finding{{
			Severity: hazard.Error, Summary: "The role may not record transitions in this database",
			Detail: "What is open is kept in the schema " + ddl.LedgerSchema.Quote() + ", with the functions that keep both sides in step. " + detail,
		}}
	}
	_, exists := snapshot.Ledger()
	const writes = " " + string(ddl.LedgerSchema) + ".transitions "
	switch {
	case slices.ContainsFunc(operations, planner.CreatesLedger):
		may, err := d.mayCreateSchema(ctx)
		if err != nil || may {
			return nil, err
		}
		return refuse(fmt.Sprintf("It does not exist yet, and creating it takes the privilege CREATE on the database:\n\n"+
			"    GRANT CREATE ON DATABASE %s TO <role of the provider>;", schema.Name(d.config.ConnConfig.Database).Quote())), nil
	case !exists || snapshot.MayWriteLedger():
		return nil, nil
	case slices.ContainsFunc(operations, func(o planner.Operation) bool { return strings.Contains(o.SQL(), writes) }):
		within, _ := snapshot.Schema(ddl.LedgerSchema)
		return refuse(fmt.Sprintf("It belongs to %s. Connect as a member of that role, or let it grant what the provider needs:\n\n"+
			"    GRANT CREATE ON SCHEMA pgphase TO <role of the provider>;\n"+
			"    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgphase TO <role of the provider>;", within.Owner)), nil
	}
	return nil, nil
}

// filtered refuses to read or update rows of a table that the role sees only in
// part. The server would refuse as well, in the middle of the change.
func filtered(snapshot *catalog.Snapshot, table schema.QualifiedName, operations []planner.Operation) []planner.Finding {
	touches := slices.ContainsFunc(operations, func(o planner.Operation) bool { return o.Class == planner.Batch || o.Class == planner.Verify })
	name, found := snapshot.Filtered(table)
	if !touches || !found {
		return nil
	}
	return []planner.Finding{{
		Severity: hazard.Error,
		Summary:  fmt.Sprintf("Row security hides rows of %s from the role", name),
		Detail: fmt.Sprintf("Its policies apply to the role that the provider connects as, because FORCE ROW LEVEL SECURITY is set or because the role does not own it. "+
			"Rows that they hide would be neither filled nor compared, and their values lost with the old structure.\n\n"+
			"Connect as a role with BYPASSRLS, or let the owner pass for the time of the change:\n\n    ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;", name),
	}}
}

// builds checks that the role may create the indexes of a plan: even the owner
// of a table needs CREATE on its schema for that.
func builds(snapshot *catalog.Snapshot, operations []planner.Operation) []planner.Finding {
	for _, o := range operations {
		within, exists := snapshot.Schema(o.Builds.Schema)
		if o.Builds.IsZero() || !exists || within.MayCreate {
			continue
		}
		return []planner.Finding{{
			Severity: hazard.Error,
			Summary:  fmt.Sprintf("The role may not create %s", o.Builds),
			Detail: fmt.Sprintf("It lacks the privilege CREATE on the schema %s, which belongs to %s, and which even the owner of a table needs to build an index:\n\n"+
				"    GRANT CREATE ON SCHEMA %s TO <role of the provider>;", within.Name, within.Owner, within.Name),
		}}
	}
	return nil
}

// checking is a kind with preconditions of its own.
type checking[O any] interface {
	check(a *announcements, snapshot *catalog.Snapshot, create bool, desired O) []planner.Finding
}

func (tableKind) check(a *announcements, snapshot *catalog.Snapshot, create bool, desired schema.Table) []planner.Finding {
	if !create || snapshot.Table(desired.Name) != nil {
		return nil
	}
	if whole := snapshot.Table(desired.PartitionOf); whole != nil && !snapshot.MayAlter(whole.Name) {
		return []planner.Finding{mayNotPartition(whole)}
	}
	if old := snapshot.Table(desired.RenamedFrom); old != nil {
		return []planner.Finding{{
			Severity: hazard.Error,
			Path:     []string{"renamed_from"},
			Summary:  fmt.Sprintf("Table %s exists under its old name %s", desired.ID(), old.Name),
			Detail: fmt.Sprintf("The state does not know it, and a new table beside it would be an empty one. Import it under the old name; the plan after that renames it:\n\n"+
				"    import {\n      to = pgphase_table.<name>\n      id = %q\n    }", old.ID()),
		}}
	}
	if kind, taken := snapshot.Object(desired.Name); taken {
		return []planner.Finding{nameTaken(desired.ID(), kind)}
	}
	return creates(a, snapshot, "table", desired.Name)
}

// creates checks that the role may create something in a schema, which is there
// or will be.
func creates(a *announcements, snapshot *catalog.Snapshot, what string, name schema.QualifiedName) []planner.Finding {
	within, exists := snapshot.Schema(name.Schema)
	switch {
	case !exists && a.createsSchema(name.Schema):
	case !exists:
		return []planner.Finding{{
			Severity: hazard.Error,
			Path:     []string{"schema"},
			Summary:  fmt.Sprintf("Schema %s does not exist", name.Schema),
			Detail: fmt.Sprintf("The %s %s cannot be created in it.\n\nCreate the schema first:\n\n    CREATE SCHEMA %s;\n\n"+
				"If a pgphase_schema of this configuration creates it, refer to that resource, so that Terraform creates it first:\n\n    schema = pgphase_schema.<name>.name",
				what, name, name.Schema),
		}}
	case !within.MayCreate:
		return []planner.Finding{{
			Severity: hazard.Error,
			Path:     []string{"schema"},
			Summary:  fmt.Sprintf("The role may not create %s", name),
			Detail: fmt.Sprintf("It lacks the privilege CREATE on the schema %s, which belongs to %s:\n\n    GRANT CREATE ON SCHEMA %s TO <role of the provider>;",
				within.Name, within.Owner, within.Name),
		}}
	}
	return nil
}

func nameTaken(name string, kind catalog.ObjectKind) planner.Finding {
	return planner.Finding{
		Severity: hazard.Error,
		Refusal:  true,
		Hazard:   hazard.IdentifierDuplicate,
		Path:     []string{"name"},
		Summary:  fmt.Sprintf("The name %s is taken", name),
		Detail: fmt.Sprintf("There is a %s of that name. Tables, indexes, views, sequences and types of a schema share their names.\n\n"+
			"Choose another name.", kind),
	}
}

func (indexKind) check(a *announcements, snapshot *catalog.Snapshot, _ bool, desired schema.Index) []planner.Finding {
	kind, taken := snapshot.Object(desired.Name)
	if !taken {
		return nil
	}
	table := snapshot.Table(desired.Table)
	if r, renaming := a.renaming(desired.Table); table == nil && renaming {
		table = snapshot.Table(r.now)
	}
	// What the table has under that name is for the planner to judge.
	if table != nil && table.Index(desired.Name.Name) != nil {
		return nil
	}
	return []planner.Finding{nameTaken(desired.Name.String(), kind)}
}

func (foreignKeyKind) check(a *announcements, snapshot *catalog.Snapshot, _ bool, desired schema.ForeignKey) []planner.Finding {
	table := a.overlay(snapshot.Table(desired.Table), desired.Table)
	for _, column := range desired.Columns {
		if table != nil && table.Column(column) == nil {
			return []planner.Finding{{
				Severity: hazard.Error,
				Path:     []string{"columns"},
				Summary:  fmt.Sprintf("%s has no column %s", desired.Table, column),
				Detail:   fmt.Sprintf("Its columns are %s.", schema.QuoteNames(columnNames(table))),
			}}
		}
	}
	live := snapshot.Table(desired.References)
	referenced := a.overlay(live, desired.References)
	at := func(attribute string) []string { return []string{"references", attribute} }
	if referenced == nil {
		return []planner.Finding{{
			Severity: hazard.Error,
			Path:     at("table"),
			Summary:  fmt.Sprintf("Table %s does not exist", desired.References),
			Detail: fmt.Sprintf("The foreign key %s refers to it. If a pgphase_table of this configuration creates it, refer to that resource, "+
				"so that Terraform creates the table first:\n\n    references = { table = pgphase_table.<name>.id, ... }", desired.Name),
		}}
	}
	for _, column := range desired.ReferencedColumns {
		if referenced.Column(column) == nil {
			return []planner.Finding{{
				Severity: hazard.Error,
				Path:     at("columns"),
				Summary:  fmt.Sprintf("%s has no column %s", desired.References, column),
				Detail:   fmt.Sprintf("Its columns are %s.", schema.QuoteNames(columnNames(referenced))),
			}}
		}
	}
	if live != nil && !snapshot.MayReference(desired.References) {
		return []planner.Finding{{
			Severity: hazard.Error,
			Path:     at("table"),
			Summary:  fmt.Sprintf("The role may not refer to %s", desired.References),
			Detail:   fmt.Sprintf("It lacks the privilege REFERENCES:\n\n    GRANT REFERENCES ON %s TO <role of the provider>;", desired.References),
		}}
	}
	if table != nil {
		return planner.ForeignKeyFindings(*table, *referenced, desired)
	}
	return nil
}

func columnNames(table *schema.Table) []schema.Name {
	names := make([]schema.Name, len(table.Columns))
	for i, column := range table.Columns {
		names[i] = column.Name
	}
	return names
}
