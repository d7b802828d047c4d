-- The partition key of the table that $1 names, as sql/relations.sql has it.
SELECT row_to_json(r)
FROM (
	SELECT
		c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
		c.relreplident::text AS replica_identity,
		{{- template "partition_key"}}
	FROM pg_catalog.pg_class AS c
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	JOIN pg_catalog.pg_partitioned_table AS pt ON pt.partrelid = c.oid
	WHERE c.oid = $1::text::regclass
) AS r
