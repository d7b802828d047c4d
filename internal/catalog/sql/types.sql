-- Facts of the types that columns of the tables $1 have or that $2 lists, and
-- of the types below the domains among them.
WITH RECURSIVE used (oid) AS (
	(
		SELECT a.atttypid
		FROM pg_catalog.pg_attribute AS a
		WHERE a.attrelid = ANY ($1::oid[])
		AND a.attnum > 0 AND NOT a.attisdropped
		UNION
		SELECT unnest($2::oid[])
	)
	UNION
	SELECT t.typbasetype
	FROM used
	JOIN pg_catalog.pg_type AS t ON t.oid = used.oid
	WHERE t.typtype = 'd'
)
SELECT row_to_json(r)
FROM (
	SELECT
		t.oid::int8 AS oid, format_type(t.oid, NULL) AS name, t.typtype::text AS kind, t.typlen AS length,
		t.typalign::text AS align, t.typstorage::text AS storage,
		t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1 AS array,
		CASE WHEN t.typtype = 'd' THEN t.typbasetype::int8 END AS base,
		CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base_type,
		t.typnotnull OR EXISTS (
			SELECT FROM pg_catalog.pg_constraint AS con WHERE con.contypid = t.oid AND con.contype IN ('c', 'n')
		) AS constrained,
		(
			SELECT json_agg(format_type(ca.casttarget, NULL) ORDER BY format_type(ca.casttarget, NULL))
			FROM pg_catalog.pg_cast AS ca
			WHERE ca.castsource = t.oid AND ca.castmethod = 'b'
		) AS casts_to
	FROM used
	JOIN pg_catalog.pg_type AS t ON t.oid = used.oid
) AS r
