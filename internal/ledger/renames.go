// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// endedRenamesQuery reads the renamings of tables that are over, latest first.
const endedRenamesQuery = `
	SELECT definition
	FROM pgphase.transitions
	WHERE kind = $1::text AND (contracted_at IS NOT NULL OR rolled_back_at IS NOT NULL)
	ORDER BY coalesce(contracted_at, rolled_back_at) DESC, name`

// FormerNames returns the other names of all renamings of tables that have ended
// and had this name as one of the two, the latest first: a table that is not
// found under the name may be found under one of them. Nothing where there is no
// ledger, or none that the role may read.
func FormerNames(ctx context.Context, conn Querier, name schema.QualifiedName) ([]schema.QualifiedName, error) {
	exists, err := Exists(ctx, conn)
	if err != nil || !exists {
		return nil, err
	}
	rows, err := conn.Query(ctx, endedRenamesQuery, pgx.QueryExecModeExec, string(schema.TableRenamed))
	if err != nil {
		return nil, readable(err)
	}
	ended, err := pgx.CollectRows(rows, pgx.RowTo[schema.OpenTransition])
	if err != nil {
		return nil, readable(err)
	}
	var names []schema.QualifiedName
	for _, t := range ended {
		other := t.OtherName
		switch name {
		case t.Table:
		case t.OtherName:
			other = t.Table
		default:
			continue
		}
		if !slices.Contains(names, other) {
			names = append(names, other)
		}
	}
	return names, nil
}

// readable leaves out that the role may not read the ledger.
func readable(err error) error {
	if err == nil || refusedWith(err, insufficientPrivilege) {
		return nil
	}
	return fmt.Errorf("read the ended renamings: %w", err)
}
