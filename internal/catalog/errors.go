// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"fmt"
	"strings"
)

// UnsupportedServerError reports a server that is not PostgreSQL 14 to 18, or
// only speaks its protocol.
type UnsupportedServerError struct {
	// Product is the name of the engine, or "PostgreSQL".
	Product string
	// Version is what the server says of itself.
	Version string
	Reason  string
}

func (e *UnsupportedServerError) Error() string {
	return fmt.Sprintf("%s is not supported: %s (it reports %q)", e.Product, e.Reason, e.Version)
}

// StandbyError reports a server in recovery, which cannot change a schema.
type StandbyError struct{ Database string }

func (e *StandbyError) Error() string {
	return fmt.Sprintf("the server of database %q is a standby (pg_is_in_recovery() is true): connect to the primary, "+
		"for example with several hosts and target_session_attrs=read-write", e.Database)
}

// PoolerError reports a connection pooler that gives a session away between
// transactions, so that advisory locks and settings are lost, or land in
// somebody else's session.
type PoolerError struct {
	// Evidence is what showed it.
	Evidence string
}

func (e *PoolerError) Error() string {
	return "there is a connection pooler in transaction mode between the provider and PostgreSQL (" + e.Evidence + "): " +
		"connect to the server itself, or to a port of the pooler in session mode " +
		"(pool_mode = session in PgBouncer and Odyssey, port 5432 instead of 6543 at Supabase, the host without -pooler at Neon)"
}

// LockedError reports a read that stopped because somebody holds an ACCESS
// EXCLUSIVE lock: even printing an expression locks its table for an instant.
type LockedError struct {
	// Holders are the sessions that hold such a lock in the database, as far
	// as they still did when they were looked for.
	Holders []Session
	Err     error
}

func (e *LockedError) Error() string {
	var b strings.Builder
	b.WriteString("cannot read the catalog, because a table stays locked in ACCESS EXCLUSIVE mode")
	for _, h := range e.Holders {
		b.WriteString("; " + h.String())
	}
	return b.String() + ": " + e.Err.Error()
}

func (e *LockedError) Unwrap() error { return e.Err }

// ExpressionError reports an expression that the server refuses.
type ExpressionError struct {
	// Path leads to it from the object: "columns", "email", "default". It is
	// empty for an index that is refused as a whole.
	Path []string
	// Expression is the text as its author wrote it.
	Expression string
	// Message, Detail, Hint and SQLState are the server's.
	Message, Detail, Hint, SQLState string
	// Position is the place in Expression, counted in characters from 1, or 0
	// where the server named none.
	Position int
}

func (e *ExpressionError) Error() string {
	text := e.Message
	if e.Position > 0 {
		text += fmt.Sprintf(" (at character %d)", e.Position)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return fmt.Sprintf("%s: %s (SQLSTATE %s)", e.Expression, text, e.SQLState)
}

// CannotCompareError says why the server could not be asked what an expression
// means: the comparison needs a temporary table, in a transaction that is
// rolled back.
type CannotCompareError struct{ Err error }

func (e *CannotCompareError) Error() string {
	return "cannot let the server compare expressions, which needs the TEMPORARY privilege on the database " +
		"and a transaction that may write: " + e.Err.Error()
}

func (e *CannotCompareError) Unwrap() error { return e.Err }

// TypeError says why a text is not the type of a column.
type TypeError struct {
	Text    string
	Message string
	// Advice is what to write instead, or empty.
	Advice   string
	SQLState string
}

func (e *TypeError) Error() string {
	text := fmt.Sprintf("%q is not a type of a column: %s", e.Text, e.Message)
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}
