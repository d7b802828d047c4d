// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// BackfillGuard is the setting that the transaction of a backfill sets to "on":
// the dual-write trigger lets its updates pass.
const BackfillGuard = "pgphase.backfill"

// NameDualWrite gives a transition the names of its trigger, function and
// counter. They derive from its own name.
func NameDualWrite(t *schema.OpenTransition) {
	t.Trigger = lastToFire(schema.DerivedName("dual_write", t.New...))
	t.Function = LedgerObject(t.Name)
	t.Counter = LedgerObject(t.Name)
}

// NameFollower is NameDualWrite for a column that is retyped in place, where
// old-style writes are not counted: all writers use the one visible name.
func NameFollower(t *schema.OpenTransition) {
	NameDualWrite(t)
	t.Counter = schema.QualifiedName{}
}

// lastToFire makes a name sort behind every other one in ASCII: triggers of one
// event fire in the order of their names, byte by byte (manual, section 39.1),
// and what another trigger changes must be seen.
func lastToFire(name schema.Name) schema.Name {
	const suffix = 16 // of DerivedName: the end of the kind and the hash
	text := "~" + string(name)
	if over := len(text) - schema.MaxNameBytes; over > 0 {
		cut := len(text) - suffix - over
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + text[len(text)-suffix:]
	}
	return schema.Name(text)
}

// insertTrigger is the trigger for INSERT: the condition of a trigger that also
// fires for INSERT may not name OLD, so each event needs one of its own.
func insertTrigger(t schema.OpenTransition) schema.Name {
	return lastToFire(schema.DerivedName("insert", schema.Name(strings.TrimPrefix(string(t.Trigger), "~pgphase_"))))
}

// CreateDualWrite creates what keeps both sides of a replaced column in step,
// all in one transaction: counter, function, triggers and the comment that
// holds a copy of the transition. table is the observed one: types and defaults
// of the old columns are taken from it. In t.Up and t.Down an empty text means
// the one column of the other side.
//
// A NULL in an INSERT counts as left out: a BEFORE trigger cannot tell the two
// apart.
func CreateDualWrite(t schema.OpenTransition, table schema.Table) []string {
	statements := []string{
		"CREATE SEQUENCE " + t.Counter.String(),
		"COMMENT ON SEQUENCE " + t.Counter.String() + " IS " + Literal(transitionMark+
			"counts writes to "+table.Name.String()+" by code that knows only "+schema.QuoteNames(t.Old)),
		"GRANT USAGE ON SEQUENCE " + t.Counter.String() + " TO PUBLIC",
		createFunction(t, dualWriteBody(t, table), "CREATE"),
	}
	return append(statements, createTriggers(t, table.Name, updateCondition(t, table), inStep(t))...)
}

// ReplaceDualWrite replaces the function alone, which locks no table: for an
// expression or a default that was declared anew.
func ReplaceDualWrite(t schema.OpenTransition, table schema.Table) []string {
	return []string{
		createFunction(t, dualWriteBody(t, table), "CREATE OR REPLACE"),
		commentOnTrigger(t, table.Name, inStep(t)),
	}
}

func inStep(t schema.OpenTransition) string {
	return "keeps " + schema.QuoteNames(t.Old) + " and " + schema.QuoteNames(t.New) + " in step until contract"
}

// createTriggers creates one trigger for each event; the one for UPDATE fires
// under a condition and carries the comment.
func createTriggers(t schema.OpenTransition, table schema.QualifiedName, condition, purpose string) []string {
	create := func(name schema.Name, event, condition string) string {
		statement := "CREATE TRIGGER " + name.Quote() + "\n    BEFORE " + event + " ON " + table.String() + "\n    FOR EACH ROW"
		if condition != "" {
			statement += " WHEN (" + condition + ")"
		}
		return statement + "\n    EXECUTE FUNCTION " + t.Function.String() + "()"
	}
	return []string{
		create(insertTrigger(t), "INSERT", ""),
		create(t.Trigger, "UPDATE", condition),
		commentOnTrigger(t, table, purpose),
	}
}

func commentOnTrigger(t schema.OpenTransition, table schema.QualifiedName, purpose string) string {
	return "COMMENT ON TRIGGER " + t.Trigger.Quote() + " ON " + table.String() + " IS " + Literal(transitionComment(t, purpose))
}

// notBackfill ends the condition of a trigger for UPDATE. It comes last: an
// unrelated update then never asks for the setting. It stands in the condition,
// though the server parses that anew in each statement (about 2 microseconds of
// it), because a backfill would pay more for entering PL/pgSQL with every row.
const notBackfill = "        AND pg_catalog.current_setting('" + BackfillGuard + "', true) IS DISTINCT FROM 'on'"

// updateCondition keeps unrelated updates, and those of the backfill, out of
// PL/pgSQL: a row matters when a column of either side changes, or when it has
// not been migrated.
func updateCondition(t schema.OpenTransition, table schema.Table) string {
	unmigrated := allNull("NEW", t.New)
	if sourcesAreColumns(t) {
		// Without an expression NULL stays NULL: such a row has nothing to
		// migrate.
		unmigrated += " AND " + anyNotNull("NEW", t.Old)
	}
	columns := slices.Concat(t.Old, t.New)
	return "(" + changed(table, columns) + " OR " + unmigrated + ")\n" + notBackfill
}

// field names a column of OLD or NEW. PL/pgSQL reserves words that SQL does
// not.
func field(record string, column schema.Name) string {
	switch column {
	case "begin", "by", "declare", "execute", "foreach", "if", "loop", "strict", "while":
		return record + `."` + string(column) + `"`
	}
	return record + "." + column.Quote()
}

func allNull(record string, columns []schema.Name) string {
	return strings.Join(fields(record, columns), " IS NULL AND ") + " IS NULL"
}

func anyNotNull(record string, columns []schema.Name) string {
	condition := strings.Join(fields(record, columns), " IS NOT NULL OR ") + " IS NOT NULL"
	if len(columns) > 1 {
		return "(" + condition + ")"
	}
	return condition
}

// DropDualWriteTrigger drops the triggers, under ACCESS EXCLUSIVE on the table.
// The condition names both sides: the columns can only be dropped after it.
func DropDualWriteTrigger(t schema.OpenTransition, table schema.QualifiedName) []string {
	return []string{
		"DROP TRIGGER " + t.Trigger.Quote() + " ON " + table.String(),
		"DROP TRIGGER " + insertTrigger(t).Quote() + " ON " + table.String(),
	}
}

// DropDualWriteObjects drops function and counter, which locks no table.
func DropDualWriteObjects(t schema.OpenTransition) []string {
	statements := []string{"DROP FUNCTION " + t.Function.String() + "()"}
	if !t.Counter.IsZero() {
		statements = append(statements, DropSequence(t.Counter))
	}
	return statements
}
