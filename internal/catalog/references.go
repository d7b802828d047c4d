// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

const stateCannotCoerce = "42804"

// CanReference lets the server try whether columns of some types can refer to
// columns of others: which pairs can depends on operator families and implicit
// casts. The error is nil where nobody could try.
func CanReference(ctx context.Context, conn *pgx.Conn, referencing, referenced []schema.Type) (refusal string, err error) {
	defer func() { err = errors.Join(err, endTransaction(ctx, conn)) }()
	there := schema.Table{Name: schema.QualifiedName{Schema: "pg_temp", Name: "pgphase_referenced"}}
	here := schema.Table{Name: schema.QualifiedName{Schema: "pg_temp", Name: "pgphase_referencing"}}
	var columns []schema.Name
	for i := range referencing {
		name := schema.Name("c" + strconv.Itoa(i))
		columns = append(columns, name)
		there.Columns = append(there.Columns, schema.Column{Name: name, Type: referenced[i], Nullable: true})
		here.Columns = append(here.Columns, schema.Column{Name: name, Type: referencing[i], Nullable: true})
	}
	there.Uniques = []schema.Key{{Name: "pgphase_referenced_key", Columns: columns}}
	key := schema.ForeignKey{Table: here.Name, Name: "pgphase_key", Columns: columns, References: there.Name, ReferencedColumns: columns}
	results := fly(ctx, conn.PgConn(), []statement{
		{sql: "BEGIN"},
		{
			sql:  "SELECT set_config('statement_timeout', $1::text, true), set_config('lock_timeout', $2::text, true)",
			args: timeouts(compareStatementTimeout, compareLockTimeout),
		},
		{sql: ddl.CreateTable(there)},
		{sql: ddl.CreateTable(here)},
		{sql: ddl.AddForeignKey(key)},
	})
	err = firstError(results)
	var serverError *pgconn.PgError
	switch {
	case err == nil || isServerError(err) && results[len(results)-2] != nil:
		return "", nil
	case errors.As(err, &serverError) && serverError.Code == stateCannotCoerce:
		return serverError.Message, nil
	case isServerError(err):
		return "", nil
	}
	return "", fmt.Errorf("compare the types of a foreign key: %w", err)
}
