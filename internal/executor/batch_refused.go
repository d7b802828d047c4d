// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// RefusedRowsError says that there are rows which a backfill cannot fill: the
// expression fails on them, or a constraint refuses its result. What was done
// before stays done, and is not repeated.
type RefusedRowsError struct {
	Operation planner.Operation
	Table     schema.QualifiedName
	// Rows are up to five of them; there may be more.
	Rows []RefusedRow
	// Err is how the batch failed.
	Err error
}

// RefusedRow is a row that a backfill cannot fill.
type RefusedRow struct {
	// Key is its primary key as a condition (id = '7'), or its place
	// (ctid = '(0,7)') where the table has none.
	Key string
	// PgError is what the server says about this row.
	PgError *pgconn.PgError
}

func (e *RefusedRowsError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "rows of %s cannot be filled, among them\n", e.Table)
	for _, row := range e.Rows {
		fmt.Fprintf(&text, "  %s: %s (SQLSTATE %s)\n", row.Key, row.PgError.Message, row.PgError.Code)
	}
	fmt.Fprintf(&text, "%v", e.Err)
	return text.String()
}

func (e *RefusedRowsError) Unwrap() error { return e.Err }

// refusesValue reports a failure that is owed to the values of a row: the
// classes Data Exception and Integrity Constraint Violation, and what a function
// raises by itself.
func refusesValue(err error) bool {
	state := sqlState(err)
	return strings.HasPrefix(state, "22") || strings.HasPrefix(state, "23") || state == "P0001"
}

// searchTimeout bounds the search for the rows that a batch failed on.
const searchTimeout = 30 * time.Second

// errEnough ends a search.
var errEnough = errors.New("enough rows were found")

// explainRefusal finds the rows that a batch failed on. Where there are none
// any more, somebody has put them right in between, and the batch is run again.
func (w *worker) explainRefusal(ctx context.Context, from, to int64, f *failure) error {
	cause := w.session.classify(ctx, w.op, f)
	limited, cancel := context.WithTimeout(ctx, searchTimeout)
	defer cancel()
	s := &search{worker: w}
	err := s.blocks(limited, from, to)
	if len(s.found) > 0 {
		return &RefusedRowsError{Operation: w.op, Table: w.pass.table, Rows: s.found, Err: cause}
	}
	if w.vain++; err == nil && w.vain < 3 && !w.session.Conn().IsClosed() {
		return nil
	}
	return cause
}

// search bisects a range of blocks: it runs the statement of the backfill on
// parts of the range, and rolls back.
type search struct {
	*worker
	found []RefusedRow
}

func (s *search) blocks(ctx context.Context, from, to int64) error {
	refusal, err := s.try(ctx, tid(from, 0), tid(to, 0))
	switch {
	case err != nil || refusal == nil:
		return err
	case to-from == 1:
		offsets, err := s.offsets(ctx, from)
		if err != nil {
			return err
		}
		return s.rows(ctx, from, offsets)
	}
	middle := from + (to-from)/2
	if err := s.blocks(ctx, from, middle); err != nil {
		return err
	}
	return s.blocks(ctx, middle, to)
}

func (s *search) rows(ctx context.Context, block int64, offsets []int64) error {
	if len(offsets) == 0 {
		return nil
	}
	first, last := offsets[0], offsets[len(offsets)-1]
	refusal, err := s.try(ctx, tid(block, first), tid(block, last+1))
	switch {
	case err != nil || refusal == nil:
		return err
	case len(offsets) == 1:
		s.found = append(s.found, RefusedRow{Key: s.key(ctx, tid(block, first)), PgError: refusal})
		if len(s.found) == shownRows {
			return errEnough
		}
		return nil
	}
	middle := len(offsets) / 2
	if err := s.rows(ctx, block, offsets[:middle]); err != nil {
		return err
	}
	return s.rows(ctx, block, offsets[middle:])
}

// try returns how the server refuses to fill the rows in [from, to), or nil.
func (s *search) try(ctx context.Context, from, to []byte) (*pgconn.PgError, error) {
	l := s.limits()
	_, f := s.session.transact(ctx, transaction{
		settings: s.batchSettings(l),
		// A deferred constraint would speak up at COMMIT, which does not come.
		statements: []statement{s.update(from, to), {sql: "SET CONSTRAINTS ALL IMMEDIATE"}},
		discard:    true,
	})
	if f == nil {
		return nil, nil //nolint:nilnil // nothing was refused
	}
	if refusal, ok := errors.AsType[*pgconn.PgError](f.err); ok && refusesValue(f.err) {
		return refusal, nil
	}
	return nil, f.err
}

// offsets returns the rows of a block.
func (s *search) offsets(ctx context.Context, block int64) ([]int64, error) {
	rows, err := s.session.Conn().Query(ctx,
		"SELECT ctid::text AS place FROM ONLY "+s.pass.table.String()+" WHERE ctid >= $1::text::tid AND ctid < $2::text::tid ORDER BY ctid",
		pgx.QueryExecModeExec, string(tid(block, 0)), string(tid(block+1, 0)))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (int64, error) {
		var text string
		if err := row.Scan(&text); err != nil {
			return 0, err
		}
		_, offset, _ := strings.Cut(strings.TrimSuffix(text, ")"), ",")
		return strconv.ParseInt(offset, 10, 64)
	})
}

const primaryKeyQuery = `
SELECT a.attname FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND a.attnum > 0
WHERE i.indrelid = $1 AND i.indisprimary
AND pg_catalog.array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts
ORDER BY pg_catalog.array_position(i.indkey::int2[], a.attnum)`

// key names a row in a way that a person can look it up with.
func (s *search) key(ctx context.Context, place []byte) string {
	key := "ctid = " + ddl.Literal(string(place))
	conn := s.session.Conn()
	rows, err := conn.Query(ctx, primaryKeyQuery, pgx.QueryExecModeExec, s.pass.heap.oid)
	if err != nil {
		return key
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(columns) == 0 {
		return key
	}
	texts := make([]string, len(columns))
	for i, column := range columns {
		texts[i] = schema.Name(column).Quote() + "::text"
	}
	var values []string
	err = conn.QueryRow(ctx, "SELECT ARRAY["+strings.Join(texts, ", ")+"] FROM ONLY "+s.pass.table.String()+" WHERE ctid = $1::text::tid",
		pgx.QueryExecModeExec, string(place)).Scan(&values)
	if err != nil {
		return key
	}
	for i, column := range columns {
		texts[i] = schema.Name(column).Quote() + " = " + ddl.Literal(values[i])
	}
	return strings.Join(texts, " AND ")
}
