// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// beginRead gives a check one view of all tables that it reads, and keeps the
// server from writing anything for it.
const beginRead = "BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ"

// shownRows bounds the examples of an error.
const shownRows = 5

// runVerify reads what must not be there. It takes no lock above ACCESS SHARE,
// but may have to wait for one, behind an ALTER TABLE of somebody else.
func (r *run) runVerify(ctx context.Context) error {
	if len(r.op.Statements) != 1 {
		return &MalformedOperationError{r.op, "an operation of the class Verify has more than one statement"}
	}
	l := limits{lock: r.settings.WeakLockTimeout}
	results, err := r.repeat(ctx, transaction{
		begin: beginRead, settings: r.localSettings(l), statements: []statement{{sql: r.op.Statements[0]}},
	}, l)
	if err != nil {
		return err
	}
	if found := results[0]; len(found.Rows) > 0 {
		return &VerifyError{Operation: r.op, Examples: examples(found), Count: int(found.CommandTag.RowsAffected())}
	}
	return nil
}

// examples writes rows as "id = 7, name = x"; what comes in one column, as it
// is.
func examples(result *pgconn.Result) []string {
	var list []string
	for _, row := range result.Rows[:min(len(result.Rows), shownRows)] {
		values := make([]string, len(row))
		for i, value := range row {
			text := string(value)
			if value == nil {
				text = "NULL"
			}
			if len(row) > 1 {
				text = result.FieldDescriptions[i].Name + " = " + text
			}
			values[i] = text
		}
		list = append(list, strings.Join(values, ", "))
	}
	return list
}

// VerifyError says that rows were found that must not be there. Nothing was
// changed.
type VerifyError struct {
	Operation planner.Operation
	// Examples are up to five of the rows, a line each.
	Examples []string
	// Count is how many rows the check returned: no more than its statement
	// asks for.
	Count int
}

func (e *VerifyError) Error() string {
	return "the check found rows that must not be there, among them\n" + indent(strings.Join(e.Examples, "\n")) +
		"\nwith\n" + indent(e.Operation.Statements[0])
}
