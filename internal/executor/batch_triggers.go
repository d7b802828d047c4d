// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// TriggersError says that a backfill was to fire no triggers, and cannot do
// without. Nothing was changed.
type TriggersError struct {
	Operation planner.Operation
	// Triggers are those of the table that would fire.
	Triggers []string
	// Conflicts are what would no longer work beside them, or would begin to.
	Conflicts []string
	// PgError is how the server refused; nil where Conflicts are the reason.
	PgError *pgconn.PgError
}

func (e *TriggersError) Error() string {
	table := e.Operation.Backfill.Table
	if e.PgError == nil {
		return fmt.Sprintf("the backfill of %s cannot run without its triggers (%s): session_replication_role = replica would also affect %s. "+
			"Disable the triggers for the time of the backfill, or let them fire",
			table, strings.Join(e.Triggers, ", "), strings.Join(e.Conflicts, ", "))
	}
	return fmt.Sprintf("the backfill of %s cannot run without its triggers (%s): %s. "+
		"It needs a superuser or, from PostgreSQL 15 on, GRANT SET ON PARAMETER session_replication_role. "+
		"Otherwise disable the triggers for the time of the backfill, or let them fire",
		table, strings.Join(e.Triggers, ", "), e.PgError.Message)
}

func (e *TriggersError) Unwrap() error {
	if e.PgError == nil {
		return nil
	}
	return e.PgError
}

// Triggers that a batch fires: for UPDATE (bit 16 of tgtype), of any column or
// of one that is filled. Those of a transition keep quiet by themselves.
const firingQuery = `
SELECT DISTINCT t.tgname::text FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE t.tgrelid = $1 AND NOT t.tgisinternal AND t.tgtype & 16 <> 0
AND t.tgenabled = $2::text::"char" AND n.nspname <> $3
AND (pg_catalog.cardinality(t.tgattr::int2[]) = 0 OR t.tgattr::int2[] && $4::int2[])
ORDER BY 1`

// Constraints on the filled columns that triggers enforce: foreign keys, in both
// directions, and whatever may be deferred. One that is NOT VALID will be
// checked later.
const enforcedQuery = `
SELECT CASE c.contype WHEN 'f' THEN 'the foreign key ' ELSE 'the deferrable constraint ' END || c.conname
FROM pg_catalog.pg_constraint c
WHERE c.convalidated AND (
	c.contype = 'f' AND (c.conrelid = $1 AND c.conkey && $2::int2[] OR c.confrelid = $1 AND c.confkey && $2::int2[])
	OR c.contype IN ('p', 'u', 'x') AND c.condeferrable AND c.conrelid = $1 AND (c.conkey && $2::int2[] OR 0 = ANY (c.conkey)))
ORDER BY 1`

const replicaRole = "SET LOCAL session_replication_role = replica"

// suppressTriggers makes the batches those of a replica, where that is needed
// and harmless.
func (b *backfill) suppressTriggers(ctx context.Context, heaps []heap) error {
	conn := b.session.Conn()
	list := func(query string, arguments ...any) ([]string, error) {
		rows, err := conn.Query(ctx, query, append([]any{pgx.QueryExecModeExec}, arguments...)...)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowTo[string])
	}
	refused := &TriggersError{Operation: b.op}
	for _, h := range heaps {
		firing, err := list(firingQuery, h.oid, "O", string(ddl.LedgerSchema), h.columns)
		if err != nil {
			return b.classifyRead(ctx, err)
		}
		refused.Triggers = append(refused.Triggers, firing...)
		enforced, err := list(enforcedQuery, h.oid, h.columns)
		if err != nil {
			return b.classifyRead(ctx, err)
		}
		refused.Conflicts = append(refused.Conflicts, enforced...)
		replica, err := list(firingQuery, h.oid, "R", string(ddl.LedgerSchema), h.columns)
		if err != nil {
			return b.classifyRead(ctx, err)
		}
		for _, name := range replica {
			refused.Conflicts = append(refused.Conflicts, "the trigger "+name+", which fires for replicas")
		}
	}
	switch {
	case len(refused.Triggers) == 0:
		return nil
	case len(refused.Conflicts) > 0:
		return refused
	}
	_, f := b.session.transact(ctx, transaction{settings: []string{replicaRole}})
	if f == nil {
		b.local = append(b.local, replicaRole)
		return nil
	}
	if errors.As(f.err, &refused.PgError) && refused.PgError.Code == insufficientPrivilege {
		return refused
	}
	return b.classifyRead(ctx, f.err)
}
