// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// afterRename finds a table that is gone under the name of its state because the
// apply that ended its renaming could not write the state any more: it was
// killed, or lost its answer. The ledger knows the other name, and the oid says
// that it is the same table and not one that was created since. Everything else
// that is attached to the table is planned after it, and finds it announced.
func (r *managedResource[M, O]) afterRename(ctx context.Context, private privateReader, like O) (*schema.Table, error) {
	then, diags := readObserved[O](ctx, private)
	if diags.HasError() || then == nil {
		return nil, nil //nolint:nilnil // documented: there is no such table
	}
	table, ok := any(*then).(schema.Table)
	if !ok || table.OID == 0 {
		return nil, nil //nolint:nilnil // the same
	}
	snapshot, err := r.db.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	name := r.kind.relation(like).table
	var names []schema.QualifiedName
	err = r.db.withConnection(ctx, func(conn *pgx.Conn) (err error) {
		names, err = ledger.FormerNames(ctx, conn, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, other := range names {
		if found := snapshot.Table(other); found != nil && found.OID == table.OID {
			r.db.announcements.renamedAlready(name, other)
			return found, nil
		}
	}
	return nil, nil //nolint:nilnil // the same
}

// renamedAlready registers that a table has another name than a state says.
func (a *announcements) renamedAlready(name, now schema.QualifiedName) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rename(name, renamed{now: now, then: now})
}
