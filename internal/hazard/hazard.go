// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

// Package hazard is the public vocabulary of what can go wrong when a schema
// changes under traffic. The ids are stable: policies and acknowledgements
// name them.
package hazard

// ID names a hazard: "column_set_not_null_fails_on_nulls".
type ID string

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
