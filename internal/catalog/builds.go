// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Build is an index build that is running, of whatever client.
type Build struct {
	PID int
	// Table and Index are zero while nobody else can see them; a role without
	// pg_read_all_stats sees builds of its own roles only.
	Table, Index schema.QualifiedName
	// Command is CREATE INDEX CONCURRENTLY, REINDEX, ...; Phase is in the words
	// of PostgreSQL: building index: scanning table, ...
	Command, Phase string
	// Done and Total count what the phase does: sessions to wait for, blocks,
	// tuples. Total is 0 where the phase counts nothing.
	Done, Total int64
	// Running is for how long the statement has run.
	Running time.Duration
}

// Builds returns the index builds that run in the database, the oldest first.
func Builds(ctx context.Context, conn *pgx.Conn) ([]Build, error) {
	type row struct {
		PID         int
		TableSchema schema.Name `json:"table_schema"`
		TableName   schema.Name `json:"table_name"`
		IndexSchema schema.Name `json:"index_schema"`
		IndexName   schema.Name `json:"index_name"`
		Command     string
		Phase       string
		Done, Total int64
		Seconds     float64
	}
	rows, err := conn.Query(ctx, variant{Version: serverVersion(conn)}.query("builds"))
	if err != nil {
		return nil, fmt.Errorf("look for index builds: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[row])
	if err != nil {
		return nil, fmt.Errorf("look for index builds: %w", err)
	}
	list := make([]Build, len(found))
	for i, r := range found {
		list[i] = Build{
			PID: r.PID, Table: schema.QualifiedName{Schema: r.TableSchema, Name: r.TableName},
			Index:   schema.QualifiedName{Schema: r.IndexSchema, Name: r.IndexName},
			Command: r.Command, Phase: r.Phase, Done: r.Done, Total: r.Total, Running: inSeconds(r.Seconds),
		}
	}
	return list, nil
}

func inSeconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
