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
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
)

// ApplicationName is what pg_stat_activity shows unless the connection
// settings name something else.
const ApplicationName = "terraform-provider-pgphase"

// maxConnections bounds what a run takes of the server's max_connections: up
// to three tables at a time, and one connection that watches.
const maxConnections = 4

// cancelTimeout is how long a cancelled statement may take to end before its
// connection is cut. Rolling back is fast in PostgreSQL, a checkpoint or a
// loaded network is not.
const cancelTimeout = 10 * time.Second

// ConfigurePool makes connections fit for an executor:
//
//   - a cancelled context cancels the statement on the server; pgx alone only
//     cuts the connection, and the server works on
//   - client_connection_check_interval: the server notices a killed client
//     in mid-statement instead of at the end of an hour of index build
//   - idle_in_transaction_session_timeout, in case we stall
//   - no idle_session_timeout, which a role may have: a session that pauses
//     before its next attempt must keep its advisory lock
//   - row_security = off: a query that a policy would filter fails. Row security
//     that is forced on the owner would hide rows from a backfill and from its
//     verification alike, and contract would drop what neither of them saw
//   - standard_conforming_strings = on: what a backslash means in a text of the
//     configuration does not depend on the role
//   - search_path without the schemas of others, see [ddl.BeginSession]
//   - an application_name, at most 4 connections
//
// The settings are SET after the connection is made, as poolers refuse
// unknown startup parameters.
func ConfigurePool(config *pgxpool.Config) {
	config.MaxConns = maxConnections
	connection := config.ConnConfig
	if connection.RuntimeParams == nil {
		connection.RuntimeParams = map[string]string{}
	}
	if connection.RuntimeParams["application_name"] == "" {
		connection.RuntimeParams["application_name"] = ApplicationName
	}
	connection.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelTimeout}
	}
	before := config.AfterConnect
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if before != nil {
			if err := before(ctx, conn); err != nil {
				return err
			}
		}
		return prepareConnection(ctx, conn)
	}
}

// ReserveWorkers makes room for the further workers of backfills: a run takes
// up to workers - 1 connections more, whatever number of tables it fills at a
// time.
func ReserveWorkers(config *pgxpool.Config, workers int) {
	config.MaxConns = maxConnections + int32(max(0, min(workers, 64)-1))
}

func prepareConnection(ctx context.Context, conn *pgx.Conn) error {
	begin := ddl.BeginSession(
		ddl.Setting{Name: "idle_in_transaction_session_timeout", Value: "60s"},
		ddl.Setting{Name: "idle_session_timeout", Value: "0"},
		ddl.Setting{Name: "row_security", Value: "off"},
		ddl.Setting{Name: "standard_conforming_strings", Value: "on"},
	)
	if _, err := conn.Exec(ctx, begin); err != nil {
		return fmt.Errorf("prepare connection: %w", err)
	}
	_, err := conn.Exec(ctx, "SET client_connection_check_interval = '2s'")
	// The server refuses any value but 0 where its kernel cannot tell that a
	// peer closed its socket (manual, section 20.3.2).
	var refused *pgconn.PgError
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("prepare connection: %w", err)
	}
	return nil
}
