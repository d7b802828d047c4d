// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// usageTimeout bounds a look at what still uses an old structure.
const usageTimeout = 5 * time.Second

// IndexUsage is what the statistics of the server say about an index. They are
// of this server alone: queries on a standby count there.
type IndexUsage struct {
	Name schema.QualifiedName
	// Scans are those since Since; of a partitioned index those of all its
	// partitions.
	Scans int64
	// LastScan is zero where there was none, and before PostgreSQL 16.
	LastScan time.Time
	// Since is when the statistics were reset; zero where they never were.
	Since time.Time
	// Now is the time of the server.
	Now time.Time
}

// ReadIndexUsage returns the usage of those of the indexes that exist, sorted
// by name.
func ReadIndexUsage(ctx context.Context, conn *pgx.Conn, indexes []schema.QualifiedName) ([]IndexUsage, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	wanted, err := json.Marshal(indexes)
	if err != nil {
		return nil, err
	}
	type usageRow struct {
		Schema, Name schema.Name
		Scans        int64
		LastScan     *time.Time `json:"last_scan"`
		Since        *time.Time
		Now          time.Time
	}
	rows, err := look[usageRow](ctx, conn, "index_usage", string(wanted))
	if err != nil {
		return nil, fmt.Errorf("read the usage of indexes: %w", err)
	}
	var usage []IndexUsage
	for _, row := range rows {
		u := IndexUsage{Name: schema.QualifiedName{Schema: row.Schema, Name: row.Name}, Scans: row.Scans, Now: row.Now}
		if row.LastScan != nil {
			u.LastScan = *row.LastScan
		}
		if row.Since != nil {
			u.Since = *row.Since
		}
		usage = append(usage, u)
	}
	return usage, nil
}

// Mentions returns the functions whose text names one of the columns together
// with the table, or that are triggers of it and name a column. The server does
// not know what such a text means: it is a hint, no proof.
func Mentions(ctx context.Context, conn *pgx.Conn, table schema.QualifiedName, columns []schema.Name) ([]string, error) {
	names, err := json.Marshal(columns)
	if err != nil {
		return nil, err
	}
	rows, err := look[struct{ Function string }](ctx, conn, "mentions", string(table.Schema), string(table.Name), string(names))
	if err != nil {
		return nil, fmt.Errorf("look for functions that name %s: %w", table, err)
	}
	functions := make([]string, len(rows))
	for i, row := range rows {
		functions[i] = row.Function
	}
	return functions, nil
}

// ViewDependents describes what would keep a view from being dropped.
func ViewDependents(ctx context.Context, conn *pgx.Conn, view schema.QualifiedName) ([]string, error) {
	rows, err := look[struct{ Object string }](ctx, conn, "view_dependents", string(view.Schema), string(view.Name))
	if err != nil {
		return nil, fmt.Errorf("look for what depends on %s: %w", view, err)
	}
	objects := make([]string, len(rows))
	for i, row := range rows {
		objects[i] = row.Object
	}
	return objects, nil
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
