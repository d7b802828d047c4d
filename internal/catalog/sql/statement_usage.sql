-- Statements of this database that name the table $1 and one of the words $2, or
-- the table alone where there are none, the most frequent first. Names of other
-- characters than letters, digits and underscores have no boundaries to look for.
-- Only what applications run: DDL and the batches of a backfill are our own.
WITH word (name, is_table, pattern) AS (
	SELECT name, name = $1::text, CASE WHEN name ~ '^\w+$' THEN '\m' || lower(name) || '\M' END
	FROM (SELECT $1::text UNION SELECT jsonb_array_elements_text($2::jsonb)) AS named (name)
),
statement AS (
	SELECT lower(s.query) AS text, s.query, s.calls, {{if ge .Version 170000}}s.stats_since{{else}}NULL::timestamptz{{end}} AS since
	FROM @extschema@.pg_stat_statements AS s
	WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
	AND s.query ~* '^\s*(/\*.*?\*/\s*)*(select|insert|update|delete|merge|with|copy|table|declare|values)\M'
	AND s.query NOT LIKE '%ctid >= $%'
)
SELECT row_to_json(r)
FROM (
	SELECT min(s.query) AS query, sum(s.calls)::int8 AS calls, min(s.since) AS since,
		(SELECT stats_reset FROM @extschema@.pg_stat_statements_info) AS reset, clock_timestamp() AS now
	FROM statement AS s
	WHERE EXISTS (SELECT FROM word WHERE is_table AND CASE WHEN pattern IS NULL THEN strpos(s.text, lower(name)) > 0 ELSE s.text ~ pattern END)
	AND (
		NOT EXISTS (SELECT FROM word WHERE NOT is_table)
		OR EXISTS (SELECT FROM word WHERE NOT is_table AND CASE WHEN pattern IS NULL THEN strpos(s.text, lower(name)) > 0 ELSE s.text ~ pattern END)
	)
	GROUP BY s.text
	ORDER BY 2 DESC, 1
	LIMIT 5
) AS r
