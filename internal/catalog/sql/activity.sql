-- Sessions with a transaction older than $2 seconds that hold locks on the
-- tables $1, on their partitions, or a snapshot of this database.
WITH RECURSIVE target (oid) AS (
	SELECT c.oid
	FROM jsonb_to_recordset($1::jsonb) AS wanted (schema text, name text)
	JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
	JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
	UNION
	SELECT i.inhrelid
	FROM target
	JOIN pg_catalog.pg_inherits AS i ON i.inhparent = target.oid
)
SELECT row_to_json(r)
FROM (
	SELECT {{template "session"}}, held.locks
	FROM pg_catalog.pg_stat_activity AS a
	CROSS JOIN LATERAL (
		{{- template "locks"}}
		AND l.pid = a.pid AND l.relation IN (SELECT oid FROM target)
	) AS held (locks)
	WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
	AND a.xact_start < clock_timestamp() - make_interval(secs => $2::float8)
	AND (held.locks IS NOT NULL OR a.backend_xmin IS NOT NULL)
	ORDER BY a.xact_start, a.pid
) AS r
