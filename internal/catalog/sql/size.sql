-- What the table $1.$2 and its partitions occupy right now. The catalog knows it
-- only as of the last VACUUM, ANALYZE or index build.
-- Whoever holds ACCESS EXCLUSIVE on one of them is waited for no longer than $3:
-- the setting is there before the first row is, and ends with the statement.
WITH RECURSIVE bound AS MATERIALIZED (
	SELECT set_config('lock_timeout', $3::text, true)
),
part (oid) AS (
	SELECT c.oid
	FROM pg_catalog.pg_class AS c
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind IN ('r', 'p', 'f')
	UNION
	SELECT i.inhrelid
	FROM part
	JOIN pg_catalog.pg_inherits AS i ON i.inhparent = part.oid
	JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
)
SELECT row_to_json(r)
FROM (
	SELECT
		sum(pg_relation_size(oid))::int8 AS table_bytes,
		sum(pg_indexes_size(oid))::int8 AS index_bytes,
		sum(pg_total_relation_size(oid))::int8 AS total_bytes
	FROM bound
	CROSS JOIN part
	HAVING count(*) > 0
) AS r
