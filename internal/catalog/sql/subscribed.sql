-- Tables that a subscription of this database fills.
SELECT row_to_json(r)
FROM (
	SELECT n.nspname AS schema, c.relname AS name, s.subname AS subscription
	FROM pg_catalog.pg_subscription_rel AS sr
	JOIN pg_catalog.pg_subscription AS s ON s.oid = sr.srsubid
	JOIN pg_catalog.pg_class AS c ON c.oid = sr.srrelid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	ORDER BY n.nspname, c.relname, s.subname
) AS r
