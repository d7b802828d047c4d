// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

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

// indexUsageRow is a row of index_usage.
type indexUsageRow struct {
	Schema, Name schema.Name
	Scans        int64
	LastScan     *time.Time `json:"last_scan"`
	Since        *time.Time
	Now          time.Time
}

func (row indexUsageRow) usage() IndexUsage {
	u := IndexUsage{Name: schema.QualifiedName{Schema: row.Schema, Name: row.Name}, Scans: row.Scans, Now: row.Now}
	if row.LastScan != nil {
		u.LastScan = *row.LastScan
	}
	if row.Since != nil {
		u.Since = *row.Since
	}
	return u
}
