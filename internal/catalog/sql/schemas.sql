-- Schemas of users, and what the role may do in them.
SELECT row_to_json(r)
FROM (
	SELECT
		n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner,
		pg_has_role(n.nspowner, 'USAGE') AS owned, obj_description(n.oid, 'pg_namespace') AS comment,
		EXISTS (
			SELECT FROM pg_catalog.pg_depend AS member
			WHERE member.classid = 'pg_catalog.pg_namespace'::regclass AND member.objid = n.oid AND member.deptype = 'e'
		) AS member,
		has_schema_privilege(n.oid, 'CREATE') AS may_create, has_schema_privilege(n.oid, 'USAGE') AS may_use,
		CASE WHEN transitions.oid IS NOT NULL THEN obj_description(n.oid, 'pg_namespace') END AS ledger,
		has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(transitions.oid, 'SELECT') AS may_read_ledger,
		has_schema_privilege(n.oid, 'CREATE') AND has_table_privilege(transitions.oid, 'INSERT') AND has_table_privilege(transitions.oid, 'UPDATE')
			AS may_write_ledger
	FROM pg_catalog.pg_namespace AS n
	LEFT JOIN pg_catalog.pg_class AS transitions
		ON n.nspname = 'pgphase' AND transitions.relnamespace = n.oid AND transitions.relname = 'transitions' AND transitions.relkind = 'r'
	WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
) AS r
