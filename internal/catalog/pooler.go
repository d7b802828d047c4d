// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// poolerProbes is how often a session is asked whether it is still the same.
const poolerProbes = 4

// probeSQL reads the process and a mark of the session. Simple protocol: a
// prepared statement may be what a pooler loses.
const (
	markSQL  = "SELECT pg_catalog.pg_backend_pid(), pg_catalog.set_config('pgphase.probe'::text, $1::text, false)"
	probeSQL = "SELECT pg_catalog.pg_backend_pid(), coalesce(pg_catalog.current_setting('pgphase.probe'::text, true), ''::text)"
	eraseSQL = "SELECT pg_catalog.set_config('pgphase.probe'::text, ''::text, false)"
)

// detectPooler finds out whether a session belongs to its client. A pooler in
// transaction mode often hands the same backend to one client again and again,
// so one connection proves little. A second one proves it: it either gets the
// backend that the first one marked and believes to hold, or pushes the first
// one off it.
func detectPooler(ctx context.Context, conn *pgx.Conn) error {
	mark := rand.Text()
	home, _, err := probeSession(ctx, conn, markSQL, mark)
	if err != nil {
		return fmt.Errorf("look for a pooler: %w", err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), eraseSQL, pgx.QueryExecModeSimpleProtocol)
	}()
	second, err := pgx.ConnectConfig(ctx, conn.Config())
	if err != nil {
		return fmt.Errorf("look for a pooler with a second connection: %w", err)
	}
	defer func() { _ = second.Close(context.WithoutCancel(ctx)) }()
	for range poolerProbes {
		other, seen, err := probeSession(ctx, second, probeSQL)
		if err != nil {
			return fmt.Errorf("look for a pooler with a second connection: %w", err)
		}
		if other == home || seen == mark {
			return &PoolerError{fmt.Sprintf("two connections share the server process %d", home)}
		}
		own, seen, err := probeSession(ctx, conn, probeSQL)
		if err != nil {
			return fmt.Errorf("look for a pooler: %w", err)
		}
		if own != home {
			return &PoolerError{fmt.Sprintf("one connection reached the server processes %d and %d", home, own)}
		}
		if seen != mark {
			return &PoolerError{"a setting of the session was lost between two statements"}
		}
	}
	return nil
}

func probeSession(ctx context.Context, conn *pgx.Conn, sql string, args ...any) (pid uint32, mark string, err error) {
	args = append([]any{pgx.QueryExecModeSimpleProtocol}, args...)
	err = conn.QueryRow(ctx, sql, args...).Scan(&pid, &mark)
	return pid, mark, err
}
