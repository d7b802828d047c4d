// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// createLedger runs the statements as the executor does.
func createLedger(ctx context.Context, conn *pgx.Conn) (err error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	for _, sql := range ddl.CreateLedger() {
		if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeExec); err != nil {
			return errors.Join(err, tx.Rollback(ctx))
		}
	}
	return tx.Commit(ctx)
}

// TestLedgerOfTwo lets several tables need the ledger at once.
func TestLedgerOfTwo(t *testing.T) {
	t.Parallel()
	const runs, rounds = 4, 5
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		var connections []*pgx.Conn
		for range runs {
			connections = append(connections, db.Connect(t))
		}
		for range rounds {
			results := make([]error, runs)
			var together sync.WaitGroup
			for i, conn := range connections {
				together.Go(func() { results[i] = createLedger(t.Context(), conn) })
			}
			together.Wait()
			if err := errors.Join(results...); err != nil {
				t.Fatal(err)
			}
			var comment string
			var tables int
			err := connections[0].QueryRow(t.Context(), `SELECT obj_description('pgphase'::regnamespace, 'pg_namespace'),
				(SELECT count(*) FROM pg_class WHERE relnamespace = 'pgphase'::regnamespace AND relkind = 'r')`).Scan(&comment, &tables)
			if err != nil {
				t.Fatal(err)
			}
			if version, ok := ddl.ParseLedgerComment(comment); !ok || version != ddl.LedgerVersion || tables != 3 {
				t.Errorf("version %d of %q, %d tables", version, comment, tables)
			}
			db.Exec(t, "DROP SCHEMA pgphase CASCADE")
		}
	})
}

// TestLedgerThatIsThere creates it once more: what is recorded stays, and so
// does every definition.
func TestLedgerThatIsThere(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		if err := createLedger(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		db.Exec(t, ddl.RecordTransition(schema.OpenTransition{
			Name: "one", Kind: schema.ColumnRemoved, Phase: schema.Expand,
			Table: schema.QualifiedName{Schema: "public", Name: "users"}, Old: []schema.Name{"o"},
		}))
		const rows = "SELECT to_jsonb(t)::text FROM pgphase.transitions AS t"
		before, recorded := pgtest.PgDump(t, db), queryText(t, conn, rows)
		if err := createLedger(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, pgtest.PgDump(t, db)); diff != "" {
			t.Errorf("definitions (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(recorded, queryText(t, conn, rows)); diff != "" || recorded == "" {
			t.Errorf("rows (-before +after):\n%s", diff)
		}
		var locks int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()").Scan(&locks); err != nil || locks != 0 {
			t.Errorf("%d advisory locks are left: %v", locks, err)
		}
	})
}
