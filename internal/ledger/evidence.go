// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Querier is a connection, a pool or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Evidence is what the ledger knows of one open transition besides its
// definition. All of it changes by itself: it belongs into diagnostics, never
// into a planned value.
type Evidence struct {
	Name  schema.Name
	Kind  schema.TransitionKind
	Table schema.QualifiedName
	Phase schema.Phase
	// Definition is the transition as it was recorded.
	Definition schema.OpenTransition
	StartedBy  string
	ExpandedAt time.Time
	// MigratedAt is zero in expand.
	MigratedAt time.Time
	// Now is the time of the server, to which the others compare.
	Now time.Time
	// Counted reports that old-style writes are counted at all.
	Counted bool
	// OldStyleWrites are all since expand; RecentWrites those since LookedAt,
	// when an apply has last looked. Writes that were rolled back count as
	// well, and an upsert may count twice.
	OldStyleWrites int64
	RecentWrites   int64
	LookedAt       time.Time
	// Guarded reports that the triggers are in place and enabled; true where a
	// transition needs none.
	Guarded bool
	// Backfill are the passes that were begun, by table and range.
	Backfill []Progress
}

// Soaked returns for how long the transition has been migrated; 0 in expand.
func (e Evidence) Soaked() time.Duration {
	if e.MigratedAt.IsZero() {
		return 0
	}
	return e.Now.Sub(e.MigratedAt)
}

// MissingError reports that the database has no ledger.
type MissingError struct{}

func (*MissingError) Error() string {
	return "the database has no ledger: there is no table " + ddl.LedgerObject("transitions").String()
}

// VersionError reports a ledger that another version of the provider made.
type VersionError struct{ Found, Known int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the ledger in the schema %s has version %d, this provider knows version %d",
		ddl.LedgerSchema, e.Found, e.Known)
}

// Exists reports whether the database has a ledger. The error is a
// *VersionError where it is not one that we can write to.
func Exists(ctx context.Context, conn Querier) (bool, error) {
	var comment string
	err := conn.QueryRow(ctx, `
		SELECT coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), '')
		FROM pg_catalog.pg_namespace AS n
		JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'transitions' AND c.relkind = 'r'
		WHERE n.nspname = $1`, pgx.QueryExecModeExec, string(ddl.LedgerSchema)).Scan(&comment)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for the ledger: %w", err)
	}
	if version, ok := ddl.ParseLedgerComment(comment); ok && version != ddl.LedgerVersion {
		return false, &VersionError{Found: version, Known: ddl.LedgerVersion}
	}
	return true, nil
}

// evidenceQuery reads open transitions; $1 is an array of names, or NULL for
// all of them. A trigger counts where it is on the table itself: its copies on
// partitions have a parent.
const evidenceQuery = `
	SELECT t.name, t.kind, t.table_schema, t.table_name, t.phase, t.definition, t.started_by,
		t.expanded_at, t.migrated_at, pg_catalog.now(), t.counter IS NOT NULL,
		coalesce(written.total, 0), greatest(coalesce(written.total, 0) - t.writes_seen, 0), t.looked_at,
		t.definition ->> 'trigger' IS NULL OR (
			SELECT count(*) = 2
			FROM pg_catalog.pg_trigger AS g
			JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid
			JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
			JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid
			JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.pronamespace
			WHERE n.nspname = t.table_schema AND c.relname = t.table_name AND g.tgenabled <> 'D' AND g.tgparentid = 0
			AND pn.nspname = t.definition -> 'function' ->> 'schema' AND p.proname = t.definition -> 'function' ->> 'name'
		)
	FROM pgphase.transitions AS t
	CROSS JOIN LATERAL (SELECT pg_catalog.pg_sequence_last_value(pg_catalog.to_regclass(t.counter))) AS written (total)
	WHERE t.contracted_at IS NULL AND t.rolled_back_at IS NULL AND ($1::text[] IS NULL OR t.name = ANY ($1::text[]))
	ORDER BY t.name`

// ReadEvidence reads open transitions, sorted by name; all of them where none
// is named. The error is a *MissingError where there is no ledger.
func ReadEvidence(ctx context.Context, conn Querier, only ...schema.Name) ([]Evidence, error) {
	exists, err := Exists(ctx, conn)
	if err != nil {
		return nil, err
	}
	if !exists {
		return nil, &MissingError{}
	}
	var wanted []string
	for _, name := range only {
		wanted = append(wanted, string(name))
	}
	rows, err := conn.Query(ctx, evidenceQuery, pgx.QueryExecModeExec, wanted)
	if err != nil {
		return nil, fmt.Errorf("read the evidence: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanEvidence)
	if err != nil {
		return nil, fmt.Errorf("read the evidence: %w", err)
	}
	var names []string
	for _, e := range list {
		names = append(names, string(e.Name))
	}
	progress, err := loadProgress(ctx, conn, names)
	if err != nil && !refusedWith(err, insufficientPrivilege) {
		return nil, err
	}
	for i := range list {
		list[i].Backfill = progress[list[i].Name]
	}
	return list, nil
}

func scanEvidence(row pgx.CollectableRow) (Evidence, error) {
	var e Evidence
	var migrated *time.Time
	err := row.Scan(&e.Name, &e.Kind, &e.Table.Schema, &e.Table.Name, &e.Phase, &e.Definition, &e.StartedBy,
		&e.ExpandedAt, &migrated, &e.Now, &e.Counted, &e.OldStyleWrites, &e.RecentWrites, &e.LookedAt, &e.Guarded)
	if migrated != nil {
		e.MigratedAt = *migrated
	}
	return e, err
}
