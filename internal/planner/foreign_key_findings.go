// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func (p foreignKeyPlanner) summary(verb string, fk schema.ForeignKey) string {
	return fmt.Sprintf("Cannot %s foreign key %s of %s", verb, fk.Name, p.table.Name)
}

// findings are what follows from the wanted foreign key and its own table.
func (p foreignKeyPlanner) findings(desired schema.ForeignKey) []Finding {
	var findings []Finding
	fail := func(id hazard.ID, path []string, detail string) {
		findings = append(findings, refused(id, path, p.summary("add", desired), detail))
	}
	if err := desired.Name.Validate(); err != nil {
		fail(nameHazard(desired.Name), []string{"name"}, "The name "+err.Error()+".")
	}
	if len(desired.ReferencedColumns) > 0 && len(desired.Columns) != len(desired.ReferencedColumns) {
		fail("", []string{"columns"}, fmt.Sprintf("%d columns cannot reference %d: each column needs its counterpart.",
			len(desired.Columns), len(desired.ReferencedColumns)))
	}
	if desired.NotValid && p.table.Partitioned() && p.change.Server.Major() < 18 {
		fail("", []string{"not_valid"}, needsVersion("A foreign key of a partitioned table that is NOT VALID", 18, p.change.Server))
	}
	if len(desired.OnDeleteColumns) > 0 && p.change.Server.Major() < 15 {
		fail("", []string{"on_delete_columns"}, needsVersion("ON DELETE SET NULL or SET DEFAULT of some columns", 15, p.change.Server))
	}
	return findings
}

// advice is what is said of a foreign key once, when it is made.
func (p foreignKeyPlanner) advice(desired schema.ForeignKey) []Finding {
	if p.supported(desired) {
		return nil
	}
	return []Finding{{
		Hazard: hazard.ForeignKeyMissingSupportingIndex, Severity: hazard.Warning, Path: []string{"columns"},
		Summary: fmt.Sprintf("Foreign key %s of %s has no supporting index", desired.Name, p.table.Name),
		Detail: fmt.Sprintf("No index of %s begins with (%s). Each DELETE in %s, and each UPDATE of its key, will scan %s. "+
			"Declare an index, unless this apply makes one already:\n\n"+
			"  resource \"pgphase_index\" \"...\" {\n    table = %q\n    keys  = [%s]\n  }",
			p.table.Name, schema.QuoteNames(desired.Columns), desired.References, p.table.Name,
			p.table.Name.String(), indexKeysHCL(desired.Columns)),
	}}
}

func indexKeysHCL(columns []schema.Name) string {
	keys := make([]string, len(columns))
	for i, column := range columns {
		keys[i] = fmt.Sprintf("{ column = %q }", string(column))
	}
	return strings.Join(keys, ", ")
}

// supported reports a valid index that begins with the referencing columns, in
// any order.
func (p foreignKeyPlanner) supported(fk schema.ForeignKey) bool {
	for _, index := range p.table.Indexes {
		columns := leadingColumns(index)
		if !index.Invalid && index.Where == nil && len(columns) >= len(fk.Columns) &&
			sameNames(columns[:len(fk.Columns)], fk.Columns) {
			return true
		}
	}
	return false
}

// leadingColumns are the keys of an index up to the first expression.
func leadingColumns(index schema.Index) []schema.Name {
	var columns []schema.Name
	for _, key := range index.Keys {
		if key.Column == "" {
			break
		}
		columns = append(columns, key.Column)
	}
	return columns
}

// ForeignKeyFindings are what follows from both tables of a foreign key:
// callers that have the referenced one add them to the plan.
func ForeignKeyFindings(table, referenced schema.Table, fk schema.ForeignKey) []Finding {
	var findings []Finding
	summary := fmt.Sprintf("Cannot add foreign key %s of %s", fk.Name, table.Name)
	columns := fk.ReferencedColumns
	if len(columns) == 0 && referenced.PrimaryKey != nil {
		columns = referenced.PrimaryKey.Columns
	}
	if !referencable(referenced, columns) {
		findings = append(findings, refusal([]string{"references"}, summary,
			fmt.Sprintf("%s has neither a primary key nor a unique constraint or index on exactly (%s), without which PostgreSQL "+
				"cannot tell which row is meant. Add one first.", referenced.Name, schema.QuoteNames(columns))))
	}
	for i := range min(len(fk.Columns), len(columns)) {
		own, other := table.Column(fk.Columns[i]), referenced.Column(columns[i])
		if own == nil || other == nil || own.Type.Equal(other.Type) || sameBaseType(own.Type, other.Type) {
			continue
		}
		findings = append(findings, Finding{
			Hazard: hazard.ForeignKeyTypeMismatch, Severity: hazard.Warning, Path: []string{"columns"},
			Summary: fmt.Sprintf("Foreign key %s of %s compares different types", fk.Name, table.Name),
			Detail: fmt.Sprintf("%s is %s and references %s.%s, which is %s. Values of the one may not fit the other, and not every pair of types "+
				"can be compared by an index. Give both columns the same type.",
				own.Name, own.Type.SQL(), referenced.Name, other.Name, other.Type.SQL()),
		})
	}
	return findings
}

// referencable reports a unique key on exactly these columns. A table whose
// indexes are not known yet is given the benefit of the doubt.
func referencable(table schema.Table, columns []schema.Name) bool {
	if table.PrimaryKey != nil && sameNames(table.PrimaryKey.Columns, columns) {
		return true
	}
	for _, key := range table.Uniques {
		if sameNames(key.Columns, columns) {
			return true
		}
	}
	for _, index := range table.Indexes {
		if own, suits := referencableColumns(index); suits && sameNames(own, columns) {
			return true
		}
	}
	return false
}

// orphanProbe looks for rows that reference nothing.
func (p foreignKeyPlanner) orphanProbe(fk schema.ForeignKey) Probe {
	var set, match []string
	columns := fk.ReferencedColumns
	if len(columns) == 0 && p.table.PrimaryKey != nil && fk.References == p.table.Name {
		columns = p.table.PrimaryKey.Columns
	}
	for i, column := range fk.Columns {
		set = append(set, "referencing."+column.Quote()+" IS NOT NULL")
		if i < len(columns) {
			match = append(match, "referenced."+columns[i].Quote()+" = referencing."+column.Quote())
		}
	}
	var examples []string
	for _, column := range fk.Columns {
		examples = append(examples, exampleOf(column.Quote(), "referencing."+column.Quote()))
	}
	return Probe{
		Finding: Finding{
			Hazard: hazard.ForeignKeyAddFailsOnOrphans, Severity: hazard.Error, Path: []string{"columns"},
			Summary: p.summary("add", fk),
			Detail: fmt.Sprintf("Rows of %s reference rows of %s that do not exist. New rows would be checked, but the proof for the old ones "+
				"would fail. Remove or correct them first.", p.table.Name, fk.References),
		},
		Query: fmt.Sprintf("SELECT %s FROM %s AS referencing WHERE %s AND NOT EXISTS (SELECT FROM %s AS referenced WHERE %s)%s",
			strings.Join(examples, " || ', ' || "), p.table.Name, strings.Join(set, " AND "),
			fk.References, strings.Join(match, " AND "), halfNull(fk)),
	}
}

// halfNull is the other way to violate MATCH FULL: some columns NULL, some not.
func halfNull(fk schema.ForeignKey) string {
	if !fk.MatchFull || len(fk.Columns) < 2 {
		return ""
	}
	return fmt.Sprintf(" OR num_nulls(%s) BETWEEN 1 AND %d", schema.QuoteNames(fk.Columns), len(fk.Columns)-1)
}

func (p foreignKeyPlanner) nameTaken(desired schema.ForeignKey) Finding {
	return refused(hazard.IdentifierDuplicate, []string{"name"}, p.summary("add", desired),
		fmt.Sprintf("%s has a constraint of this name already, which is defined differently. Choose another name, or take the existing "+
			"foreign key over and let it be changed:\n\n  terraform import <address of this resource> %s.%s",
			p.table.Name, p.table.Name, desired.Name))
}

func (p foreignKeyPlanner) inherited(observed schema.ForeignKey, verb string) Finding {
	return refusal(nil, p.summary(verb, observed),
		fmt.Sprintf("The foreign key comes from the partitioned table that %s belongs to. Change it there.", p.table.Name))
}
