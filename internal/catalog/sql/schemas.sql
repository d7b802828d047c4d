-- Schemas of users, and what the role may do in them.
SELECT row_to_json(r)
FROM (
	SELECT
		n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner,
		has_schema_privilege(n.oid, 'CREATE') AS may_create, has_schema_privilege(n.oid, 'USAGE') AS may_use
	FROM pg_catalog.pg_namespace AS n
	WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
) AS r
