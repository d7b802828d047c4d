-- How often rows of the table $1.$2 and its partitions were updated.
WITH RECURSIVE part (oid) AS (
	SELECT c.oid
	FROM pg_catalog.pg_class AS c
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	WHERE n.nspname = $1::text AND c.relname = $2::text AND c.relkind IN ('r', 'p')
	UNION
	SELECT i.inhrelid
	FROM part
	JOIN pg_catalog.pg_inherits AS i ON i.inhparent = part.oid
	JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
)
SELECT row_to_json(r)
FROM (
	SELECT
		sum(pg_stat_get_tuples_updated(oid))::int8 AS all,
		sum(pg_stat_get_tuples_hot_updated(oid))::int8 AS hot
	FROM part
	HAVING count(*) > 0
) AS r
