// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Scope says what to read.
type Scope struct {
	// Tables are the tables to read, with their partitions and children; nil
	// means every table outside of the system's schemas.
	Tables []schema.QualifiedName
}

// The bounds of one read. A snapshot of tens of thousands of tables takes
// seconds; whoever holds ACCESS EXCLUSIVE longer than readLockTimeout is named
// instead of waited for.
const (
	readStatementTimeout = 2 * time.Minute
	readLockTimeout      = 3 * time.Second
	readAttempts         = 20
	readPause            = 100 * time.Millisecond
)

// Read takes a snapshot in one read-only transaction and two round trips. The
// number of statements does not depend on the number of tables.
//
// Catalog queries see the snapshot of the transaction, but the functions that
// print expressions see the newest state: a table that is dropped in between is
// left out, or makes them fail, and Read starts over. The error is a *LockedError
// where a table stays locked.
func Read(ctx context.Context, conn *pgx.Conn, scope Scope) (*Snapshot, error) {
	for attempt := 1; ; attempt++ {
		snapshot, err := read(ctx, conn, scope)
		switch {
		case err == nil:
			return snapshot, nil
		case sqlState(err) == stateLockNotAvailable:
			holders, _ := lockHolders(ctx, conn) // the cause stands without them
			return nil, &LockedError{Holders: holders, Err: err}
		case !vanished(err) || attempt == readAttempts:
			return nil, fmt.Errorf("read the catalog: %w", err)
		}
		if err := pause(ctx, readPause); err != nil {
			return nil, err
		}
	}
}

// SQLSTATEs that matter here.
const (
	stateLockNotAvailable      = "55P03"
	stateInsufficientPrivilege = "42501"
	stateReadOnlyTransaction   = "25006"
	stateUndefinedTable        = "42P01"
	stateUndefinedColumn       = "42703"
	stateUndefinedFunction     = "42883"
	stateUndefinedObject       = "42704"
	stateDatatypeMismatch      = "42804"
	stateFeatureNotSupported   = "0A000"
	stateGroupingError         = "42803"
	stateWindowingError        = "42P20"
	stateInternalError         = "XX000"
	// pg_stat_statements is installed, and not in shared_preload_libraries.
	stateNotInPrerequisiteState = "55000"
)

// vanishedError reports a text that PostgreSQL did not print because its object
// was dropped while it was read.
type vanishedError struct {
	// table is the oid of the table that the object belongs to.
	table uint32
}

func (*vanishedError) Error() string { return "an object was dropped while it was read" }

// vanished recognizes an object that was dropped while it was read: "could not
// open relation with OID ..." and "cache lookup failed ..." are XX000.
func vanished(err error) bool {
	if gone := (*vanishedError)(nil); errors.As(err, &gone) {
		return true
	}
	switch sqlState(err) {
	case stateInternalError, stateUndefinedTable, stateUndefinedObject, stateUndefinedColumn, stateUndefinedFunction:
		return true
	}
	return false
}

func read(ctx context.Context, conn *pgx.Conn, scope Scope) (snapshot *Snapshot, err error) {
	wanted, err := json.Marshal(scope.Tables)
	if err != nil {
		return nil, err
	}
	texts := variant{Version: serverVersion(conn), All: scope.Tables == nil}
	rows := &rowSet{}

	defer func() { err = errors.Join(err, endTransaction(ctx, conn)) }()
	err = firstError(fly(ctx, conn.PgConn(), []statement{
		{sql: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
		{sql: settings, args: timeouts(readStatementTimeout, readLockTimeout)},
		{sql: texts.query("relations"), args: []string{string(wanted)}, row: collect(&rows.relations)},
		{sql: texts.query("names"), args: []string{string(wanted)}, row: collect(&rows.names)},
		{sql: texts.query("schemas"), row: collect(&rows.schemas)},
		{sql: texts.query("enums"), args: []string{string(wanted)}, row: collect(&rows.enums)},
		{sql: texts.query("sequences"), args: []string{string(wanted)}, row: collect(&rows.sequences)},
	}))
	if err != nil {
		return nil, err
	}
	tables := oidArray(rows.relations)
	texts.Ledger = rows.ledgerReadable()
	err = firstError(fly(ctx, conn.PgConn(), append(details(texts, tables, rows), statement{sql: "COMMIT"})))
	if err != nil {
		return nil, err
	}
	return rows.assembleRemaining(ctx, conn)
}

// assembleRemaining builds the snapshot without the tables that were dropped while
// they were read. Tables that come and go all the time, as those of nightly loads
// do, would have Read start over for as long as they do.
func (rows *rowSet) assembleRemaining(ctx context.Context, conn *pgx.Conn) (*Snapshot, error) {
	for {
		snapshot, err := rows.assemble()
		gone := (*vanishedError)(nil)
		if !errors.As(err, &gone) {
			return snapshot, err
		}
		still, checkErr := look[struct{ Exists bool }](ctx, conn, "table_exists", strconv.FormatUint(uint64(gone.table), 10))
		if checkErr != nil || still[0].Exists {
			return nil, errors.Join(err, checkErr)
		}
		rows.relations = slices.DeleteFunc(rows.relations, func(row relationRow) bool { return row.OID == gone.table })
	}
}

// details are the statements that read what belongs to tables.
func details(texts variant, tables string, rows *rowSet) []statement {
	return []statement{
		{sql: texts.query("columns"), args: []string{tables}, row: collect(&rows.columns)},
		{sql: texts.query("types"), args: []string{tables, "{}"}, row: collect(&rows.types)},
		{sql: texts.query("constraints"), args: []string{tables}, row: collect(&rows.constraints)},
		{sql: texts.query("indexes"), args: []string{tables}, row: collect(&rows.indexes)},
		{sql: texts.query("triggers"), args: []string{tables}, row: collect(&rows.triggers)},
		{sql: texts.query("dependents"), args: []string{tables}, row: collect(&rows.dependents)},
		{sql: texts.query("publications"), args: []string{tables}, row: collect(&rows.publications)},
		{sql: texts.query("transitions"), args: []string{tables}, row: collect(&rows.transitions)},
	}
}

// collect decodes rows of one JSON column.
func collect[T any](into *[]T) func([]byte) error {
	return func(value []byte) error {
		var row T
		if err := json.Unmarshal(value, &row); err != nil {
			return fmt.Errorf("decode a row of the catalog: %w", err)
		}
		*into = append(*into, row)
		return nil
	}
}

func oidArray(relations []relationRow) string {
	oids := make([]string, len(relations))
	for i, r := range relations {
		oids[i] = strconv.FormatUint(uint64(r.OID), 10)
	}
	return "{" + strings.Join(oids, ",") + "}"
}

func timeouts(statement, lock time.Duration) []string {
	return []string{
		strconv.FormatInt(statement.Milliseconds(), 10) + "ms",
		strconv.FormatInt(lock.Milliseconds(), 10) + "ms",
	}
}

// endTransaction rolls back what an error left open.
func endTransaction(ctx context.Context, conn *pgx.Conn) error {
	if conn.IsClosed() || conn.PgConn().TxStatus() == 'I' {
		return nil
	}
	if _, err := conn.Exec(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

func pause(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
