// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// drifting is a kind whose objects are tables or parts of one: what somebody
// else did to them can be named.
type drifting[O any] interface {
	// within is a table that has nothing but the object.
	within(object O) *schema.Table
	// declares reports whether a resource answers for a part of its object.
	declares(like O, part schema.Deviation) bool
}

var (
	_ drifting[schema.Table]      = tableKind{}
	_ drifting[tableColumn]       = columnKind{}
	_ drifting[schema.Index]      = indexKind{}
	_ drifting[schema.ForeignKey] = foreignKeyKind{}
)

func (tableKind) within(table schema.Table) *schema.Table { return new(table) }

func (tableKind) declares(like schema.Table, part schema.Deviation) bool {
	switch part.Kind {
	case schema.TablePart:
		return true
	case schema.ColumnPart:
		return like.Column(part.Part) != nil
	case schema.ConstraintPart:
		return slices.Contains(constraintNames(like), part.Part)
	case schema.IndexPart:
	}
	return false
}

func (columnKind) within(c tableColumn) *schema.Table {
	return &schema.Table{Name: c.Table, Columns: []schema.Column{c.Column}}
}

func (columnKind) declares(_ tableColumn, part schema.Deviation) bool {
	return part.Kind == schema.ColumnPart
}

func (indexKind) within(i schema.Index) *schema.Table {
	return &schema.Table{Name: i.Table, Indexes: []schema.Index{i}}
}

func (indexKind) declares(_ schema.Index, part schema.Deviation) bool {
	return part.Kind == schema.IndexPart
}

func (foreignKeyKind) within(fk schema.ForeignKey) *schema.Table {
	return &schema.Table{Name: fk.Table, ForeignKeys: []schema.ForeignKey{fk}}
}

func (foreignKeyKind) declares(_ schema.ForeignKey, part schema.Deviation) bool {
	return part.Kind == schema.ConstraintPart
}

// noteDrift keeps for the plan what a refresh has found changed. then is the
// object as the last apply left it, nil where nobody knows; now is nil for one
// that is gone.
func (r *managedResource[M, O]) noteDrift(like O, then, now *O) {
	kind, ok := r.kind.(drifting[O])
	if !ok || then == nil {
		return
	}
	before := kind.within(*then)
	after := &schema.Table{}
	if now != nil {
		after = kind.within(*now)
	} else if r.kind.createsTable() {
		after = nil
	}
	found := slices.DeleteFunc(schema.Deviations(before, after), func(d schema.Deviation) bool { return !kind.declares(like, d) })
	r.db.drift.note(r.driftID(like), found)
}

func (r *managedResource[M, O]) driftID(object O) string {
	return r.kind.typeName() + " " + r.kind.id(object)
}

// driftFindings name what somebody else has changed or dropped, where the plan
// brings it back. While a transition is open its statements change the object,
// and so does what Terraform did not hear the end of.
func (r *managedResource[M, O]) driftFindings(p *planning[M, O]) []planner.Finding {
	object := p.desired
	if p.prior != nil {
		object = *p.prior
	}
	if len(p.plan.Operations) == 0 || len(p.plan.Open) > 0 || p.table != nil && len(p.table.Transitions) > 0 {
		return nil
	}
	var findings []planner.Finding
	for _, found := range r.db.drift.of(r.driftID(object)) {
		way := driftChanged
		if found.Missing {
			way = driftMissing
		}
		severity := r.db.driftPolicy.severity(way, string(found.Kind))
		if severity < hazard.Warning {
			continue
		}
		finding := planner.Finding{Severity: severity, Path: r.pathOfDrift(found)}
		what := found.Name
		if table := kindOfTable(r.kind, object); table != "" && found.Kind != schema.TablePart {
			what = table + ": " + found.Name
		}
		if found.Missing {
			finding.Summary = capitalizeWord(what) + " is missing"
			finding.Detail = "It was there when the last apply of this resource ended, and somebody else has dropped it since. The operations of this plan create it anew"
			if found.Kind == schema.TablePart || found.Kind == schema.ColumnPart {
				finding.Detail += "; the data that was in it does not come back"
			}
			finding.Detail += ".\n\nIf it is to stay away, remove it from the configuration."
		} else {
			finding.Summary = capitalizeWord(what) + " was changed by somebody else"
			finding.Detail = "It is not as the last apply of this resource left it:\n\n    " + strings.Join(found.Lines, "\n    ") +
				"\n\nThe operations of this plan lead to what is declared. To keep what is there, declare it."
		}
		if severity == hazard.Error {
			key := way + "_" + string(found.Kind)
			finding.Detail += fmt.Sprintf("\n\nIt is an error by `drift` of the provider. To let this plan pass, lower it:\n\n    drift = { %s = \"warning\" }", key)
		}
		findings = append(findings, finding)
	}
	return findings
}

// kindOfTable is the name of the table that an object is or belongs to.
func kindOfTable[M, O any](k kind[M, O], object O) string {
	if table := k.relation(object).table; !table.IsZero() {
		return table.String()
	}
	return ""
}

// capitalizeWord begins a summary; names stay as they are.
func capitalizeWord(text string) string {
	for _, word := range []string{"table ", "column ", "index ", "primary key ", "unique constraint ", "check constraint ", "exclusion constraint ", "foreign key "} {
		if strings.HasPrefix(text, word) {
			return capitalize(text)
		}
	}
	return text
}

// pathOfDrift leads to the attribute of a part, as far as the resource has one.
func (r *managedResource[M, O]) pathOfDrift(found schema.Deviation) []string {
	if !r.kind.createsTable() || found.Kind == schema.TablePart {
		return nil
	}
	if found.Kind == schema.ColumnPart {
		return []string{"columns", string(found.Part)}
	}
	for prefix, attribute := range map[string]string{"unique ": "unique", "check ": "checks", "exclusion ": "exclusions"} {
		if strings.HasPrefix(found.Name, prefix) {
			return []string{attribute, string(found.Part)}
		}
	}
	return nil
}

// constraintNames are those of the constraints that a pgphase_table declares.
func constraintNames(t schema.Table) []schema.Name {
	var names []schema.Name
	if t.PrimaryKey != nil {
		names = append(names, t.PrimaryKey.Name)
	}
	for _, k := range t.Uniques {
		names = append(names, k.Name)
	}
	for _, c := range t.Checks {
		names = append(names, c.Name)
	}
	for _, e := range t.Exclusions {
		names = append(names, e.Name)
	}
	return names
}

// undeclaredConstraints are those of a table that its resource could declare and
// does not, and that are no helpers of ours, nor a parent's.
func undeclaredConstraints(table, like schema.Table) []schema.Name {
	if !table.PartitionOf.IsZero() || !like.PartitionOf.IsZero() || len(table.Inherits) > 0 {
		return nil
	}
	declared := constraintNames(like)
	return slices.DeleteFunc(constraintNames(declarable(table)), func(n schema.Name) bool {
		return slices.Contains(declared, n) || strings.HasPrefix(string(n), "pgphase_")
	})
}

// undeclaredColumns are those of a table that its resource neither declares nor
// leaves to somebody else.
func undeclaredColumns(table, like schema.Table) []schema.Name {
	if !table.PartitionOf.IsZero() || !like.PartitionOf.IsZero() {
		return nil // they are those of the partitioned table
	}
	var names []schema.Name
	for _, column := range table.Columns {
		if like.Column(column.Name) == nil && !slices.Contains(like.IgnoredColumns, column.Name) {
			names = append(names, column.Name)
		}
	}
	return names
}

// noticing is a kind that says something about an object as it is, change or
// no change.
type noticing[O any] interface {
	notices(policy driftPolicy, table *schema.Table, desired O, prior *O, open []schema.OpenTransition) []planner.Finding
}

// notices names the columns and constraints that nobody declares.
func (tableKind) notices(policy driftPolicy, table *schema.Table, desired schema.Table, prior *schema.Table, open []schema.OpenTransition) []planner.Finding {
	if table == nil {
		return nil
	}
	var findings []planner.Finding
	columns := slices.DeleteFunc(undeclaredColumns(*table, desired), func(n schema.Name) bool { return inTransition(open, n) })
	if severity := policy.severity(driftUndeclared, string(schema.ColumnPart)); len(columns) > 0 && severity >= hazard.Warning {
		findings = append(findings, planner.Finding{
			Severity: severity,
			Path:     []string{"columns"},
			Summary:  fmt.Sprintf("%s has columns that are not declared: %s", table.Name, schema.QuoteNames(columns)),
			Detail: "They are left alone. Declare them in columns, or name them in ignored_columns if a pgphase_column or another tool declares them:\n\n" +
				"    ignored_columns = [" + quotedList(columns) + "]" + byDriftPolicy(severity),
		})
	}
	if len(open) > 0 {
		return findings // their own constraints come and go
	}
	constraints := undeclaredConstraints(*table, desired)
	if prior != nil { // what leaves the configuration is dropped
		constraints = slices.DeleteFunc(constraints, func(n schema.Name) bool { return slices.Contains(constraintNames(*prior), n) })
	}
	if severity := policy.severity(driftUndeclared, string(schema.ConstraintPart)); len(constraints) > 0 && severity >= hazard.Warning {
		findings = append(findings, planner.Finding{
			Severity: severity,
			Summary:  fmt.Sprintf("%s has constraints that are not declared: %s", table.Name, schema.QuoteNames(constraints)),
			Detail: "They are left alone, and reject rows all the same. Declare them in checks, unique, exclusions or primary_key; " +
				"or drop them; or, where another tool manages them, let the provider pass over them:\n\n" +
				"    drift = { undeclared_constraints = \"ignore\" }" + byDriftPolicy(severity),
		})
	}
	return findings
}

func byDriftPolicy(severity hazard.Severity) string {
	if severity == hazard.Error {
		return "\n\nIt is an error by `drift` of the provider."
	}
	return ""
}

// inTransition reports a column that an open transition answers for.
func inTransition(open []schema.OpenTransition, column schema.Name) bool {
	return slices.ContainsFunc(open, func(t schema.OpenTransition) bool {
		return slices.Contains(t.Old, column) || slices.Contains(t.New, column)
	})
}

func quotedList(names []schema.Name) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", string(name))
	}
	return strings.Join(quoted, ", ")
}
