// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// MeasureSize returns the size of a table as its files have it, with those of its
// partitions. Rows is the estimate that is passed, scaled as the planner of
// PostgreSQL does it: a table that has grown since its last ANALYZE has as many
// rows per page as then (PostgreSQL 18, 14.2 and estimate_rel_size()). It waits
// for ACCESS EXCLUSIVE locks no longer than [Read] does.
func MeasureSize(ctx context.Context, conn *pgx.Conn, table schema.QualifiedName, estimate schema.Size) (schema.Size, error) {
	type sizeRow struct {
		TableBytes int64 `json:"table_bytes"`
		IndexBytes int64 `json:"index_bytes"`
		TotalBytes int64 `json:"total_bytes"`
	}
	rows, err := look[sizeRow](ctx, conn, "size", string(table.Schema), string(table.Name))
	if err != nil {
		return schema.Size{}, fmt.Errorf("measure %s: %w", table, err)
	}
	if len(rows) == 0 {
		return schema.Size{}, fmt.Errorf("measure %s: there is no such table", table)
	}
	size := schema.Size{Rows: -1, TableBytes: rows[0].TableBytes, IndexBytes: rows[0].IndexBytes, TotalBytes: rows[0].TotalBytes}
	switch {
	case size.TableBytes == 0:
		size.Rows = 0
	case estimate.Rows >= 0 && estimate.TableBytes > 0:
		size.Rows = int64(float64(estimate.Rows) / float64(estimate.TableBytes) * float64(size.TableBytes))
	}
	return size, nil
}
