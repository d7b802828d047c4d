// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Operation is one step of a change: one transaction, or one statement that
// cannot run in a transaction. It is data, so that it can be shown, compared
// with the reviewed one and run later, in another process.
type Operation struct {
	// Phase is the phase of a transition that the step belongs to, or
	// schema.NoPhase.
	Phase schema.Phase
	// Class says how the executor has to run it.
	Class Class
	// Statements run in this order. In the class Brief they share a
	// transaction; in the class Batch there is one for each table that holds
	// rows, and it runs once for each range of blocks ($1, $2).
	Statements []string
	// Locks are all tables that the step locks in a mode above ACCESS SHARE,
	// strongest first. The provider's own ledger is left out: nobody else
	// writes there.
	Locks []Lock
	// Effect is what the step does to stored data.
	Effect Effect
	// Hazards are the ids that follow from configuration and catalog alone,
	// sorted.
	Hazards []hazard.ID
	// Backfill is set in the class Batch.
	Backfill *Backfill
	// Builds is the index that a step of the class Concurrent leaves INVALID
	// when it is interrupted.
	Builds schema.QualifiedName
}

// Class is how a step runs and how long it may wait.
type Class int

const (
	// Brief needs a strong lock for an instant: a short transaction with a
	// lock timeout, tried again until the lock deadline.
	Brief Class = iota
	// Online runs long in a transaction of its own under a lock that blocks
	// neither reads nor writes (VALIDATE CONSTRAINT): no statement timeout.
	Online
	// Concurrent runs long and outside of a transaction block (CREATE INDEX
	// CONCURRENTLY): no statement timeout and no lock timeout, as a lock
	// timeout leaves an invalid index.
	Concurrent
	// Batch is a backfill: many short transactions.
	Batch
	// Verify reads without changing anything: one SELECT that must return no
	// row. A row that it returns (text columns: what to show of it) stops the
	// apply.
	Verify
)

// Lock is a table-level lock that a step takes.
type Lock struct {
	Mode  schema.LockMode
	Table schema.QualifiedName
	// Partitions reports that every partition of the table is locked in the
	// same mode.
	Partitions bool
}

// String returns "ACCESS EXCLUSIVE on public.users".
func (l Lock) String() string {
	text := l.Mode.String() + " on " + l.Table.String()
	if l.Partitions {
		text += partitionsWords
	}
	return text
}

// Effect is what a step does to stored data. The zero value is a change of the
// catalog alone, which is instant.
type Effect struct {
	// Creates makes a new table: nobody can wait for it yet.
	Creates bool
	// CreatesSchema, CreatesType and CreatesSequence make what tables need.
	CreatesSchema, CreatesType, CreatesSequence bool
	// Scans reads the whole table.
	Scans bool
	// Samples reads a sample of the table, as ANALYZE does.
	Samples bool
	// BuildsIndex builds or rebuilds at least one index.
	BuildsIndex bool
	// Rewrites writes the whole table and all of its indexes anew.
	Rewrites bool
	// Updates changes rows in batches.
	Updates bool
	// Again is set beside Updates for a second pass: rows that were written
	// while the first one ran, before a constraint guarded the column.
	Again bool
	// Drops removes data or a structure for good.
	Drops bool
}

// String returns the effect in words: "instant: catalog only", "scans the
// table", ...
func (e Effect) String() string {
	var words []string
	for _, w := range wordsOf(&e) {
		if *w.set {
			words = append(words, w.text)
		}
		if w.set == &e.Updates && e.Updates && e.Again {
			words[len(words)-1] += againWords
		}
	}
	if len(words) == 0 {
		return instantWords
	}
	return strings.Join(words, ", ")
}

// Backfill describes a Batch step. Rows in which all assigned columns are NULL
// get their values, block range by block range; a row that already has a value
// is never touched.
type Backfill struct {
	Table schema.QualifiedName
	// Partitions are passes of their own, in this order; empty for an
	// ordinary table.
	Partitions []schema.QualifiedName
	// Assignments are the columns with their values: expressions over the row.
	Assignments []Assignment
	// Condition is what a row has to meet besides its place: the part of the
	// statements that says which rows are left to do.
	Condition string
	// Transition is the open transition that the backfill belongs to, whose
	// trigger it must not fire; empty for an ordinary column.
	Transition schema.Name
}

// Assignment is a column and the expression that it is set to.
type Assignment = ddl.Assignment

// SQL returns the statements as they run, each ended by a semicolon and a
// newline, within BEGIN and COMMIT where they are several. The final newline
// makes Terraform show the text raw.
func (o Operation) SQL() string {
	var b strings.Builder
	together := len(o.Statements) > 1 && o.Class == Brief
	if together {
		b.WriteString("BEGIN;\n")
	}
	for _, s := range o.Statements {
		b.WriteString(s)
		b.WriteString(";\n")
	}
	if together {
		b.WriteString("COMMIT;\n")
	}
	return b.String()
}

// Lock returns the locks in words, strongest first, joined by "; ". It is
// empty for a step that locks no table.
func (o Operation) Lock() string {
	texts := make([]string, len(o.Locks))
	for i, l := range o.Locks {
		texts[i] = l.String()
	}
	return strings.Join(texts, "; ")
}

// StrongestLock returns the strongest mode that any of the operations takes on
// a table that existed before.
func StrongestLock(operations []Operation) schema.LockMode {
	strongest := schema.NoLock
	for _, o := range operations {
		for _, l := range o.Locks {
			strongest = max(strongest, l.Mode)
		}
	}
	return strongest
}

// Destructive reports whether any of the operations removes something for
// good.
func Destructive(operations []Operation) bool {
	for _, o := range operations {
		if o.Effect.Drops {
			return true
		}
	}
	return false
}
