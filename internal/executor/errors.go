// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// StatementError says that the server refused a statement. What the operation
// had done so far has been rolled back.
type StatementError struct {
	Operation planner.Operation
	// Index is the statement of the operation that failed; it equals the
	// number of statements where COMMIT failed, and is -1 where BEGIN or a SET
	// did.
	Index   int
	PgError *pgconn.PgError
}

// Statement returns the SQL that failed.
func (e *StatementError) Statement() string {
	switch {
	case e.Index < 0:
		return "BEGIN"
	case e.Index >= len(e.Operation.Statements):
		return "COMMIT"
	}
	return e.Operation.Statements[e.Index]
}

func (e *StatementError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s (SQLSTATE %s)", e.PgError.Message, e.PgError.Code)
	if e.PgError.Detail != "" {
		fmt.Fprintf(&text, "\nDetail: %s", e.PgError.Detail)
	}
	if e.PgError.Hint != "" {
		fmt.Fprintf(&text, "\nHint: %s", e.PgError.Hint)
	}
	fmt.Fprintf(&text, "\nin\n%s", indent(e.Statement()))
	return text.String()
}

func (e *StatementError) Unwrap() error { return e.PgError }

// LockTimeoutError says that an operation was given up because others held
// the locks that it needs for longer than the deadline.
type LockTimeoutError struct {
	Operation planner.Operation
	Attempts  int
	// Waited is the time spent waiting, in attempts and between them.
	Waited time.Duration
	// Blockers are those of the last attempt; empty where none could be seen.
	Blockers []Blocker
	Err      error
}

func (e *LockTimeoutError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "no lock after %d attempts, having waited %s, for\n%s",
		e.Attempts, e.Waited.Round(time.Millisecond), indent(strings.Join(e.Operation.Statements, ";\n")))
	if len(e.Blockers) == 0 {
		text.WriteString("\nWho blocks it could not be seen.")
		return text.String()
	}
	text.WriteString("\nBlocked by:")
	for _, b := range e.Blockers {
		fmt.Fprintf(&text, "\n  %s", b)
	}
	return text.String()
}

func (e *LockTimeoutError) Unwrap() error { return e.Err }

// AdvisoryLockError says that another run works on the table.
type AdvisoryLockError struct {
	Table   schema.QualifiedName
	Waited  time.Duration
	Holders []Holder
}

// Holder is the session that holds the advisory lock of a table.
type Holder struct {
	PID         int32
	User        string
	Application string
	// Client is its address; empty for a local socket.
	Client string
	// Since is when it connected.
	Since time.Time
}

// String names the session.
func (h Holder) String() string {
	text := fmt.Sprintf("pid %d, user %s, application %q", h.PID, h.User, h.Application)
	if h.Client != "" {
		text += ", from " + h.Client
	}
	return text + ", connected since " + h.Since.UTC().Format(time.RFC3339)
}

func (e *AdvisoryLockError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "another run has been working on %s for more than %s", e.Table, e.Waited.Round(time.Millisecond))
	for _, h := range e.Holders {
		fmt.Fprintf(&text, "\n  %s", h)
	}
	return text.String()
}

// ConnectionLostError says that the server, or the way to it, went away.
type ConnectionLostError struct {
	Operation planner.Operation
	// Unknown reports that the operation may have been committed: the next
	// plan reads the catalog and tells. Otherwise it had no effect.
	Unknown bool
	Err     error
}

func (e *ConnectionLostError) Error() string {
	outcome := "It had no effect."
	if e.Unknown {
		outcome = "It is not known whether it took effect: the next plan reads the catalog and tells."
	}
	return fmt.Sprintf("the connection was lost (%v) in\n%s\n%s",
		e.Err, indent(strings.Join(e.Operation.Statements, ";\n")), outcome)
}

func (e *ConnectionLostError) Unwrap() error { return e.Err }

// InterruptedError says that the context ended. The statement was cancelled
// on the server.
type InterruptedError struct {
	Operation planner.Operation
	// Err is the cause of the context's end.
	Err error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted (%v) in\n%s", e.Err, indent(strings.Join(e.Operation.Statements, ";\n")))
}

func (e *InterruptedError) Unwrap() error { return e.Err }

// InvalidIndexError says that a failed build left an INVALID index that could
// not be removed, or that nobody could look whether it did. Reads do not use
// such an index, writes maintain it; the next plan drops it.
type InvalidIndexError struct {
	Index schema.QualifiedName
	// Build is why the build failed, Drop why the index may still be there.
	Build, Drop error
}

func (e *InvalidIndexError) Error() string {
	return fmt.Sprintf("%v\nThe INVALID index %s may still be there (%v). The next plan drops it.", e.Build, e.Index, e.Drop)
}

func (e *InvalidIndexError) Unwrap() []error { return []error{e.Build, e.Drop} }

// MalformedOperationError says that an operation is not of the form that its
// class needs. This is a bug in the provider.
type MalformedOperationError struct {
	Operation planner.Operation
	Reason    string
}

func (e *MalformedOperationError) Error() string {
	return "this is a bug in the provider: " + e.Reason + ":\n" + indent(e.Operation.SQL())
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ")
}
