-- How many statements of this database pg_stat_statements hides from this role.
SELECT row_to_json(r)
FROM (
	SELECT count(*) AS hidden
	FROM @extschema@.pg_stat_statements AS s
	WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) AND s.queryid IS NULL
) AS r
