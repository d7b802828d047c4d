-- The expression of a replacement, stored as the check $2 of the table $1 that
-- it IS NOT NULL. conkey has 0 for the row as a whole, and a negative number
-- for a system column.
SELECT row_to_json(r)
FROM (
	SELECT
		pg_get_expr(con.conbin, con.conrelid) AS test,
		{{template "volatility.sql" "con.conbin"}} AS volatility,
		EXISTS (SELECT FROM unnest(con.conkey) AS key (attnum) WHERE key.attnum <= 0) AS beyond
	FROM pg_catalog.pg_constraint AS con
	WHERE con.conrelid = $1::text::regclass AND con.conname = $2::text
) AS r
