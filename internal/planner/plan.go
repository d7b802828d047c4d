// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Plan is the result of planning one object: what to run, and what to say
// about it. It is a pure function of its inputs.
type Plan struct {
	Operations []Operation
	// Findings are errors and warnings that follow from configuration and
	// catalog alone.
	Findings []Finding
	// Probes are questions to the data that can turn into findings: NULLs in
	// a column that becomes NOT NULL, duplicates, orphans. Asking them needs
	// a database; planned values never depend on the answers.
	Probes []Probe
	// Open are the transitions of the table that are open when all operations
	// have run; set by the functions that plan transitions.
	Open []schema.OpenTransition
	// Retained is what waits for contract when all operations have run, of a
	// redefinition that no ledger knows.
	Retained []string
	// Ends are the indexes, old and new, of a redefinition that an earlier apply
	// has begun and this one ends: whoever reviews it asks which one is used.
	Ends []schema.QualifiedName
	// Ties are other tables whose foreign keys the plan exchanges: an apply has
	// to be alone on them as well, from before it looks at them until it ends.
	Ties []schema.QualifiedName
	// Awaits are those of them that an apply has to finish first, if it works
	// on them too: transitions on both sides of a foreign key were interrupted.
	Awaits []schema.QualifiedName
}

// Finding is a hazard, or an error without one, on an attribute.
type Finding struct {
	// Hazard is empty for an error of the configuration itself.
	Hazard hazard.ID
	// Severity is the default one; policy and acknowledgements may change it
	// where Hazard is set.
	Severity hazard.Severity
	// Refusal marks an error that neither policy nor acknowledgement lowers:
	// the plan has no operations that could run instead, or they would lose
	// data.
	Refusal bool
	// Path leads to the attribute: "columns", "email", "type". Empty means
	// the resource as a whole.
	Path []string
	// Summary names object and verb: "Cannot set public.users.email NOT NULL".
	Summary string
	// Detail says cause, consequence and next step.
	Detail string
}

// Probe is a read-only question to the data.
type Probe struct {
	// Finding is what to report when the answer is yes; its Detail is
	// followed by the number of rows and the examples.
	Finding Finding
	// Query is a SELECT over the live table that returns what violates, as one
	// text column of examples ("id = 7"). Whoever asks sets the limit.
	Query string
}

// Refused reports whether a finding leaves nothing that could be planned
// further. Other errors stand beside the operations that they are about, which
// run once somebody has acknowledged them.
func (p Plan) Refused() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Refusal })
}

// Failed reports whether a finding is an error by default.
func (p Plan) Failed() bool {
	for _, f := range p.Findings {
		if f.Severity == hazard.Error {
			return true
		}
	}
	return false
}

// Server is what a plan depends on besides the objects.
type Server struct {
	// Version is server_version_num: 150018 for 15.18.
	Version int
	// UTC reports that the session's TimeZone always has the offset 0, which
	// makes timestamp and timestamptz interchangeable without a rewrite.
	UTC bool
}

// Major returns 15 for 15.18.
func (s Server) Major() int { return s.Version / 10000 }

// Change is what a planner function gets: the server, and how far a
// transition may go.
type Change struct {
	Server Server
	// Phase is the configured phase, or schema.NoPhase.
	Phase schema.Phase
	// SingleStep lets a transition run through all phases in one apply: for
	// throw-away databases.
	SingleStep bool
	// SkipVerify leaves out the comparison of both sides before contract.
	SkipVerify bool
	// LedgerMissing reports that the database has no ledger yet: the first
	// step of a transition creates it.
	LedgerMissing bool
}
