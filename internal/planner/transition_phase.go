// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// targetPhase is the phase that a transition shall reach, or why it cannot.
func targetPhase(c Change, m move) (schema.Phase, *Finding) {
	return phaseOf(c, m.recorded, m.Kind, m.verb())
}

// phaseOf holds the rules: a phase is written for as long as there is a
// transition, and contract ends only what an earlier apply has begun.
func phaseOf(c Change, recorded *schema.OpenTransition, kind schema.TransitionKind, verb string) (schema.Phase, *Finding) {
	path, summary := []string{"phase"}, "Cannot "+verb
	switch {
	case c.Phase == schema.NoPhase && c.SingleStep:
		return schema.Contract, nil
	case c.Phase == schema.NoPhase && recorded == nil:
		f := refusal(path, summary, fmt.Sprintf("This is a transition (%s): code that runs uses the old structure. It is carried out in phases, and "+
			"`phase` says how far it may go. Write\n\n    phase = \"expand\"\n\nwhich %s. \"migrate\" and \"contract\" follow in applies of their own.", kind, expandMeaning[kind]))
		if kind == schema.ColumnRemoved {
			f.Detail += "\n\nIf a pgphase_column or another tool answers for the column from now on, name it in ignored_columns instead: nothing runs then."
		}
		return schema.Expand, &f
	case c.Phase == schema.NoPhase:
		f := refusal(path, summary, fmt.Sprintf("The transition (%s) is open: it has reached %q, and the old structure is still there. Keep `phase` until it "+
			"has ended:\n\n    phase = %q\n\nleaves it where it is. \"contract\" ends it, after which `phase` may be removed. To take it back, declare "+
			"the old structure again.", kind, recorded.Phase, recorded.Phase))
		return recorded.Phase, &f
	case c.Phase == schema.Contract && recorded == nil && !c.SingleStep:
		f := refusal(path, summary, fmt.Sprintf("Nothing is dropped that an earlier apply has not expanded first: to %s, apply `phase = \"expand\"` first, "+
			"deploy code that does without the old structure, and then apply \"contract\".\n\nFor a throw-away database, `single_step = true` in the "+
			"provider block does all phases in one apply.", verb))
		return schema.Contract, &f
	}
	return c.Phase, nil
}

var expandMeaning = map[schema.TransitionKind]string{
	schema.ColumnReplaced: "adds the new column and a trigger that keeps both sides in step",
	schema.ColumnRetyped:  "adds a hidden column of the new type and a trigger that keeps it in step",
	schema.ColumnRemoved:  "makes the column optional, so that new code may leave it out",
	schema.TableRenamed:   "makes the table known under both names",
}

// verb says what the transition does: "drop public.users.plan".
func (m move) verb() string {
	table := schema.Table{Name: m.Table}
	if m.replaces() {
		return "replace " + columnIDs(table, m.Old) + " by " + columnIDs(table, m.New)
	}
	return "remove column " + columnIDs(table, m.Old)
}

func (m move) summary() string { return "Cannot " + m.verb() }
