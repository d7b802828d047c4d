// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Identity is what a plan and its diagnostics need to know of a server and of
// the session.
type Identity struct {
	// Version is server_version_num: 150018 for 15.18.
	Version int
	// UTC reports that the session's TimeZone has the offset 0 at all times.
	// PostgreSQL then changes timestamp to timestamptz without a rewrite.
	UTC      bool
	TimeZone string
	Database schema.Name
	User     schema.Name
	// Superuser reports pg_roles.rolsuper.
	Superuser bool
	// MayCreateTemporary is the privilege TEMPORARY on the database, which
	// Canonicalize needs.
	MayCreateTemporary bool
	// MayCreateSchema is the privilege CREATE on the database.
	MayCreateSchema bool
	// ReadOnly is the session's default_transaction_read_only.
	ReadOnly   bool
	SearchPath string
	// Proxied reports that the backend is not the process that the connection
	// was told of: something between client and server answers in its place.
	Proxied bool
}

// serverVersion returns server_version_num as far as the greeting tells it,
// which is as much as a catalog query needs: "15.18 (Debian ...)", "18beta2".
func serverVersion(conn *pgx.Conn) int {
	text := conn.PgConn().ParameterStatus("server_version")
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	major, err := strconv.Atoi(text[:end])
	if err != nil {
		return oldestSupported
	}
	return major * 10000
}

// identitySQL asks once for everything. The simple protocol is spoken by every
// imitation and every pooler, so that the answer is an identification instead
// of a protocol error.
//
// PostgreSQL skips the rewrite where every transition of the time zone has the
// offset 0 (pg_get_timezone_offset()); sampling finds the local mean time that
// other zones had until the 19th or 20th century, and daylight saving.
const identitySQL = `SELECT
	pg_catalog.pg_is_in_recovery(), pg_catalog.pg_backend_pid(), pg_catalog.current_setting('TimeZone'::text),
	pg_catalog.current_database()::text, current_user::text,
	(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user::name),
	pg_catalog.has_database_privilege(pg_catalog.current_database()::text, 'TEMPORARY'::text),
	pg_catalog.has_database_privilege(pg_catalog.current_database()::text, 'CREATE'::text),
	pg_catalog.current_setting('default_transaction_read_only'::text)::bool, pg_catalog.current_setting('search_path'::text),
	(
		SELECT pg_catalog.bool_and(extract(timezone FROM instant) OPERATOR(pg_catalog.=) 0::numeric)
		FROM pg_catalog.generate_series('1800-01-01 00:00:00+00'::timestamptz, '2050-01-01 00:00:00+00'::timestamptz, '20 days'::interval) AS instant
	)`

// Identify asks the server who it is and refuses the ones that pgphase cannot
// work with. The errors are *UnsupportedServerError, *StandbyError and
// *PoolerError. It needs two statements, and some more with a second
// connection where something stands between client and server.
func Identify(ctx context.Context, conn *pgx.Conn) (Identity, error) {
	var id Identity
	var version, number string
	err := conn.QueryRow(ctx, "SELECT pg_catalog.version(), pg_catalog.current_setting('server_version_num'::text)",
		pgx.QueryExecModeSimpleProtocol).Scan(&version, &number)
	if err != nil {
		return id, unanswered(version, "version() and server_version_num", err)
	}
	if id.Version, err = strconv.Atoi(number); err != nil {
		return id, &UnsupportedServerError{"this server", version, fmt.Sprintf("its server_version_num is %q", number)}
	}
	if err := checkProduct(version, id.Version); err != nil {
		return id, err
	}
	var standby bool
	var pid uint32
	var superuser *bool
	err = conn.QueryRow(ctx, identitySQL, pgx.QueryExecModeSimpleProtocol).Scan(&standby, &pid, &id.TimeZone,
		&id.Database, &id.User, &superuser, &id.MayCreateTemporary, &id.MayCreateSchema, &id.ReadOnly,
		&id.SearchPath, &id.UTC)
	if err != nil {
		return id, unanswered(version, "functions that every PostgreSQL has", err)
	}
	id.Superuser = superuser != nil && *superuser
	if standby {
		return id, &StandbyError{Database: string(id.Database)}
	}
	if id.Proxied = pid != conn.PgConn().PID(); id.Proxied {
		if err := detectPooler(ctx, conn); err != nil {
			return id, err
		}
	}
	return id, nil
}

// unanswered tells a server that cannot answer from one that is gone.
func unanswered(version, what string, err error) error {
	if !isServerError(err) {
		return fmt.Errorf("identify the server: %w", err)
	}
	return errors.Join(&UnsupportedServerError{"this server", version, "it cannot answer " + what}, err)
}
