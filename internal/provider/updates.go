// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// indexing is a kind whose objects can make the updates of their table dearer.
// updates asks the server for their number, only where it matters.
type indexing[O any] interface {
	adviseUpdates(server planner.Server, table schema.Table, desired O, observed *O, updates func() catalog.Updates) []planner.Finding
}

var _ indexing[schema.Index] = indexKind{}

func (indexKind) adviseUpdates(server planner.Server, table schema.Table, desired schema.Index, observed *schema.Index, updates func() catalog.Updates) []planner.Finding {
	columns := planner.NewlyIndexed(server, table, desired, observed)
	if len(columns) == 0 {
		return nil
	}
	counted := updates()
	return planner.AdviseHOTUpdates(server, table, desired, columns, counted.All, counted.HOT)
}

// updates are those of a table so far. What cannot be read is none: it is for
// advice.
func (d *database) updates(ctx context.Context, table schema.QualifiedName) (updates catalog.Updates) {
	_ = d.withConnection(ctx, func(conn *pgx.Conn) (err error) {
		updates, err = catalog.ReadUpdates(ctx, conn, table)
		return err
	})
	return updates
}
