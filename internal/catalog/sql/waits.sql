-- Sessions of this database that wait for a lock of somebody else, the longest
-- wait first. waitstart is NULL for a moment after the wait has begun (manual,
-- pg_locks).
SELECT row_to_json(r)
FROM (
	SELECT
		a.pid, a.usename AS "user", coalesce(a.application_name, '') AS application, coalesce(left(a.query, 500), '') AS query,
		coalesce(extract(epoch FROM clock_timestamp() - w.waitstart), 0)::float8 AS seconds,
		CASE WHEN w.locktype = 'relation' THEN w.mode ELSE '' END AS mode,
		n.nspname AS schema, c.relname AS name
	FROM (
		SELECT DISTINCT ON (pid) pid, waitstart, locktype, mode, relation
		FROM pg_catalog.pg_locks WHERE NOT granted AND pid IS NOT NULL ORDER BY pid
	) AS w
	JOIN pg_catalog.pg_stat_activity AS a ON a.pid = w.pid
	LEFT JOIN pg_catalog.pg_class AS c ON c.oid = w.relation
	LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
	ORDER BY w.waitstart, a.pid
	LIMIT $1::int
) AS r
