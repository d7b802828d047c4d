// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// redefinition is what an index and a foreign key have in common on the way
// from one definition to another. No ledger knows it: what is there tells by its
// name how far it is. Until the swap the new one stands under a temporary name
// beside the old one, after it the old one under another beside the new one.
type redefinition struct {
	change Change
	table  schema.Table
	// what is the object: "index public.users_email_idx".
	what string
	kind schema.TransitionKind
	// renamed reports that the configuration has another name for the object.
	renamed bool
}

// halfName is the temporary name of one side of a redefinition: of kind "new"
// for the new one before the swap, "old" for the old one after it. The name of
// the table is no part of it, as the table may be renamed meanwhile.
func halfName(kind string, within, name schema.Name) schema.Name {
	return schema.DerivedName(kind, within, name)
}

// target is the phase to reach, or why it cannot be. Nothing names an index or
// a foreign key, so that they need no phase: without one, all is done at once.
func (r redefinition) target(begun bool) (schema.Phase, []Finding) {
	switch {
	case r.change.Phase == schema.NoPhase:
		return schema.Contract, nil
	case r.renamed:
		return r.change.Phase, []Finding{refusal([]string{"name"}, "Cannot redefine "+r.what,
			"The configuration gives it a new name as well. Rename it in an apply of its own, before or after; or leave `phase` out to do all of it in one apply.")}
	case r.change.Phase == schema.Contract && !begun && !r.change.SingleStep:
		return r.change.Phase, []Finding{refusal([]string{"phase"}, "Cannot redefine "+r.what, fmt.Sprintf("This is a transition (%s), and nothing is "+
			"dropped that an earlier apply has not expanded first: apply `phase = \"expand\"` first, and \"contract\" once the new one has proven itself.\n\n"+
			"To do all of it in one apply, leave `phase` out.", r.kind))}
	}
	return r.change.Phase, nil
}

// open refuses what would lose sight of a redefinition that is open: a new name
// for the object, or a third definition.
func (r redefinition) open(detail string) []Finding {
	return []Finding{refusal(nil, fmt.Sprintf("Redefinition of %s is open", r.what), detail)}
}

func (r redefinition) openUnderItsName() []Finding {
	return r.open("It has another definition beside it, and a new name would lose sight of that. End the redefinition first, by `phase = \"contract\"` or without " +
		"`phase`, or take it back by declaring the old definition again. Then rename it.")
}

func (r redefinition) thirdDefinition(kept string) []Finding {
	return r.open(fmt.Sprintf("The configuration declares neither of its two definitions: the names are swapped, and %s holds the old one until contract. "+
		"Declare the new one again and end it by `phase = \"contract\"`, or the old one to take it back. Without `phase`, all of it is done in one apply.", kept))
}

// held refuses to drop what code needs that knows only the old column of an
// open transition.
func (r redefinition) held(to schema.Phase, old, desired func(schema.Name) bool) []Finding {
	if to != schema.Contract {
		return nil
	}
	for _, t := range r.table.Transitions {
		if t.Kind != schema.ColumnReplaced && t.Kind != schema.ColumnRemoved {
			continue
		}
		if !slices.ContainsFunc(t.Old, func(n schema.Name) bool { return old(n) && !desired(n) }) {
			continue
		}
		return []Finding{refusal([]string{"phase"}, "Cannot drop the old definition of "+r.what, heldDetail(r.table.Name, string(t.Kind)+": "+transitionSides(t)))}
	}
	return nil
}

func heldDetail(table schema.QualifiedName, transition string) string {
	return fmt.Sprintf("It is on a column that a transition of %s retains (%s): code that knows only that column still needs it. Say how far the "+
		"redefinition may go:\n\n    phase = \"migrate\"\n\nmakes the new one and keeps the old one, which goes with the column when that transition is "+
		"contracted. Contract that first.", table, transition)
}

// AwayFromReplaced refuses, for an object without phase, a definition without a
// column that the same run begins to replace: the table is not in transition
// yet when that is planned. Replacing are the declared columns of the table.
func AwayFromReplaced(c Change, table schema.QualifiedName, what string, replacing []schema.Column, old, desired func(schema.Name) bool) *Finding {
	if c.Phase != schema.NoPhase || c.SingleStep {
		return nil
	}
	for _, column := range replacing {
		if column.Replaces == nil {
			continue
		}
		for _, name := range column.Replaces.Columns {
			if old(name) && !desired(name) {
				f := refusal([]string{"phase"}, "Cannot drop the old definition of "+what,
					heldDetail(table, fmt.Sprintf("%s: %s to %s", schema.ColumnReplaced, name.Quote(), column.Name.Quote())))
				return &f
			}
		}
	}
	return nil
}

// within tags the operations from a place on.
func within(phase schema.Phase, operations ...Operation) []Operation {
	tagged := slices.Clone(operations)
	for i := range tagged {
		tagged[i].Phase = phase
	}
	return tagged
}
