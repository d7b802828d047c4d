// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Format is the version of the JSON form of a [Report]. Fields are added
// without a new one; it rises when one gets another meaning or goes.
const Format = 1

// Report is what is told of a plan.
type Report struct {
	Format int `json:"format"`
	// Name tells several reports of one pull request apart: an environment, a
	// workspace. It may be empty.
	Name string `json:"name"`
	// Failed reports that there is no plan: an error came first.
	Failed bool `json:"failed"`
	// Level is the highest of all changes and findings.
	Level Level `json:"level"`
	// Changes are those of pgphase's resources, the dangerous first.
	Changes []Change `json:"changes"`
	// Findings are warnings and errors that belong to no change.
	Findings []Finding `json:"findings"`
	// Others is the number of changes that other providers plan.
	Others int `json:"others"`
	// LockTimeout is the longest that one attempt for a lock lasts: 500ms.
	LockTimeout string `json:"lock_timeout"`
	// Warned reports that the warnings of the plan were given: without the
	// stream a report knows hazards only as far as `operations` lists them.
	Warned bool `json:"warned"`
}

// Level is how much attention something deserves.
type Level string

// The levels, calmest first. What is destructive cannot be taken back; what is
// blocking stops reads or writes for as long as a table is large.
const (
	Calm        Level = "calm"
	Warned      Level = "warning"
	Destructive Level = "destructive"
	Blocking    Level = "blocking"
	Failing     Level = "error"
)

// Levels are all of them, calmest first.
var Levels = []Level{Calm, Warned, Destructive, Blocking, Failing}

// Action is what happens to a resource.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
	Import Action = "import"
	Forget Action = "forget"
	None   Action = "none"
)

// Change is the planned change of one resource.
type Change struct {
	Address string `json:"address"`
	// Type is pgphase_table, ...; Object the id in the database: public.users.
	// Object is empty of an object that has none yet.
	Type   string `json:"type"`
	Object string `json:"object"`
	Action Action `json:"action"`
	// Imported reports that the resource comes under management in this plan.
	Imported bool  `json:"imported"`
	Level    Level `json:"level"`
	// Phase is the configured one, or empty.
	Phase schema.Phase `json:"phase"`
	// Unknown reports that the statements are not known before the apply.
	Unknown    bool        `json:"operations_unknown"`
	Operations []Operation `json:"operations"`
	// Destructive reports that something is dropped for good.
	Destructive bool `json:"destructive"`
	// Retained is what waits for contract afterwards; Released what did before
	// and does no longer.
	Retained []string `json:"retained"`
	Released []string `json:"released"`
	// Findings are the warnings and errors of this resource, errors first.
	Findings []Finding `json:"findings"`
	// Stops, Breaks, Back and Next answer what a reviewer asks, in sentences.
	// Next is empty where nothing has to follow.
	Stops  string   `json:"stops"`
	Breaks []string `json:"breaks"`
	Back   string   `json:"back"`
	Next   string   `json:"next"`
	// Source is where the resource is declared; empty where that is not known.
	Source Source `json:"source,omitzero"`

	lockTimeout string
}

// Operation is one step of a change.
type Operation struct {
	Phase schema.Phase `json:"phase"`
	SQL   string       `json:"sql"`
	// Locks are the tables that the step locks.
	Locks  []Lock `json:"locks"`
	Effect string `json:"effect"`
	// Lasts reports that the step takes as long as the table is large; all
	// others are instant.
	Lasts bool `json:"lasts"`
	// Drops reports that it removes something for good.
	Drops   bool        `json:"drops"`
	Hazards []hazard.ID `json:"hazards"`
}

// Lock is a table that a step locks.
type Lock struct {
	// Table is the name as in SQL, with "and its partitions" where they are
	// locked, too.
	Table string `json:"table"`
	// Mode is in the spelling of the manual.
	Mode  string `json:"mode"`
	Stops Stops  `json:"stops"`
}

// Stops is who waits for a lock.
type Stops string

// What a lock stops.
const (
	StopsNothing   Stops = "nothing"
	StopsWrites    Stops = "writes"
	StopsAll       Stops = "reads and writes"
	stopsUndefined Stops = ""
)

// strength orders them.
func (s Stops) strength() int {
	switch s {
	case StopsAll:
		return 3
	case StopsWrites:
		return 2
	case StopsNothing:
		return 1
	case stopsUndefined:
	}
	return 0
}

// Finding is a warning or an error of the plan, or a hazard that `operations`
// lists.
type Finding struct {
	// Hazard is empty for what is none.
	Hazard hazard.ID `json:"hazard"`
	// Severity is "error", "warning" or "info".
	Severity string `json:"severity"`
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	Source   Source `json:"source,omitzero"`
	// general marks what the catalog of hazards says, not the plan.
	general bool
}

// Source is a place in the configuration.
type Source struct {
	// File is relative to where the report was made, with slashes.
	File string `json:"file"`
	// Line counts from 1.
	Line int `json:"line"`
}

// Has reports whether a change or a finding has exactly this level, or the
// property that it stands for.
func (r *Report) Has(level Level) bool {
	for _, c := range r.Changes {
		if c.has(level) {
			return true
		}
	}
	return hasSeverity(r.Findings, level) || level == Failing && r.Failed
}

func (c *Change) has(level Level) bool {
	switch level {
	case Destructive:
		return c.Destructive
	case Blocking:
		return c.blocking()
	case Calm:
		return true
	case Warned, Failing:
	}
	return hasSeverity(c.Findings, level)
}

// hasSeverity reports a finding of the severity that a level is named after.
func hasSeverity(findings []Finding, level Level) bool {
	for _, f := range findings {
		if f.Severity == string(level) {
			return true
		}
	}
	return false
}

// rank orders the levels.
func (l Level) rank() int {
	for i, level := range Levels {
		if level == l {
			return i
		}
	}
	return 0
}
