// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Updates are those of a table and its partitions since the statistics of the
// database were reset, as pg_stat_user_tables has them. Zero, where nothing was
// counted.
type Updates struct {
	// All are n_tup_upd, HOT of these n_tup_hot_upd: updates that wrote no index.
	All int64 `json:"all"`
	HOT int64 `json:"hot"`
}

// ReadUpdates returns the updates of a table; none of one that is not there.
func ReadUpdates(ctx context.Context, conn *pgx.Conn, table schema.QualifiedName) (Updates, error) {
	rows, err := look[Updates](ctx, conn, "updates", string(table.Schema), string(table.Name))
	if err != nil {
		return Updates{}, fmt.Errorf("read the updates of %s: %w", table, err)
	}
	if len(rows) == 0 {
		return Updates{}, nil
	}
	return rows[0], nil
}
