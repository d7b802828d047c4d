// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// MissingCollations returns those that the session does not find.
func MissingCollations(ctx context.Context, conn *pgx.Conn, names []schema.QualifiedName) ([]schema.QualifiedName, error) {
	var missing []schema.QualifiedName
	statements := make([]statement, len(names))
	for i, name := range names {
		statements[i] = statement{
			sql: "SELECT 1 WHERE pg_catalog.to_regcollation($1::text) IS NULL", args: []string{name.String()}, last: true,
			row: func([]byte) error {
				missing = append(missing, name)
				return nil
			},
		}
	}
	if err := firstError(fly(ctx, conn.PgConn(), statements)); err != nil {
		return nil, fmt.Errorf("look for collations: %w", err)
	}
	return missing, nil
}
