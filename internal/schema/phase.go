// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"fmt"
	"slices"
)

// Phase is how far a transition may go. The zero value is no transition: the
// change is simply applied.
type Phase string

// The phases, in their order.
const (
	NoPhase  Phase = ""
	Expand   Phase = "expand"
	Migrate  Phase = "migrate"
	Contract Phase = "contract"
)

// Phases are the values of the phase attribute, in their order.
var Phases = []Phase{Expand, Migrate, Contract}

// ParsePhase reads a value of the phase attribute.
func ParsePhase(text string) (Phase, error) {
	for _, p := range Phases {
		if string(p) == text {
			return p, nil
		}
	}
	return NoPhase, fmt.Errorf("%q is not a phase: write expand, migrate or contract", text)
}

// Reaches reports whether a transition in this phase has come as far as the
// other one.
func (p Phase) Reaches(other Phase) bool {
	return slices.Index(Phases, p) >= slices.Index(Phases, other)
}
