// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
)

// Probe asks the data a question, read-only and bounded in time, and returns
// the first column of each row. On a *pgconn.PgError with SQLSTATE 57014 the
// time was not enough: the answer is then unknown, not no.
func Probe(ctx context.Context, conn *pgx.Conn, query string, timeout time.Duration) (answers []string, err error) {
	defer func() { err = errors.Join(err, endTransaction(ctx, conn)) }()
	err = firstError(fly(ctx, conn.PgConn(), []statement{
		{sql: "BEGIN READ ONLY"},
		{
			sql:  "SELECT set_config('statement_timeout', $1::text, true), set_config('lock_timeout', $2::text, true)",
			args: timeouts(timeout, min(timeout, readLockTimeout)),
		},
		{sql: ddl.ShowUserPathLocally},
		{sql: query, row: func(value []byte) error {
			answers = append(answers, string(value))
			return nil
		}},
		{sql: "ROLLBACK"},
	}))
	if err != nil {
		return nil, fmt.Errorf("ask the data: %w", err)
	}
	return answers, nil
}
