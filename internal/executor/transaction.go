// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// transaction is sent in one round trip, from BEGIN to COMMIT. Every statement
// goes by the extended protocol, which takes exactly one statement a message:
// an expression cannot smuggle in a second one.
type transaction struct {
	// begin is the statement that begins it; empty for the ordinary one.
	begin string
	// settings are statements that set something for the transaction.
	settings   []string
	statements []statement
	// discard rolls it back at its end.
	discard bool
}

type statement struct {
	sql        string
	parameters [][]byte
}

// failure is an error and where it happened: the index of the statement, -1
// before the first one, len(statements) for COMMIT.
type failure struct {
	index int
	err   error
}

// begin names the isolation level, as a role may have another default, under
// which a backfill would fail instead of waiting.
const begin = "BEGIN ISOLATION LEVEL READ COMMITTED"

// transact returns a result for each statement, or what went wrong. The
// connection is outside of a transaction afterwards, or closed.
func (s *Session) transact(ctx context.Context, t transaction) ([]*pgconn.Result, *failure) {
	conn := s.Conn().PgConn()
	end := "COMMIT"
	if t.discard {
		end = "ROLLBACK"
	}
	var batch pgconn.Batch
	batch.ExecParams(cmp.Or(t.begin, begin), nil, nil, nil, nil)
	for _, sql := range t.settings {
		batch.ExecParams(sql, nil, nil, nil, nil)
	}
	for _, st := range t.statements {
		batch.ExecParams(st.sql, st.parameters, nil, nil, nil)
	}
	batch.ExecParams(end, nil, nil, nil, nil)

	results, err := readResults(conn.ExecBatch(ctx, &batch))
	preamble := 1 + len(t.settings)
	done := 0
	for ; done < len(results) && results[done].Err == nil; done++ {
	}
	if err == nil && done < len(results) {
		err = results[done].Err
	}
	if err == nil && done == preamble+len(t.statements)+1 {
		if tag := results[done-1].CommandTag.String(); tag != end {
			err, done = fmt.Errorf("%s answered %s", end, tag), done-1
		}
	}
	if err == nil {
		return results[preamble : done-1], nil
	}

	cleanup, cancel := s.executor.cleanup(ctx)
	defer cancel()
	if rollback := s.rollback(cleanup); rollback != nil {
		_ = s.Conn().Close(cleanup)
		err = errors.Join(err, fmt.Errorf("roll back: %w", rollback))
	}
	return nil, &failure{index: max(done-preamble, -1), err: err}
}

// keptRows bounds what is kept of a result: a check may find a billion rows.
const keptRows = 100

// readResults is MultiResultReader.ReadAll with a bound on rows.
func readResults(reader *pgconn.MultiResultReader) ([]*pgconn.Result, error) {
	var results []*pgconn.Result
	for reader.NextResult() {
		rows := reader.ResultReader()
		result := &pgconn.Result{FieldDescriptions: slices.Clone(rows.FieldDescriptions())}
		for rows.NextRow() {
			if len(result.Rows) == keptRows {
				continue
			}
			row := slices.Clone(rows.Values())
			for i := range row {
				row[i] = bytes.Clone(row[i]) // the buffer is reused
			}
			result.Rows = append(result.Rows, row)
		}
		result.CommandTag, result.Err = rows.Close()
		results = append(results, result)
	}
	return results, reader.Close()
}

// setLocal writes a duration so that it is never 0, which would mean no limit.
func setLocal(parameter string, d time.Duration) string {
	return "SET LOCAL " + parameter + " = '" + strconv.FormatInt(max(1, d.Milliseconds()), 10) + "ms'"
}
