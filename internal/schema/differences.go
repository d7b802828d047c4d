// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Differences says in words what changed from one observation of a table to a
// later one: a line each, parts first by kind, then by name. Either may be
// nil: a table that is not there.
func Differences(before, after *Table) []string {
	switch {
	case before == nil && after == nil:
		return nil
	case before == nil:
		return []string{fmt.Sprintf("table %s is there now", after.Name)}
	case after == nil:
		return []string{fmt.Sprintf("table %s is gone", before.Name)}
	}
	old, now := parts(before), parts(after)
	var lines []string
	names := slices.Collect(maps.Keys(old))
	for name := range now {
		if _, both := old[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		was, wasThere := old[name]
		is, isThere := now[name]
		switch {
		case !wasThere:
			lines = append(lines, name+" is new")
		case !isThere:
			lines = append(lines, name+" is gone")
		default:
			lines = append(lines, changedFields(name, was, is)...)
		}
	}
	return lines
}

// parts takes a table apart into what has a name of its own. What two
// observations of an unchanged table may differ in is left out: positions say
// nothing that a new column would not say.
func parts(t *Table) map[string]any {
	all := map[string]any{}
	for _, c := range t.Columns {
		c.Position = 0
		all["column "+c.Name.Quote()] = c
	}
	if t.PrimaryKey != nil {
		all["primary key "+t.PrimaryKey.Name.Quote()] = *t.PrimaryKey
	}
	for _, k := range t.Uniques {
		all["unique constraint "+k.Name.Quote()] = k
	}
	for _, c := range t.Checks {
		all["check constraint "+c.Name.Quote()] = c
	}
	for _, e := range t.Exclusions {
		all["exclusion constraint "+e.Name.Quote()] = e
	}
	for _, f := range t.ForeignKeys {
		all["foreign key "+f.Name.Quote()] = f
	}
	for _, f := range t.ReferencedBy {
		all["foreign key "+f.Name.Quote()+" of "+f.Table.String()] = f
	}
	for _, i := range t.Indexes {
		all["index "+i.Name.Name.Quote()] = i
	}
	for _, d := range t.Dependents {
		all[string(d.Kind)+" "+d.Name] = d
	}
	for _, p := range t.Partitions {
		all["partition "+p.Name.String()] = p
	}
	for _, t := range t.Triggers {
		all["trigger "+t.Name.Quote()] = t
	}
	rest := *t
	rest.Columns, rest.PrimaryKey, rest.Uniques, rest.Checks, rest.Exclusions = nil, nil, nil, nil, nil
	rest.ForeignKeys, rest.ReferencedBy, rest.Indexes = nil, nil, nil
	rest.Dependents, rest.Partitions, rest.Triggers = nil, nil, nil
	all["table "+t.Name.String()] = rest
	return all
}

// changedFields compares two parts by the JSON of their fields, which is how
// they are stored as well.
func changedFields(name string, was, is any) []string {
	before, after := jsonFields(was), jsonFields(is)
	var lines []string
	keys := map[string]bool{}
	for key := range before {
		keys[key] = true
	}
	for key := range after {
		keys[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if string(before[key]) != string(after[key]) {
			lines = append(lines, fmt.Sprintf("%s: %s was %s, is %s", name, key, orNothing(before[key]), orNothing(after[key])))
		}
	}
	return lines
}

func jsonFields(value any) map[string]json.RawMessage {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(encoded, &fields) != nil {
		return nil
	}
	return fields
}

func orNothing(value json.RawMessage) string {
	if value == nil {
		return "not set"
	}
	return readable(value)
}

// readable shortens the spellings of types and expressions to the server's.
func readable(value json.RawMessage) string {
	var text struct {
		Canonical string `json:"canonical"`
	}
	if json.Unmarshal(value, &text) == nil && text.Canonical != "" {
		return text.Canonical
	}
	return string(value)
}
