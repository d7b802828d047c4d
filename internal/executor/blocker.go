// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Blocker is a session that another one waits for.
type Blocker struct {
	// PID is 0 for a prepared transaction, which has no session.
	PID         int32
	User        string
	Application string
	// Backend is pg_stat_activity.backend_type: client backend, autovacuum
	// worker, ...
	Backend string
	// State is active, idle in transaction, ...; empty where our role may not
	// see it (pg_read_all_stats may).
	State string
	// Age is that of its transaction.
	Age time.Duration
	// Query is its current or latest statement.
	Query string
	// Mode is the lock that it holds or waits for on what we want.
	Mode string
	// Prepared is the identifier of a prepared transaction.
	Prepared string
}

// String returns one line: who, since when, doing what.
func (b Blocker) String() string {
	if b.Prepared != "" {
		return fmt.Sprintf("prepared transaction '%s' of %s, %s old (COMMIT PREPARED or ROLLBACK PREPARED ends it)",
			b.Prepared, b.User, b.Age.Round(time.Second))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "pid %d", b.PID)
	if b.User != "" {
		fmt.Fprintf(&text, ", user %s", b.User)
	}
	if b.Application != "" {
		fmt.Fprintf(&text, ", application %q", b.Application)
	}
	if b.Backend != "" && b.Backend != "client backend" {
		fmt.Fprintf(&text, ", %s", b.Backend)
	}
	if b.State != "" {
		fmt.Fprintf(&text, ", %s", b.State)
	}
	fmt.Fprintf(&text, ", transaction %s old", b.Age.Round(time.Second))
	if b.Mode != "" {
		fmt.Fprintf(&text, ", %s", b.Mode)
	}
	if b.Query != "" {
		fmt.Fprintf(&text, ": %s", strings.Join(strings.Fields(b.Query), " "))
	}
	return text.String()
}

// blockersQuery lists who the session $1 waits for. pg_blocking_pids() names a
// prepared transaction as pid 0 (manual, section 9.27); its locks have no pid.
const blockersQuery = `
WITH wanted AS MATERIALIZED (
	SELECT locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid
	FROM pg_catalog.pg_locks WHERE pid = $1 AND NOT granted
), blocking AS MATERIALIZED (
	SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids($1)) AS pid
), held AS (
	SELECT l.pid, l.virtualtransaction, pg_catalog.string_agg(DISTINCT l.mode, ',' ORDER BY l.mode) AS modes
	FROM pg_catalog.pg_locks l, wanted w
	WHERE ROW(l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid)
		IS NOT DISTINCT FROM
		ROW(w.locktype, w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid)
	GROUP BY l.pid, l.virtualtransaction
)
SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(a.backend_type, ''), coalesce(a.state, ''),
	coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start), 0)::float8, pg_catalog.left(coalesce(a.query, ''), 1000),
	coalesce((SELECT modes FROM held h WHERE h.pid = a.pid LIMIT 1), ''), ''
FROM blocking JOIN pg_catalog.pg_stat_activity a USING (pid)
UNION ALL
SELECT 0, p.owner, '', '', '', extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::float8, '', h.modes, p.gid
FROM held h JOIN pg_catalog.pg_locks x ON x.pid IS NULL AND x.virtualtransaction = h.virtualtransaction AND x.locktype = 'transactionid'
JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = x.transactionid
WHERE h.pid IS NULL AND EXISTS (SELECT FROM blocking b WHERE b.pid = 0)
ORDER BY 6 DESC`

func readBlockers(ctx context.Context, conn *pgx.Conn, pid int32) ([]Blocker, error) {
	rows, err := conn.Query(ctx, blockersQuery, pgx.QueryExecModeExec, pid)
	if err != nil {
		return nil, fmt.Errorf("look for blockers: %w", err)
	}
	blockers, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Blocker, error) {
		var b Blocker
		var seconds float64
		err := row.Scan(&b.PID, &b.User, &b.Application, &b.Backend, &b.State, &seconds, &b.Query, &b.Mode, &b.Prepared)
		b.Age = time.Duration(seconds * float64(time.Second))
		b.Mode = spellModes(b.Mode)
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for blockers: %w", err)
	}
	return blockers, nil
}

// spellModes turns "AccessShareLock,RowExclusiveLock" into the manual's words.
func spellModes(modes string) string {
	words := strings.Split(modes, ",")
	for i, word := range words {
		if mode, err := schema.ParseLockMode(word); err == nil {
			words[i] = mode.String()
		}
	}
	return strings.Join(words, ", ")
}
