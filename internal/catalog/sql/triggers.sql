-- User triggers of the tables $1: those of open transitions are read with them.
SELECT row_to_json(r)
FROM (
	SELECT
		t.tgrelid::int8 AS "table", t.tgname AS name, n.nspname AS function_schema, p.proname AS function_name,
		t.tgtype AS type, t.tgenabled = 'D' AS disabled
	FROM pg_catalog.pg_trigger AS t
	JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
	WHERE t.tgrelid = ANY ($1::oid[])
	AND NOT t.tgisinternal AND n.nspname <> 'pgphase'
	ORDER BY t.tgrelid, t.tgname
) AS r
