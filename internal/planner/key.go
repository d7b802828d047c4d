// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// keyPlanner plans one PRIMARY KEY or UNIQUE constraint of a table that is
// there.
type keyPlanner struct {
	change Change
	table  schema.Table
	kind   ddl.KeyKind
}

// planKey plans a primary key or a unique constraint of an existing table.
// Table has the columns as they will be. Without desired the key is dropped,
// without observed it is added.
func planKey(c Change, table schema.Table, desired, observed *schema.Key, primary bool) Plan {
	p := keyPlanner{change: c, table: table, kind: ddl.Unique}
	if primary {
		p.kind = ddl.PrimaryKey
	}
	switch {
	case desired == nil && observed == nil:
		return Plan{}
	case desired == nil:
		return p.drop(*observed)
	}
	plan := Plan{Findings: p.findings(*desired)}
	if plan.Refused() {
		return plan
	}
	switch {
	case observed == nil:
		return plan.with(p.add(*desired))
	case !sameKey(*desired, *observed):
		return plan.with(p.replace(*desired, *observed))
	}
	return plan.with(p.adjust(*desired, *observed))
}

// sameKey compares what needs another constraint when it changes.
func sameKey(a, b schema.Key) bool {
	return slices.Equal(a.Columns, b.Columns) && slices.Equal(a.Include, b.Include) &&
		a.NullsNotDistinct == b.NullsNotDistinct && a.Deferral == b.Deferral &&
		a.WithoutOverlaps == b.WithoutOverlaps
}

// keyIndex is the unique index that a key needs, under the key's name.
func keyIndex(table schema.QualifiedName, key schema.Key) schema.Index {
	index := schema.Index{
		Name:             schema.QualifiedName{Schema: table.Schema, Name: key.Name},
		Table:            table,
		Method:           "btree",
		Include:          key.Include,
		Unique:           true,
		NullsNotDistinct: key.NullsNotDistinct,
		Options:          key.Options,
		Tablespace:       key.Tablespace,
	}
	for _, column := range key.Columns {
		index.Keys = append(index.Keys, schema.IndexKey{Column: column})
	}
	return index
}

// path leads to an attribute of the key in the table resource.
func (p keyPlanner) path(key schema.Key, attribute ...string) []string {
	if p.kind == ddl.PrimaryKey {
		return append([]string{"primary_key"}, attribute...)
	}
	return append([]string{"unique", string(key.Name)}, attribute...)
}

func (p keyPlanner) summary(verb string, key schema.Key) string {
	kind := "unique constraint"
	if p.kind == ddl.PrimaryKey {
		kind = "primary key"
	}
	return fmt.Sprintf("Cannot %s %s %s of %s", verb, kind, key.Name, p.table.Name)
}

func (p keyPlanner) findings(desired schema.Key) []Finding {
	var findings []Finding
	fail := func(id hazard.ID, path []string, detail string) {
		findings = append(findings, refused(id, path, p.summary("add", desired), detail))
	}
	if err := desired.Name.Validate(); err != nil {
		fail(hazard.IdentifierTruncated, p.path(desired, "name"), "The name "+err.Error()+".")
	}
	if desired.NullsNotDistinct && p.change.Server.Major() < 15 {
		fail("", p.path(desired, "nulls_not_distinct"), needsVersion("NULLS NOT DISTINCT", 15, p.change.Server))
	}
	if detail := uniqueNeedsPartitionKey(p.table, desired.Columns); detail != "" {
		fail("", p.path(desired, "columns"), detail)
	}
	return findings
}

// guardBuild refuses concurrent builds on releases where they lose rows.
func (p keyPlanner) guardBuild(key schema.Key) []Finding {
	if !corruptsConcurrently(p.change.Server) {
		return nil
	}
	return []Finding{refused(hazard.IndexConcurrentCorruptionPG14, p.path(key), p.summary("add", key),
		concurrentCorruptionDetail(p.change.Server))}
}

// notNull makes the columns of a primary key NOT NULL beforehand: adding the
// key would else scan the table under ACCESS EXCLUSIVE.
func (p keyPlanner) notNull(key schema.Key) Plan {
	var plan Plan
	if p.kind != ddl.PrimaryKey {
		return plan
	}
	for _, name := range key.Columns {
		column := p.table.Column(name)
		if column == nil || provenNotNull(*column) {
			continue
		}
		plan.Operations = append(plan.Operations, proveNotNull(p.change, p.table, *column)...)
		plan.Probes = append(plan.Probes, Probe{Query: rowsWhere(p.table, name.Quote()+" IS NULL"), Finding: Finding{
			Hazard:   hazard.ColumnSetNotNullFailsOnNulls,
			Severity: hazard.Error,
			Path:     p.path(key, "columns"),
			Summary:  p.summary("add", key),
			Detail:   fmt.Sprintf("The column %s is NULL in some rows, and a primary key must not be. Fill them first.", name),
		}})
	}
	return plan
}

// provenNotNull reports whether a primary key may rely on the column. A NOT
// VALID constraint of PostgreSQL 18 sets attnotnull, but the key is refused
// (55000).
func provenNotNull(column schema.Column) bool {
	return !column.Nullable && (column.NotNull == nil || column.NotNull.Valid)
}

func (p keyPlanner) probes(key schema.Key) []Probe {
	return []Probe{duplicateProbe(p.table, keyIndex(p.table.Name, key), Finding{
		Hazard:   hazard.UniqueAddFailsOnDuplicates,
		Severity: hazard.Error,
		Path:     p.path(key, "columns"),
		Summary:  p.summary("add", key),
		Detail: fmt.Sprintf("Rows of %s have the same key. The build of its index would run to its end and fail. "+
			"Remove or change the duplicates first.", p.table.Name),
	})}
}

// brief is a short ACCESS EXCLUSIVE step on the table.
func (p keyPlanner) brief(statements ...string) Operation {
	return Operation{
		Class:      Brief,
		Statements: statements,
		Locks:      []Lock{{Mode: schema.AccessExclusive, Table: p.table.Name}},
	}
}

// commentOnConstraint locks nothing above ACCESS SHARE.
func commentOnConstraint(table schema.QualifiedName, name schema.Name, comment string) Operation {
	return Operation{Class: Brief, Statements: []string{ddl.CommentOnConstraint(table, name, comment)}}
}
