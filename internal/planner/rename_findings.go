// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func (r *renaming) refuse(path, detail string) {
	r.findings = append(r.findings, refusal([]string{path}, "Cannot "+r.verb(), detail))
}

func (r *renaming) unexplained(desired schema.Table) {
	r.findings = append(r.findings, refused(hazard.TableRenameBreaksClients, []string{"name"}, "Cannot "+r.verb(),
		fmt.Sprintf("This is a transition (%s): code that runs uses the old name. Say so, and the table is known under both names "+
			"until contract:\n\n    renamed_from = %q\n    phase        = \"expand\"", schema.TableRenamed,
			nameWithin(r.old, desired.Name.Schema))))
}

func (r *renaming) otherSchema(desired schema.Table) {
	r.findings = append(r.findings, refused(hazard.SchemaRenameBreaksClients, []string{"renamed_from"}, "Cannot "+r.verb(),
		fmt.Sprintf("A table is renamed within its schema; this one would move from %s to %s. Move it with ALTER TABLE ... SET SCHEMA "+
			"in a maintenance window, and change the configuration then.", r.old.Schema, desired.Name.Schema)))
}

// open refuses a configuration that neither goes on nor back.
func (r *renaming) open(desired schema.Table) {
	r.findings = append(r.findings, refusal([]string{"name"}, fmt.Sprintf("Renaming of table %s to %s is open", r.old, r.new),
		fmt.Sprintf("It has reached %q and does not end by itself. Go on with\n\n    name         = %q\n    renamed_from = %q\n\nuntil `phase = "+
			"\"contract\"` has ended it, or take it back with\n\n    name = %q", r.recorded.Phase, string(r.new.Name),
			nameWithin(r.old, desired.Name.Schema), string(r.old.Name))))
}

func nameWithin(name schema.QualifiedName, within schema.Name) string {
	if name.Schema == within {
		return string(name.Name)
	}
	return name.String()
}

// refused are all reasons why the renaming cannot be done now.
func (r renaming) refused(desired, observed schema.Table, m moves) []Finding {
	if !r.wanted {
		return r.findings
	}
	if observed.RowSecurity && r.change.Server.Major() < 15 && r.to != schema.NoPhase {
		r.findings = append(r.findings, refused(hazard.CompatViewLimits, []string{"renamed_from"}, "Cannot "+r.verb(),
			fmt.Sprintf("The table has row security. Before PostgreSQL 15 a view reads with the rights of its owner, so that everybody "+
				"would see every row through the other name. This server is %d: update it first, or rename the table by hand, together with the code.", r.change.Server.Major())))
	}
	if len(m.list) > 0 || len(m.foreign) > 0 || len(m.retypes) > 0 {
		r.refuse("renamed_from", "A transition of its columns is open, or wanted at the same time: the view under the other name could not show both sides. "+
			"Do one after the other.")
		return r.findings
	}
	for _, column := range desired.Columns {
		have := observed.Column(column.Name)
		if have == nil || !column.Type.Equal(have.Type) {
			r.refuse("renamed_from", fmt.Sprintf("The column %s changes at the same time: the view under the other name would show what the table was, or stand "+
				"in the way. Change columns before expand or after contract.", column.Name))
		}
	}
	return r.findings
}

// warnings say what the second name can and cannot do.
func (r renaming) warnings(table schema.Table) []Finding {
	var findings []Finding
	warn := func(id hazard.ID, summary, detail string) {
		findings = append(findings, Finding{Hazard: id, Severity: hazard.Warning, Path: []string{"name"}, Summary: summary, Detail: detail})
	}
	switch {
	case r.to == schema.NoPhase:
		warn(hazard.TableRenameBreaksClients, "Taking back the new name of table "+r.old.String(),
			fmt.Sprintf("Code that uses %s fails at once (42P01).", r.new))
	case r.to == schema.Contract:
		warn(hazard.TableRenameBreaksClients, "Dropping the old name of table "+r.new.String(),
			fmt.Sprintf("Code that uses %s fails at once (42P01).", r.old))
	case r.recorded == nil || r.to != r.from():
		view := r.at(r.to).OtherName
		detail := fmt.Sprintf("Through the view %s, SELECT, INSERT, UPDATE, DELETE, RETURNING, ON CONFLICT and FOR UPDATE work. TRUNCATE, COPY ... FROM and DDL "+
			"do not, and clients that read the catalog see neither primary key nor defaults nor NOT NULL there.", view)
		if r.change.Server.Major() < 17 {
			detail += " MERGE does not either, before PostgreSQL 17."
		}
		warn(hazard.CompatViewLimits, fmt.Sprintf("Table %s is a view under its other name", r.at(r.to).Table), detail)
	}
	if len(table.Publications) > 0 && r.to != schema.Contract && r.to != r.from() && (r.to == schema.Migrate || r.from() == schema.Migrate) {
		warn(hazard.LogicalSubscriberMissingColumn, "Renaming published table "+r.old.String(), fmt.Sprintf("The table is published by %s. A PostgreSQL subscriber looks for a table of the same name and stops "+
			"when there is none: rename it there at the same time.", schema.QuoteNames(table.Publications)))
	}
	return findings
}
