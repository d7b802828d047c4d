-- Sessions that the backend $1 waits for, with the locks that they hold on the
-- relations that it has locked or waits for. Process 0 is a prepared
-- transaction.
SELECT row_to_json(r)
FROM (
	SELECT
		blocker.pid, a.usename AS "user", coalesce(a.application_name, '') AS application,
		coalesce(a.state, '') AS state,
		coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS seconds,
		coalesce(left(a.query, 500), '') AS query, coalesce(a.backend_xmin IS NOT NULL, false) AS snapshot,
		coalesce(a.backend_type = 'autovacuum worker' AND a.query LIKE '%(to prevent wraparound)', false) AS wraparound,
		held.locks
	FROM (SELECT DISTINCT unnest(pg_blocking_pids($1::int4)) AS pid) AS blocker
	LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = blocker.pid
	CROSS JOIN LATERAL (
		{{- template "locks"}}
		AND coalesce(l.pid, 0) = blocker.pid
		AND l.relation IN (SELECT w.relation FROM pg_catalog.pg_locks AS w WHERE w.pid = $1::int4 AND NOT w.granted)
	) AS held (locks)
	ORDER BY a.xact_start NULLS FIRST, blocker.pid
) AS r
