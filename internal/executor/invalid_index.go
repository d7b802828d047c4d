// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// index is what pg_index says about the index that an operation builds.
type index struct {
	oid   uint32 // 0 where there is none
	valid bool
}

func (r *run) findIndex(ctx context.Context, conn *pgx.Conn) (index, error) {
	if r.op.Builds.IsZero() {
		return index{}, nil
	}
	var found index
	err := conn.QueryRow(ctx, `
		SELECT c.oid, i.indisvalid FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
		WHERE n.nspname = $1 AND c.relname = $2`,
		pgx.QueryExecModeExec, string(r.op.Builds.Schema), string(r.op.Builds.Name)).Scan(&found.oid, &found.valid)
	if errors.Is(err, pgx.ErrNoRows) {
		return index{}, nil
	}
	return found, err
}

// removeInvalid drops the index that a failed build left: a half-built unique
// index rejects writes, and any is work for each of them. It returns the
// build's error, or an *InvalidIndexError around it where the index stays.
// It works though ctx has ended, and on a new connection where that of the
// session is lost.
func (r *run) removeInvalid(ctx context.Context, before index, build error) error {
	if r.op.Builds.IsZero() || !begun(build) {
		return build
	}
	cleanup, cancel := r.session.executor.cleanup(ctx)
	defer cancel()
	var drop error
	if conn := r.session.Conn(); !conn.IsClosed() {
		drop = r.dropInvalid(cleanup, conn, before)
	} else {
		drop = r.dropElsewhere(cleanup, before)
	}
	if drop != nil {
		return &InvalidIndexError{Index: r.op.Builds, Build: build, Drop: drop}
	}
	return build
}

// begun reports whether the statement may have made the index. Otherwise an
// index of that name is somebody else's.
func begun(build error) bool {
	var pgError *pgconn.PgError
	if !errors.As(build, &pgError) {
		return true
	}
	return pgError.Code != duplicateTable && pgError.SchemaName != "pg_catalog"
}

func (r *run) dropInvalid(ctx context.Context, conn *pgx.Conn, before index) error {
	left, err := r.findIndex(ctx, conn)
	if err != nil {
		return fmt.Errorf("look for it: %w", err)
	}
	if left.oid == 0 || left.valid || left.oid == before.oid {
		return nil
	}
	if err := execute(ctx, conn.PgConn(), "DROP INDEX CONCURRENTLY "+r.op.Builds.String()); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("its removal waited for other transactions for too long: %w", err)
		}
		return fmt.Errorf("remove it: %w", err)
	}
	return nil
}

// dropElsewhere removes the index after the connection was lost. The server
// may still be at work on the build, until it notices that the client is gone;
// the advisory lock tells, as it is held until then.
func (r *run) dropElsewhere(ctx context.Context, before index) error {
	executor := r.session.executor
	conn, err := executor.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect again: %w", err)
	}
	// Not given back: its lock and its settings end with it.
	defer destroy(ctx, conn)
	for {
		var locked bool
		err := conn.QueryRow(ctx, "SELECT pg_catalog.pg_try_advisory_lock($1)", pgx.QueryExecModeExec, advisoryKey(r.session.table)).Scan(&locked)
		if err != nil {
			return fmt.Errorf("lock the table again: %w", err)
		}
		if locked {
			break
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("another session works on the table: %w", err)
		}
	}
	for _, parameter := range []string{"statement_timeout", "lock_timeout"} {
		if err := execute(ctx, conn.Conn().PgConn(), "SET "+parameter+" = 0"); err != nil {
			return err
		}
	}
	return r.dropInvalid(ctx, conn.Conn(), before)
}
