// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package export

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
)

// Selection says which part of the history is exported.
type Selection struct {
	// FromID and FromTime leave out what ended before; zero leaves out nothing.
	FromID   int64
	FromTime time.Time
	// LockTimeout bounds each wait for a lock in a transaction; empty sets none.
	// Nobody tries again as an apply does: a migration that got no lock fails,
	// and is run again.
	LockTimeout string
}

// Migration is one operation that is run again elsewhere.
type Migration struct {
	// Version is the time at which it ended, in UTC, down to two milliseconds,
	// as a number: 20261120193000122. No two are the same, and they ascend.
	Version string
	// Name is made of what it does and to what: alter_table_public_users.
	Name string
	// Origin says in a line where it comes from.
	Origin string
	// SQL are its statements, each ended by a semicolon.
	SQL string
	// Alone reports one statement that may not run in a transaction.
	Alone bool
}

// Skipped are records that are no part of a migration.
type Skipped struct {
	// Unfinished failed or were interrupted; what had to be done was done by a
	// later record.
	Unfinished int
	// Verifications only read.
	Verifications int
}

// Migrations turns the history into migrations. Backfills become one UPDATE. The
// ledger and what is kept there come with them only where a statement needs it:
// the functions of transitions are in its schema.
func Migrations(history []ledger.Recorded, s Selection) ([]Migration, Skipped) {
	var (
		migrations []Migration
		skipped    Skipped
		last       time.Time
	)
	selected := slices.DeleteFunc(slices.Clone(history), func(r ledger.Recorded) bool { return !s.has(r) })
	needsLedger := slices.ContainsFunc(selected, func(r ledger.Recorded) bool {
		return r.Outcome == ledger.Succeeded && !createsLedger(r) && strings.Contains(r.Statement, string(ddl.LedgerSchema)+".")
	})
	created := !needsLedger
	for _, r := range history {
		at := r.At.UTC().Truncate(2 * time.Millisecond)
		if !at.After(last) {
			at = last.Add(2 * time.Millisecond)
		}
		last = at
		switch {
		case !s.has(r):
			continue
		case r.Outcome != ledger.Succeeded:
			skipped.Unfinished++
			continue
		case strings.HasPrefix(r.Statement, "SELECT "):
			skipped.Verifications++
			continue
		case createsLedger(r) && created:
			continue
		case !created:
			created = true
			if !createsLedger(r) {
				first := migration(ledger.Recorded{At: r.At, Object: string(ddl.LedgerSchema), Statement: transaction(ddl.CreateLedger())}, at.Add(-time.Millisecond), s)
				migrations = append(migrations, first)
			}
		}
		migrations = append(migrations, migration(r, at, s))
	}
	return migrations, skipped
}

func (s Selection) has(r ledger.Recorded) bool {
	return r.ID >= s.FromID && !r.At.Before(s.FromTime)
}

// createsLedger reports the creation of the ledger, by whatever version.
func createsLedger(r ledger.Recorded) bool {
	return strings.HasPrefix(r.Statement, "BEGIN;\n"+ddl.CreateLedger()[0]+";\n")
}

// transaction is the text of an operation of several statements, as it is
// recorded.
func transaction(statements []string) string {
	return "BEGIN;\n" + strings.Join(statements, ";\n") + ";\nCOMMIT;"
}

// alone matches the statements that the server refuses within a transaction
// block and that an apply can run.
var alone = regexp.MustCompile(`^(?:(?:CREATE (?:UNIQUE )?INDEX|DROP INDEX) CONCURRENTLY|REINDEX .*\bCONCURRENTLY|VACUUM|ALTER TABLE [^\n]* DETACH PARTITION [^\n]*(?:CONCURRENTLY|FINALIZE))\b`)

// batch is the part of a backfill's statement that says which blocks it fills.
const batch = "ctid >= $1::tid AND ctid < $2::tid AND "

// dropConcurrently begins the drop of an index; it may be one that an
// interrupted build has left, which nobody has elsewhere.
const dropConcurrently = "DROP INDEX CONCURRENTLY "

func migration(r ledger.Recorded, at time.Time, s Selection) Migration {
	m := Migration{
		Version: strings.ReplaceAll(at.Format("20060102150405.000"), ".", ""),
		Name:    name(r),
		Alone:   alone.MatchString(r.Statement),
		SQL:     r.Statement,
	}
	if r.ID != 0 {
		m.Origin = fmt.Sprintf("pgphase, entry %d of the history: %s, by %s", r.ID, r.At.UTC().Format(time.RFC3339), line(r.Who))
	} else {
		m.Origin = "pgphase: what the migrations that follow need"
	}
	var settings []string
	if filled := strings.Replace(m.SQL, batch, "", 1); filled != m.SQL {
		m.SQL = filled
		if r.Phase != "" {
			// The trigger of the transition takes no notice of a backfill.
			settings = append(settings, "SET LOCAL "+ddl.BackfillGuard+" = 'on';")
		}
	}
	if rest, found := strings.CutPrefix(m.SQL, dropConcurrently); found {
		m.SQL = dropConcurrently + "IF EXISTS " + rest
	}
	if inner, found := strings.CutPrefix(m.SQL, "BEGIN;\n"); found {
		m.SQL = strings.TrimSuffix(inner, "\nCOMMIT;")
	}
	if !m.Alone && s.LockTimeout != "" {
		settings = append(settings, "SET LOCAL lock_timeout = "+ddl.Literal(s.LockTimeout)+";")
	}
	m.SQL = strings.Join(append(settings, m.SQL), "\n")
	return m
}

// line keeps a name from ending a comment.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// verbs are the beginnings of statements, with what a name says of them.
var verbs = []struct{ begins, verb string }{
	{"CREATE TABLE", "create_table"},
	{"CREATE UNLOGGED TABLE", "create_table"},
	{"DROP TABLE", "drop_table"},
	{"ALTER TABLE", "alter_table"},
	{"CREATE INDEX", "create_index"},
	{"CREATE UNIQUE INDEX", "create_index"},
	{"DROP INDEX", "drop_index"},
	{"ALTER INDEX", "alter_index"},
	{"REINDEX", "reindex"},
	{"UPDATE ONLY", "backfill"},
	{"COMMENT ON", "comment"},
	{"ANALYZE", "analyze"},
	{"CREATE SCHEMA", "create_schema"},
	{"CREATE TYPE", "create_type"},
	{"ALTER TYPE", "alter_type"},
	{"CREATE SEQUENCE", "create_sequence"},
	{"ALTER SEQUENCE", "alter_sequence"},
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

// nameBytes bounds a name, so that a file system takes it with what each tool
// puts around it.
const nameBytes = 80

func name(r ledger.Recorded) string {
	text := strings.TrimPrefix(r.Statement, "BEGIN;\n")
	verb := "change"
	for _, v := range verbs {
		if strings.HasPrefix(text, v.begins) {
			verb = v.verb
			break
		}
	}
	if r.Phase != "" {
		verb = string(r.Phase) + "_" + verb
	}
	result := strings.Trim(notWord.ReplaceAllString(strings.ToLower(verb+"_"+r.Object), "_"), "_")
	return strings.TrimRight(result[:min(len(result), nameBytes)], "_")
}
