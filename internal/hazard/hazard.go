// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package hazard is the public vocabulary of what can go wrong when a schema
// changes under traffic. The ids are stable: policies and acknowledgements
// name them.
package hazard

import "strings"

// ID names a hazard: "column_set_not_null_fails_on_nulls".
type ID string

// Page is the guide about hazards as the registry shows it. Each id is a heading
// of it, and with that an anchor.
const Page = "https://registry.terraform.io/providers/pgphase/pgphase/latest/docs/guides/hazards"

// URL is where the guide explains the hazard.
func (id ID) URL() string { return Page + "#" + string(id) }

// Reference ends the detail of a diagnostic about the hazard.
func (id ID) Reference() string { return "Hazard: " + string(id) + "\n" + id.URL() }

// ParseReference is the hazard that the paragraph of a diagnostic refers to, if
// it is one that [ID.Reference] wrote.
func ParseReference(paragraph string) (ID, bool) {
	line, _, _ := strings.Cut(paragraph, "\n")
	text, marked := strings.CutPrefix(line, "Hazard: ")
	_, known := Lookup(ID(text))
	return ID(text), marked && known
}

// Severity is what a finding does to a plan.
type Severity int

// The severities, mildest first.
const (
	Ignore Severity = iota
	Info
	Warning
	Error
)

// Category groups hazards by what they endanger.
type Category string

// The categories.
const (
	Destructive   Category = "destructive"
	DataDependent Category = "data_dependent"
	Locking       Category = "locking"
	Rewrite       Category = "rewrite"
	Scan          Category = "scan"
	AppBreaking   Category = "app_breaking"
	Replication   Category = "replication"
	Naming        Category = "naming"
	Dependency    Category = "dependency"
	Design        Category = "design"
)

// Categories returns all of them, in the order of the documentation.
func Categories() []Category {
	return []Category{Destructive, DataDependent, Locking, Rewrite, Scan, AppBreaking, Replication, Dependency, Naming, Design}
}
