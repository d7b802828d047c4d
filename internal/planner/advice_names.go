// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// NameKind is what a name names: the attribute of `naming` that has its pattern.
type NameKind string

// The kinds of names.
const (
	TableName      NameKind = "table"
	ColumnName     NameKind = "column"
	PrimaryKeyName NameKind = "primary_key"
	UniqueName     NameKind = "unique"
	CheckName      NameKind = "check"
	ExclusionName  NameKind = "exclusion"
	ForeignKeyName NameKind = "foreign_key"
	IndexName      NameKind = "index"
	SchemaName     NameKind = "schema"
	EnumName       NameKind = "enum"
	SequenceName   NameKind = "sequence"
)

// NameKinds returns all of them, in the order of the documentation.
func NameKinds() []NameKind {
	return []NameKind{TableName, ColumnName, PrimaryKeyName, UniqueName, CheckName, ExclusionName, ForeignKeyName, IndexName, SchemaName, EnumName, SequenceName}
}

// Naming has the patterns that names of a house follow. A kind without one may
// have any name.
type Naming map[NameKind]*regexp.Regexp

// NewName is a name that a change gives to something.
type NewName struct {
	Kind NameKind
	Name schema.Name
	// Of is the table that it belongs to, or the object that it is the name of.
	Of   schema.QualifiedName
	Path []string
}

// String names the object: "Column full_name of public.users".
func (n NewName) String() string {
	words := map[NameKind]string{
		ColumnName: "Column", PrimaryKeyName: "Primary key", UniqueName: "Unique constraint", CheckName: "Check",
		ExclusionName: "Exclusion constraint", ForeignKeyName: "Foreign key", IndexName: "Index",
	}
	word, part := words[n.Kind]
	switch {
	case part:
		return fmt.Sprintf("%s %s of %s", word, n.Name, n.Of)
	case n.Of.Schema == "":
		return fmt.Sprintf("%s %s", strings.ToUpper(string(n.Kind[:1]))+string(n.Kind[1:]), n.Name)
	}
	return fmt.Sprintf("%s %s", strings.ToUpper(string(n.Kind[:1]))+string(n.Kind[1:]), n.Of)
}

// AdviseNames is about names that do not follow the patterns of a house, which
// is a warning, as somebody wrote them; and, where there is no pattern, about
// those that have to be quoted, which is advice.
func AdviseNames(naming Naming, names []NewName) []Finding {
	var findings []Finding
	for _, name := range names {
		pattern := naming[name.Kind]
		switch {
		case pattern != nil && !pattern.MatchString(string(name.Name)):
			findings = append(findings, Finding{
				Hazard: hazard.NamingPolicy, Severity: hazard.Warning, Path: name.Path,
				Summary: name.String() + " does not follow the naming policy",
				Detail: fmt.Sprintf("The provider asks for names that match\n\n    naming = { %s = %q }\n\nChoose another name now: once code knows it, another one takes a transition or breaks that code.",
					name.Kind, pattern),
			})
		case pattern == nil && name.Name.Quote() != string(name.Name):
			findings = append(findings, style(hazard.NamingPolicy, name.Path, name.String()+" has to be quoted",
				fmt.Sprintf("Every statement has to write it as %s: PostgreSQL folds a name without quotes to lower case, and takes a key word for a key word. "+
					"Use lower-case letters, digits and underscores, and no key word.", name.Name.Quote())))
		}
	}
	return findings
}

// NewTableNames are the names that a table gets, its own included; observed is
// nil for a new table.
func NewTableNames(desired schema.Table, observed *schema.Table) []NewName {
	there := schema.Table{}
	if observed != nil {
		there = *observed
	}
	var names []NewName
	add := func(kind NameKind, name schema.Name, known bool, path ...string) {
		if !known && name != "" {
			names = append(names, NewName{kind, name, desired.Name, path})
		}
	}
	add(TableName, desired.Name.Name, there.Name.Name == desired.Name.Name, "name")
	for _, c := range desired.Columns {
		add(ColumnName, c.Name, there.Column(c.Name) != nil, "columns", string(c.Name))
	}
	if key := desired.PrimaryKey; key != nil {
		add(PrimaryKeyName, key.Name, there.PrimaryKey != nil && there.PrimaryKey.Name == key.Name, "primary_key")
	}
	for _, key := range desired.Uniques {
		add(UniqueName, key.Name, there.Unique(key.Name) != nil, "unique", string(key.Name))
	}
	for _, check := range desired.Checks {
		add(CheckName, check.Name, there.Check(check.Name) != nil, "checks", string(check.Name))
	}
	for _, exclusion := range desired.Exclusions {
		add(ExclusionName, exclusion.Name, there.Exclusion(exclusion.Name) != nil, "exclusions", string(exclusion.Name))
	}
	return names
}

// NewColumnNames is the name of a column that is not there under it.
func NewColumnNames(table schema.QualifiedName, desired schema.Column, observed *schema.Column) []NewName {
	if observed != nil && observed.Name == desired.Name {
		return nil
	}
	return []NewName{{ColumnName, desired.Name, table, []string{"name"}}}
}

// NewIndexNames is the name of an index that is not there under it.
func NewIndexNames(table schema.QualifiedName, desired schema.Index, observed *schema.Index) []NewName {
	if observed != nil && observed.Name == desired.Name {
		return nil
	}
	return []NewName{{IndexName, desired.Name.Name, table, []string{"name"}}}
}

// NewForeignKeyNames is the name of a foreign key that is not there under it.
func NewForeignKeyNames(desired schema.ForeignKey, observed *schema.ForeignKey) []NewName {
	if observed != nil && observed.Name == desired.Name {
		return nil
	}
	return []NewName{{ForeignKeyName, desired.Name, desired.Table, []string{"name"}}}
}

// NewNeighbourName is the name of a new object that belongs to no table; that of
// a schema is in none.
func NewNeighbourName(kind NameKind, name schema.QualifiedName) []NewName {
	return []NewName{{kind, name.Name, name, []string{"name"}}}
}
