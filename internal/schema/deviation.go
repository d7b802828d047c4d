// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"maps"
	"slices"
	"strings"
)

// PartKind is a kind of object that a table has, as settings name them.
type PartKind string

// The kinds of parts. A foreign key is a constraint; the table itself is what
// its parts are not: comment, storage parameters, ...
const (
	TablePart      PartKind = "tables"
	ColumnPart     PartKind = "columns"
	IndexPart      PartKind = "indexes"
	ConstraintPart PartKind = "constraints"
)

// Deviation is a part of a table that somebody has changed or dropped since it
// was observed before.
type Deviation struct {
	Kind PartKind
	// Name is the part in words: column email, check constraint users_check.
	Name string
	// Part is the bare name of the part; empty for the table.
	Part Name
	// Missing reports that the part is gone; Lines say how one that is there
	// differs, a field each.
	Missing bool
	Lines   []string
}

// Deviations are the parts of a table that are not what they were, by kind and
// name. Parts that are new are left out: nobody has declared them. Either table
// may be nil: one that was not known, or is gone with all of its parts.
func Deviations(before, after *Table) []Deviation {
	switch {
	case before == nil:
		return nil
	case after == nil:
		return []Deviation{{Kind: TablePart, Name: "table " + before.Name.String(), Missing: true}}
	}
	old, now := parts(declarableParts(before, before.Name)), parts(declarableParts(after, before.Name))
	var list []Deviation
	for _, name := range slices.Sorted(maps.Keys(old)) {
		kind, known := kindOfPart(name)
		if !known {
			continue
		}
		deviation := Deviation{Kind: kind, Name: name, Part: partName(old[name])}
		is, there := now[name]
		if !there {
			deviation.Missing = true
			list = append(list, deviation)
			continue
		}
		for _, line := range changedFields(name, old[name], is) {
			deviation.Lines = append(deviation.Lines, strings.TrimPrefix(line, name+": "))
		}
		if len(deviation.Lines) > 0 {
			list = append(list, deviation)
		}
	}
	return list
}

// declarableParts is what can be declared of a table, without what says which of
// two equal objects it is and what follows from another part.
func declarableParts(t *Table, name QualifiedName) *Table {
	c := Table{
		Name: name, PrimaryKey: t.PrimaryKey, Uniques: t.Uniques, Checks: t.Checks, Exclusions: t.Exclusions,
		Comment: t.Comment, Options: t.Options, Unlogged: t.Unlogged, Tablespace: t.Tablespace, ReplicaIdentity: t.ReplicaIdentity,
	}
	c.Columns = slices.Clone(t.Columns)
	for i := range c.Columns {
		c.Columns[i].NotNull = nil // Nullable says it
	}
	c.Indexes = slices.Clone(t.Indexes)
	for i := range c.Indexes {
		c.Indexes[i].Table, c.Indexes[i].Definition, c.Indexes[i].Columns = QualifiedName{}, "", nil
		c.Indexes[i].Successor, c.Indexes[i].Predecessor = nil, nil
	}
	c.ForeignKeys = slices.Clone(t.ForeignKeys)
	for i := range c.ForeignKeys {
		c.ForeignKeys[i].Table = QualifiedName{}
	}
	return &c
}

func kindOfPart(name string) (PartKind, bool) {
	for prefix, kind := range map[string]PartKind{
		"table ": TablePart, "column ": ColumnPart, "index ": IndexPart,
		"primary key ": ConstraintPart, "unique constraint ": ConstraintPart, "check constraint ": ConstraintPart,
		"exclusion constraint ": ConstraintPart, "foreign key ": ConstraintPart,
	} {
		if strings.HasPrefix(name, prefix) {
			return kind, true
		}
	}
	return "", false
}

func partName(part any) Name {
	switch p := part.(type) {
	case Column:
		return p.Name
	case Key:
		return p.Name
	case Check:
		return p.Name
	case Exclusion:
		return p.Name
	case ForeignKey:
		return p.Name
	case Index:
		return p.Name.Name
	}
	return ""
}
