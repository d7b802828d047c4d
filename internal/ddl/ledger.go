// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// LedgerVersion is the version of the ledger's structure. It stands in the
// comment on its schema.
const LedgerVersion = 1

// LedgerSchema holds the ledger, and what the open transitions need: functions
// and counters.
const LedgerSchema schema.Name = "pgphase"

// ledgerMark begins the comment on the schema; the version follows.
const ledgerMark = "pgphase ledger, version "

// ledgerComment is the comment on the schema.
var ledgerComment = ledgerMark + strconv.Itoa(LedgerVersion) +
	". What changes of this database have begun and what they ran. None of it is your data, and all of it may be read by hand."

// ParseLedgerComment returns the version of a ledger from the comment on its
// schema, or false where the schema is not one.
func ParseLedgerComment(comment string) (version int, ok bool) {
	rest, ok := strings.CutPrefix(comment, ledgerMark)
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(rest, ".")
	version, err := strconv.Atoi(number)
	return version, err == nil
}

// LedgerObject names a table of the ledger.
func LedgerObject(name schema.Name) schema.QualifiedName {
	return schema.QualifiedName{Schema: LedgerSchema, Name: name}
}

// CreateLedger creates the ledger, as far as it is not there: one short
// transaction that locks no table. IF NOT EXISTS alone would not do where two
// tables begin their first transitions at once: both see no schema, and one of
// them fails on the unique index of pg_namespace. So they take turns.
//
// PUBLIC may use the schema, because nextval() of a counter runs with the
// rights of whoever writes to a table; and may read the open transitions, whose
// definitions the catalog shows to everybody in the comments on their triggers:
// a plan is to see them whatever role makes it. Nothing else is granted.
func CreateLedger() []string {
	return []string{
		"SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('pgphase ledger', 0))",
		"CREATE SCHEMA IF NOT EXISTS pgphase",
		"COMMENT ON SCHEMA pgphase IS " + Literal(ledgerComment),
		`CREATE TABLE IF NOT EXISTS pgphase.transitions (
    name text PRIMARY KEY,
    kind text NOT NULL,
    table_schema text NOT NULL,
    table_name text NOT NULL,
    phase text NOT NULL CHECK (phase IN ('expand', 'migrate')),
    definition jsonb NOT NULL,
    counter text,
    expanded_at timestamptz NOT NULL DEFAULT now(),
    migrated_at timestamptz,
    contracted_at timestamptz,
    rolled_back_at timestamptz,
    looked_at timestamptz NOT NULL DEFAULT now(),
    writes_seen bigint NOT NULL DEFAULT 0,
    started_by text NOT NULL DEFAULT current_user
)`,
		"COMMENT ON TABLE pgphase.transitions IS 'Changes whose old structure running code may still use: open until contracted_at or rolled_back_at is set. " +
			"The sequence counter counts writes of the old style, of which writes_seen were there at looked_at.'",
		`CREATE TABLE IF NOT EXISTS pgphase.progress (
    transition text NOT NULL,
    relation text NOT NULL,
    first_block bigint NOT NULL,
    next_block bigint NOT NULL,
    end_block bigint NOT NULL,
    file_node oid NOT NULL,
    attributes smallint[] NOT NULL DEFAULT '{}',
    rows_changed bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (transition, relation, first_block)
)`,
		"COMMENT ON TABLE pgphase.progress IS 'How far backfills are: blocks from first_block up to next_block are done. " +
			"With another file_node (the table was rewritten) or other attributes (a column was added again) the pass starts again.'",
		`CREATE TABLE IF NOT EXISTS pgphase.history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL DEFAULT session_user,
    application text NOT NULL DEFAULT current_setting('application_name'),
    object text NOT NULL,
    phase text,
    statement text NOT NULL,
    waited interval NOT NULL,
    ran interval NOT NULL,
    outcome text NOT NULL,
    error text,
    work text,
    bytes bigint
)`,
		"COMMENT ON TABLE pgphase.history IS 'Every statement that ran: how long it waited for its locks and ran, and how it ended. " +
			"Where it worked through a table: how (scan, index build, backfill), and how many bytes. Plans estimate by that.'",
		"GRANT USAGE ON SCHEMA pgphase TO PUBLIC",
		"GRANT SELECT ON pgphase.transitions TO PUBLIC",
	}
}

// Outcome is how a transition ended.
type Outcome string

// The two ends of a transition.
const (
	Contracted Outcome = "contracted"
	RolledBack Outcome = "rolled back"
)

// RecordTransition writes an open transition into the ledger. One of that name
// that has ended begins anew; of one that is open the definition and the phase
// are replaced, as a swap of names does, and the times stay.
func RecordTransition(t schema.OpenTransition) string {
	counter := "NULL"
	if !t.Counter.IsZero() {
		counter = Literal(t.Counter.String())
	}
	migrated := "NULL"
	if t.Phase == schema.Migrate {
		migrated = "now()"
	}
	const open = "CASE WHEN t.contracted_at IS NULL AND t.rolled_back_at IS NULL THEN "
	return "INSERT INTO pgphase.transitions AS t (name, kind, table_schema, table_name, phase, definition, counter, migrated_at)\n" +
		"VALUES (" + strings.Join([]string{
		Literal(string(t.Name)), Literal(string(t.Kind)), Literal(string(t.Table.Schema)), Literal(string(t.Table.Name)),
		Literal(string(t.Phase)), Literal(definition(t)), counter, migrated,
	}, ", ") + ")\n" +
		"ON CONFLICT (name) DO UPDATE SET\n" +
		"    kind = excluded.kind, table_schema = excluded.table_schema, table_name = excluded.table_name,\n" +
		"    phase = excluded.phase, definition = excluded.definition, counter = excluded.counter,\n" +
		"    expanded_at = " + open + "t.expanded_at ELSE excluded.expanded_at END,\n" +
		"    migrated_at = CASE WHEN excluded.migrated_at IS NULL THEN NULL ELSE\n" +
		"        coalesce(" + open + "t.migrated_at END, excluded.migrated_at) END,\n" +
		"    looked_at = " + open + "t.looked_at ELSE excluded.looked_at END,\n" +
		"    writes_seen = " + open + "t.writes_seen ELSE excluded.writes_seen END,\n" +
		"    started_by = " + open + "t.started_by ELSE excluded.started_by END,\n" +
		"    contracted_at = NULL, rolled_back_at = NULL"
}

// ReachPhase records that an open transition has reached a phase. Old-style
// writes are counted from there.
func ReachPhase(name schema.Name, phase schema.Phase) string {
	migrated := "NULL"
	if phase == schema.Migrate {
		migrated = "now()"
	}
	return "UPDATE pgphase.transitions SET phase = " + Literal(string(phase)) + ", migrated_at = " + migrated + ",\n" +
		"    definition = pg_catalog.jsonb_set(definition, '{phase}', pg_catalog.to_jsonb(" + Literal(string(phase)) + "::text)),\n" +
		"    " + lookAgain + "\n" +
		"WHERE name = " + Literal(string(name))
}

// lookAgain notes what the counter of old-style writes shows, so that the next
// plan tells what came in since. Only an apply looks: a plan writes nothing.
const lookAgain = "looked_at = now(), writes_seen = coalesce(pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass(counter)), 0)"

// EndTransition records how a transition ended. The row stays, as history; the
// progress of its backfill goes.
func EndTransition(name schema.Name, outcome Outcome) []string {
	column := "contracted_at"
	if outcome == RolledBack {
		column = "rolled_back_at"
	}
	return []string{
		"UPDATE pgphase.transitions SET " + column + " = now() WHERE name = " + Literal(string(name)),
		"DELETE FROM pgphase.progress WHERE transition = " + Literal(string(name)),
	}
}

// definition is the transition as JSON. Expressions stay readable: the encoder
// must not turn < and > into escapes.
func definition(t schema.OpenTransition) string {
	t.Recovered = false
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(t); err != nil {
		panic(err) // names and texts always encode
	}
	return strings.TrimSpace(b.String())
}

// transitionMark begins the comments on what belongs to a transition.
const transitionMark = "pgphase: "

// transitionComment is the comment on a trigger or view: a sentence for people,
// and the definition, so that losing the ledger loses no transition.
func transitionComment(t schema.OpenTransition, purpose string) string {
	return transitionMark + purpose + "\n" + definition(t)
}

// ParseTransitionComment returns the transition that a comment of a trigger or
// view holds.
func ParseTransitionComment(comment string) (schema.OpenTransition, error) {
	var t schema.OpenTransition
	_, text, found := strings.Cut(comment, "\n")
	if !found || !strings.HasPrefix(comment, transitionMark) {
		return t, fmt.Errorf("the comment %q holds no transition", comment)
	}
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return t, fmt.Errorf("the comment %q holds no transition: %w", comment, err)
	}
	t.Recovered = true
	return t, nil
}
