-- How often the indexes $1 were scanned, with those of their partitions.
WITH RECURSIVE named AS (
	SELECT c.oid, n.nspname, c.relname
	FROM jsonb_to_recordset($1::jsonb) AS wanted (schema text, name text)
	JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
	JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind IN ('i', 'I')
),
part (root, oid) AS (
	SELECT oid, oid FROM named
	UNION
	SELECT part.root, i.inhrelid FROM part JOIN pg_catalog.pg_inherits AS i ON i.inhparent = part.oid
)
SELECT row_to_json(r)
FROM (
	SELECT
		named.nspname AS schema, named.relname AS name,
		sum(pg_stat_get_numscans(part.oid))::int8 AS scans,
		{{if ge .Version 160000}}max(pg_stat_get_lastscan(part.oid)){{else}}NULL::timestamptz{{end}} AS last_scan,
		(SELECT stats_reset FROM pg_catalog.pg_stat_database WHERE datname = current_database()) AS since,
		clock_timestamp() AS now
	FROM named
	JOIN part ON part.root = named.oid
	GROUP BY named.nspname, named.relname
	ORDER BY named.nspname, named.relname
) AS r
