// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
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

// statementUsageRow is a row of statement_usage.
type statementUsageRow struct {
	Query        string
	Calls        int64
	Since, Reset *time.Time
	Now          time.Time
}

func (row statementUsageRow) usage() StatementUsage {
	u := StatementUsage{Query: strings.Join(strings.Fields(row.Query), " "), Calls: row.Calls, Now: row.Now}
	switch {
	case row.Since != nil:
		u.Since = *row.Since
	case row.Reset != nil:
		u.Since = *row.Reset
	}
	return u
}

// StatementStatistics is pg_stat_statements as this role sees it.
type StatementStatistics struct {
	// Schema is that of the extension; empty where it is not installed.
	Schema schema.Name
	// Refused is why it cannot be read, in the words of the server: it is not
	// in shared_preload_libraries, or the role may not.
	Refused string
	// Hidden is the number of statements of other roles, which are shown to
	// members of pg_read_all_stats only.
	Hidden int64
}

// Readable reports that there is something to read.
func (s StatementStatistics) Readable() bool { return s.Schema != "" && s.Refused == "" }

// ReadStatementStatistics finds out whether pg_stat_statements counts.
func ReadStatementStatistics(ctx context.Context, conn *pgx.Conn) (StatementStatistics, error) {
	extension, err := look[struct{ Schema schema.Name }](ctx, conn, "statistics_extension")
	if err != nil {
		return StatementStatistics{}, fmt.Errorf("look for pg_stat_statements: %w", err)
	}
	if len(extension) == 0 {
		return StatementStatistics{}, nil
	}
	s := StatementStatistics{Schema: extension[0].Schema}
	var rows []struct{ Hidden int64 }
	q := named(conn, "hidden_statements", &rows)
	q.sql = s.in(q.sql)
	err = together(ctx, conn, q)
	switch sqlState(err) {
	case "":
	case stateNotInPrerequisiteState, stateInsufficientPrivilege, stateUndefinedTable, stateUndefinedColumn:
		s.Refused = serverMessage(err)
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read pg_stat_statements: %w", err)
	}
	s.Hidden = rows[0].Hidden
	return s, nil
}

// in puts the schema of the extension into a query.
func (s StatementStatistics) in(query string) string {
	return strings.ReplaceAll(query, "@extschema@", s.Schema.Quote())
}
