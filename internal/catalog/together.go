// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// usageTimeout bounds a look at what the server does or counts.
const usageTimeout = 5 * time.Second

// question is a query of one JSON column, one of several in a statement.
type question struct {
	sql  string
	args []string
	row  func([]byte) error
}

// named is the question of sql/<name>.sql.
func named[T any](conn *pgx.Conn, name string, into *[]T, args ...string) question {
	return question{variant{Version: serverVersion(conn)}.query(name), args, collect(into)}
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// together asks several questions in one statement and one round trip: what a
// plan asks of each table has to be little. The statement stands alone, outside
// of a transaction that could set its timeouts, so that the bound is a
// cancellation from here. The error of one question is the error of all.
func together(ctx context.Context, conn *pgx.Conn, questions ...question) error {
	var sql strings.Builder
	var args []string
	for i, q := range questions {
		if i > 0 {
			sql.WriteString("\nUNION ALL\n")
		}
		text := parameter.ReplaceAllStringFunc(q.sql, func(p string) string {
			number, _ := strconv.Atoi(p[1:])
			return "$" + strconv.Itoa(number+len(args))
		})
		fmt.Fprintf(&sql, "SELECT '%d ' || answer.value\nFROM (\n%s\n) AS answer (value)", i, text)
		args = append(args, q.args...)
	}
	ctx, cancel := context.WithTimeout(ctx, usageTimeout)
	defer cancel()
	return firstError(fly(ctx, conn.PgConn(), []statement{{sql: sql.String(), args: args, row: func(value []byte) error {
		index, row, _ := strings.Cut(string(value), " ")
		i, err := strconv.Atoi(index)
		if err != nil || i >= len(questions) {
			return fmt.Errorf("unexpected answer %q", value)
		}
		return questions[i].row([]byte(row))
	}}}))
}

// look runs one catalog query, read-only and bounded in time.
func look[T any](ctx context.Context, conn *pgx.Conn, query string, args ...string) (rows []T, err error) {
	defer func() { err = errors.Join(err, endTransaction(ctx, conn)) }()
	err = firstError(fly(ctx, conn.PgConn(), []statement{
		{sql: "BEGIN READ ONLY"},
		{sql: settings, args: timeouts(usageTimeout, readLockTimeout)},
		{sql: variant{Version: serverVersion(conn)}.query(query), args: args, row: collect(&rows)},
		{sql: "COMMIT"},
	}))
	return rows, err
}
