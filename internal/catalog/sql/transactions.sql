-- Transactions of this database that are older than $1 seconds and hold locks on
-- tables or a snapshot, the oldest first. A prepared one belongs to no process:
-- its locks have the virtual transaction of the lock on its transaction id.
WITH held (pid, prepared, locks) AS (
	SELECT l.pid, CASE WHEN l.pid IS NULL THEN l.virtualtransaction END,
		json_agg(json_build_object('mode', l.mode, 'schema', n.nspname, 'name', c.relname) ORDER BY n.nspname, c.relname, l.mode)
	FROM pg_catalog.pg_locks AS l
	JOIN pg_catalog.pg_class AS c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	WHERE l.locktype = 'relation' AND l.granted
	AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
	AND n.nspname NOT IN ('pg_catalog', 'information_schema')
	GROUP BY 1, 2
)
SELECT row_to_json(r)
FROM (
	SELECT {{template "session"}}, held.locks
	FROM pg_catalog.pg_stat_activity AS a
	LEFT JOIN held ON held.pid = a.pid
	WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
	AND a.xact_start < clock_timestamp() - make_interval(secs => $1::float8)
	AND (held.locks IS NOT NULL OR a.backend_xmin IS NOT NULL)
	UNION ALL
	SELECT 0, p.owner, p.gid, 'prepared', extract(epoch FROM clock_timestamp() - p.prepared)::float8, '', false, false, held.locks
	FROM pg_catalog.pg_prepared_xacts AS p
	JOIN pg_catalog.pg_locks AS l ON l.locktype = 'transactionid' AND l.transactionid = p.transaction AND l.pid IS NULL AND l.granted
	JOIN held ON held.prepared = l.virtualtransaction
	WHERE p.database = current_database() AND p.prepared < clock_timestamp() - make_interval(secs => $1::float8)
	ORDER BY seconds DESC, pid
) AS r
