// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// StatementUsage is a statement that pg_stat_statements has seen.
type StatementUsage struct {
	// Query has parameters in place of constants; what the role may not read
	// is not among the statements.
	Query string
	Calls int64
	// Since is when the server began to count the statement, from PostgreSQL 17
	// on; before, when the statistics were reset.
	Since time.Time
	// Now is the time of the server.
	Now time.Time
}

// ReadStatementUsage returns up to five statements that name the table and one of
// the columns, or only the table where none are passed, by number of calls. It is
// a hint and no proof: a name in a text may mean another table, and SELECT * names
// no column. The second result is false where the extension pg_stat_statements is
// not installed, not loaded or not readable.
func ReadStatementUsage(ctx context.Context, conn *pgx.Conn, table schema.Name, columns []schema.Name) (usage []StatementUsage, installed bool, err error) {
	extension, err := look[struct{ Schema schema.Name }](ctx, conn, "statistics_extension")
	if err != nil {
		return nil, false, fmt.Errorf("look for pg_stat_statements: %w", err)
	}
	if len(extension) == 0 {
		return nil, false, nil
	}
	if columns == nil {
		columns = []schema.Name{}
	}
	words, err := json.Marshal(columns)
	if err != nil {
		return nil, false, err
	}
	type usageRow struct {
		Query        string
		Calls        int64
		Since, Reset *time.Time
		Now          time.Time
	}
	var rows []usageRow
	query := variant{Version: serverVersion(conn)}.query("statement_usage")
	defer func() { err = errors.Join(err, endTransaction(ctx, conn)) }()
	err = firstError(fly(ctx, conn.PgConn(), []statement{
		{sql: "BEGIN READ ONLY"},
		{sql: settings, args: timeouts(usageTimeout, readLockTimeout)},
		{sql: strings.ReplaceAll(query, "@extschema@", extension[0].Schema.Quote()), args: []string{string(table), string(words)}, row: collect(&rows)},
		{sql: "COMMIT"},
	}))
	switch sqlState(err) {
	case "":
	case stateNotInPrerequisiteState, stateInsufficientPrivilege, stateUndefinedTable, stateUndefinedColumn:
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read pg_stat_statements: %w", err)
	}
	for _, row := range rows {
		u := StatementUsage{Query: strings.Join(strings.Fields(row.Query), " "), Calls: row.Calls, Now: row.Now}
		switch {
		case row.Since != nil:
			u.Since = *row.Since
		case row.Reset != nil:
			u.Since = *row.Reset
		}
		usage = append(usage, u)
	}
	return usage, true, nil
}
