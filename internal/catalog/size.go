// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import "github.com/pgphase/terraform-provider-pgphase/internal/schema"

// sizeRow is a row of size.
type sizeRow struct {
	TableBytes int64 `json:"table_bytes"`
	IndexBytes int64 `json:"index_bytes"`
	TotalBytes int64 `json:"total_bytes"`
}

// size scales the rows of an estimate as the planner of PostgreSQL does it: a
// table that has grown since its last ANALYZE has as many rows per page as then
// (PostgreSQL 18, 14.2 and estimate_rel_size()).
func (row sizeRow) size(estimate schema.Size) schema.Size {
	size := schema.Size{Rows: -1, TableBytes: row.TableBytes, IndexBytes: row.IndexBytes, TotalBytes: row.TotalBytes}
	switch {
	case size.TableBytes == 0:
		size.Rows = 0
	case estimate.Rows >= 0 && estimate.TableBytes > 0:
		size.Rows = int64(float64(estimate.Rows) / float64(estimate.TableBytes) * float64(size.TableBytes))
	}
	return size
}
