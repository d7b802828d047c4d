-- The schema of pg_stat_statements, from the version on that PostgreSQL 14 has.
SELECT row_to_json(r)
FROM (
	SELECT n.nspname AS schema
	FROM pg_catalog.pg_extension AS e
	JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
	WHERE e.extname = 'pg_stat_statements' AND e.extversion::text ~ '^1\.([89]|\d\d)'
) AS r
