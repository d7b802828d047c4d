// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
)

// statement is one statement of a flight.
type statement struct {
	sql  string
	args []string
	// row receives the first column of each row, in text format. It must not
	// keep the slice.
	row func(value []byte) error
	// describe receives the result's columns of a statement that is only
	// parsed, never executed.
	describe func(fields []pgconn.FieldDescription) error
	// last ends a group: a failure skips the rest of its group and nothing
	// else. Outside of an explicit transaction a group is a transaction.
	last bool
}

// errSkipped marks statements that did not run because an earlier one of their
// group failed.
var errSkipped = errors.New("skipped after the failure of an earlier statement")

// fly sends all statements at once and returns one error for each. It uses the
// extended protocol throughout, in which one text is one statement: a text
// that smuggles in a second one is refused by the server.
func fly(ctx context.Context, conn *pgconn.PgConn, statements []statement) []error {
	results := make([]error, len(statements))
	pipeline := conn.StartPipeline(ctx)
	for i, s := range statements {
		if s.describe != nil {
			pipeline.SendPrepare("", s.sql, nil)
		} else {
			values := make([][]byte, len(s.args))
			for j := range s.args {
				values[j] = []byte(s.args[j])
			}
			pipeline.SendQueryParams(s.sql, values, nil, nil, nil)
		}
		if s.last || i == len(statements)-1 {
			pipeline.SendPipelineSync()
		}
	}
	broken := pipeline.Flush()
	skipping := false
	for i, s := range statements {
		switch {
		case broken != nil:
			results[i] = broken
			continue
		case skipping:
			results[i] = errSkipped
		default:
			results[i] = receive(pipeline, s)
			skipping = results[i] != nil
			if skipping && !isServerError(results[i]) && conn.IsClosed() {
				broken = results[i]
				continue
			}
		}
		if s.last || i == len(statements)-1 {
			skipping = false
			if _, err := pipeline.GetResults(); err != nil {
				broken = err
				results[i] = errors.Join(results[i], err)
			}
		}
	}
	// The errors of statements were collected above; Close repeats the last.
	if err := pipeline.Close(); err != nil && broken == nil && !isServerError(err) {
		for i := range results {
			results[i] = errors.Join(results[i], err)
		}
	}
	return results
}

func receive(pipeline *pgconn.Pipeline, s statement) error {
	result, err := pipeline.GetResults()
	if err != nil {
		return err
	}
	switch result := result.(type) {
	case *pgconn.StatementDescription:
		return s.describe(result.Fields)
	case *pgconn.ResultReader:
		var rowErr error
		for result.NextRow() {
			if s.row == nil || rowErr != nil {
				continue
			}
			if values := result.Values(); len(values) > 0 {
				rowErr = s.row(values[0])
			}
		}
		_, err := result.Close()
		return errors.Join(err, rowErr)
	}
	return fmt.Errorf("unexpected answer %T of the server", result)
}

// firstError returns the first error that is the cause of others.
func firstError(results []error) error {
	for _, err := range results {
		if err != nil && !errors.Is(err, errSkipped) {
			return err
		}
	}
	return nil
}

func isServerError(err error) bool {
	var serverError *pgconn.PgError
	return errors.As(err, &serverError)
}

// sqlState returns the SQLSTATE of an error of the server, or "".
func sqlState(err error) string {
	if serverError, ok := errors.AsType[*pgconn.PgError](err); ok {
		return serverError.Code
	}
	return ""
}

// flyUserPath is fly under the search_path of the role, for groups of
// statements outside of a transaction that hold texts of the configuration.
func flyUserPath(ctx context.Context, conn *pgconn.PgConn, statements []statement) ([]error, error) {
	if len(statements) == 0 {
		return nil, nil
	}
	list := append([]statement{{sql: ddl.ShowUserPath, last: true}}, statements...)
	list[len(list)-1].last = true
	list = append(list, statement{sql: ddl.HideUserPath, last: true})
	results := fly(ctx, conn, list)
	end := len(results) - 1
	return results[1:end], errors.Join(results[0], results[end])
}

// serverMessage returns the message of an error of the server, or "".
func serverMessage(err error) string {
	if serverError, ok := errors.AsType[*pgconn.PgError](err); ok {
		return serverError.Message
	}
	return ""
}
