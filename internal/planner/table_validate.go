// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// ValidateTable reports what is wrong with a table whatever the server says.
// Paths start at the resource.
func ValidateTable(desired schema.Table) []Finding { return validateTable(desired, nil) }

// validateTable also reports columns that constraints name and exists says are
// missing, where that is known.
func validateTable(desired schema.Table, exists func(schema.Name) bool) []Finding {
	v := &tableValidation{table: desired, exists: exists, constraints: map[schema.Name]string{}, relations: map[schema.Name]string{
		desired.Name.Name: "the table",
	}}
	if err := desired.Name.Schema.Validate(); err != nil {
		v.misnamed(desired.Name.Schema, []string{"schema"}, "The name of the schema "+err.Error()+".")
	}
	if err := desired.Name.Name.Validate(); err != nil {
		v.misnamed(desired.Name.Name, []string{"name"}, "The name "+err.Error()+".")
	}
	v.columns()
	if k := desired.PrimaryKey; k != nil {
		v.key("primary key", *k, []string{"primary_key"}, true)
	}
	for _, k := range desired.Uniques {
		v.key("unique constraint "+k.Name.Quote(), k, []string{"unique", string(k.Name)}, false)
	}
	for _, check := range desired.Checks {
		v.check(check)
	}
	for _, exclusion := range desired.Exclusions {
		v.exclusion(exclusion)
	}
	v.partitionKey()
	v.settings()
	return v.findings
}

type tableValidation struct {
	table    schema.Table
	exists   func(schema.Name) bool
	findings []Finding
	// constraints and relations tell who has a name: constraints share the
	// table, and those with an index share the schema with all relations.
	constraints, relations map[schema.Name]string
}

func (v *tableValidation) fail(path []string, detail string) { v.refuse("", path, detail) }

func (v *tableValidation) refuse(id hazard.ID, path []string, detail string) {
	v.findings = append(v.findings, refused(id, path, fmt.Sprintf("Invalid table %s", v.table.Name), detail))
}

// nameHazard is the hazard of a name that PostgreSQL does not store as it is.
func nameHazard(name schema.Name) hazard.ID {
	if len(name) > schema.MaxNameBytes {
		return hazard.IdentifierTruncated
	}
	return ""
}

// misnamed reports a name that is none, or one that is too long.
func (v *tableValidation) misnamed(name schema.Name, path []string, detail string) {
	v.refuse(nameHazard(name), path, detail)
}

func (v *tableValidation) columns() {
	seen := map[schema.Name]bool{}
	for _, column := range v.table.Columns {
		path := []string{"columns", string(column.Name)}
		if seen[column.Name] {
			v.refuse(hazard.IdentifierDuplicate, path, fmt.Sprintf("The column %s is declared twice.", column.Name))
		}
		seen[column.Name] = true
		if r := column.Replaces; r != nil {
			for _, old := range r.Columns {
				if declared := v.table.Column(old); declared != nil && declared.Replaces == nil {
					v.fail(append(path, "replaces", "columns"), fmt.Sprintf("The column %s replaces %s, and `columns` declares it as well. Remove it from "+
						"`columns`: contract drops it, and until then it is kept.", column.Name, old))
				}
			}
		}
		v.findings = append(v.findings, Plan{Findings: ValidateColumn(column)}.under(path...).Findings...)
	}
}

// name reports a constraint name that is no name, or taken. Without a name the
// kind stands for it.
func (v *tableValidation) name(what string, name schema.Name, path []string, indexed bool) {
	if err := name.Validate(); err != nil {
		v.misnamed(name, path, fmt.Sprintf("The name of the %s %s.", strings.TrimSuffix(what, " "+name.Quote()), err))
		return
	}
	if other, taken := v.constraints[name]; taken {
		v.refuse(hazard.IdentifierDuplicate, path, fmt.Sprintf("The name %s belongs to two constraints: the %s and the %s. Give one of them another name.", name, other, what))
	} else if other, taken := v.relations[name]; taken && indexed {
		v.refuse(hazard.IdentifierDuplicate, path, fmt.Sprintf("The name %s of the %s is that of %s as well: an index of that name is created for it. Choose another one.", name, what, other))
	}
	v.constraints[name] = what
	if indexed {
		v.relations[name] = "the " + what
	}
}

// column returns a column that a constraint names. One that the table does not
// declare can be there all the same: a table may be declared in part.
func (v *tableValidation) column(what string, name schema.Name, path []string) *schema.Column {
	column := v.table.Column(name)
	if column == nil && v.exists != nil && !v.exists(name) {
		v.fail(path, fmt.Sprintf("The %s names the column %s, which the table does not have and does not declare.", what, name))
	}
	return column
}

func (v *tableValidation) key(what string, key schema.Key, path []string, primary bool) {
	at := func(attribute string) []string { return append(slices.Clone(path), attribute) }
	v.name(what, key.Name, at("name"), true)
	if len(key.Columns) == 0 {
		v.fail(at("columns"), fmt.Sprintf("The %s has no columns.", what))
	}
	seen := map[schema.Name]bool{}
	for _, name := range key.Columns {
		if seen[name] {
			v.fail(at("columns"), fmt.Sprintf("The %s names the column %s twice.", what, name))
		}
		seen[name] = true
		column := v.column(what, name, at("columns"))
		switch {
		case column == nil:
		case virtual(*column):
			v.fail(at("columns"), fmt.Sprintf("The %s has the virtual generated column %s, which cannot be indexed.", what, name))
		case primary && column.Nullable:
			v.fail([]string{"columns", string(name), "nullable"},
				fmt.Sprintf("The column %s belongs to the primary key and is NOT NULL: remove nullable = true.", name))
		}
	}
	for _, name := range key.Include {
		v.column(what, name, at("include"))
	}
	if primary && key.NullsNotDistinct {
		v.fail(at("nulls_not_distinct"), "A primary key has no NULLs: nulls_not_distinct is for unique constraints.")
	}
	v.deferral(what, key.Deferral, at("deferrable"))
	if p := v.table.PartitionBy; p != nil {
		for _, part := range p.Keys {
			if part.Column == "" || !contains(key.Columns, part.Column) {
				v.fail(at("columns"), fmt.Sprintf("The %s of a partitioned table has to contain all columns of partition_by, and these cannot be "+
					"expressions: each partition can prove its own rows only.", what))
				break
			}
		}
	}
}

func (v *tableValidation) deferral(what string, d schema.Deferral, path []string) {
	if d.InitiallyDeferred && !d.Deferrable {
		v.fail(path, fmt.Sprintf("The %s is initially deferred, so it has to be deferrable.", what))
	}
}

func (v *tableValidation) check(check schema.Check) {
	path := []string{"checks", string(check.Name)}
	v.name("check "+check.Name.Quote(), check.Name, path, false)
	if err := check.Expression.Validate(); err != nil {
		v.fail(append(slices.Clone(path), "expression"), "In the expression, "+err.Error()+".")
	}
	if check.NoInherit && v.table.Partitioned() {
		v.fail(append(slices.Clone(path), "no_inherit"), "A check of a partitioned table holds for its partitions: no_inherit cannot be set.")
	}
}

func (v *tableValidation) exclusion(exclusion schema.Exclusion) {
	path := []string{"exclusions", string(exclusion.Name)}
	at := func(attribute string) []string { return append(slices.Clone(path), attribute) }
	what := "exclusion constraint " + exclusion.Name.Quote()
	v.name(what, exclusion.Name, path, true)
	if len(exclusion.Elements) == 0 {
		v.fail(at("elements"), fmt.Sprintf("The %s has no elements.", what))
	}
	for _, element := range exclusion.Elements {
		v.indexKey(what, element.IndexKey, at("elements"))
		if err := (schema.Expression{Text: element.Operator}).Validate(); err != nil {
			v.fail(at("elements"), "In the operator, "+err.Error()+".")
		}
	}
	for _, name := range exclusion.Include {
		v.column(what, name, at("include"))
	}
	if exclusion.Where != nil {
		if err := exclusion.Where.Validate(); err != nil {
			v.fail(at("where"), "In the expression, "+err.Error()+".")
		}
	}
	v.deferral(what, exclusion.Deferral, at("deferrable"))
}

func (v *tableValidation) indexKey(what string, key schema.IndexKey, path []string) {
	switch {
	case (key.Column == "") == (key.Expression == nil):
		v.fail(path, fmt.Sprintf("A key of the %s is either a column or an expression.", what))
	case key.Expression != nil:
		if err := key.Expression.Validate(); err != nil {
			v.fail(path, "In the expression, "+err.Error()+".")
		}
	default:
		v.column(what, key.Column, path)
	}
}

func (v *tableValidation) partitionKey() {
	p := v.table.PartitionBy
	if p == nil {
		return
	}
	path := []string{"partition_by"}
	switch {
	case !slices.Contains([]string{"range", "list", "hash"}, p.Strategy):
		v.fail(path, fmt.Sprintf("%q is not a way to partition: write range, list or hash.", p.Strategy))
	case len(p.Keys) == 0:
		v.fail(path, "partition_by has no keys.")
	case p.Strategy == "list" && len(p.Keys) > 1:
		v.fail(path, "A table partitioned by list has one key.")
	}
	for _, key := range p.Keys {
		v.indexKey("partition key", key, path)
		if column := v.table.Column(key.Column); column != nil && column.Generated != nil {
			v.fail(path, fmt.Sprintf("The generated column %s cannot be a partition key.", key.Column))
		}
	}
}

func (v *tableValidation) settings() {
	t := v.table
	if t.Partitioned() && len(t.Options) > 0 {
		v.fail([]string{"options"}, "A partitioned table holds no rows and has no storage parameters: set them on its partitions.")
	}
	if r := t.ReplicaIdentity; (r.Mode == schema.ReplicaIdentityIndex) != (r.Index != "") {
		v.fail([]string{"replica_identity"}, "The mode \"index\" needs the name of an index, and no other mode has one.")
	}
}
