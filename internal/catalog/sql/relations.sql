-- Tables of users, or those named in $1 with all that inherits from them.
-- Foreign tables matter only as partitions. A table that is being renamed is
-- found by its other name, that of a view, as well.
WITH RECURSIVE scope (oid) AS (
{{- if .All}}
	SELECT c.oid
	FROM pg_catalog.pg_class AS c
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	WHERE (c.relkind IN ('r', 'p') OR c.relkind = 'f' AND c.relispartition)
	AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgphase') AND $1::jsonb IS NOT NULL
{{- else}}
	SELECT coalesce(behind.oid, c.oid)
	FROM jsonb_to_recordset($1::jsonb) AS wanted (schema text, name text)
	JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
	JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
	LEFT JOIN LATERAL (
		SELECT t.oid
		FROM pg_catalog.pg_rewrite AS rw
		JOIN pg_catalog.pg_depend AS d
			ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = rw.oid
			AND d.refclassid = 'pg_catalog.pg_class'::regclass
		JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p')
		WHERE rw.ev_class = c.oid AND c.relkind = 'v'
		AND obj_description(c.oid, 'pg_class') LIKE 'pgphase: %'
		LIMIT 1
	) AS behind ON true
	WHERE c.relkind IN ('r', 'p') OR behind.oid IS NOT NULL
	UNION
	SELECT i.inhrelid
	FROM scope
	JOIN pg_catalog.pg_inherits AS i ON i.inhparent = scope.oid
	JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f')
{{- end}}
)
SELECT row_to_json(r)
FROM (
	SELECT
		c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
		c.relpersistence::text AS persistence, pg_get_userbyid(c.relowner) AS owner,
		pg_has_role(c.relowner, 'USAGE') AS owned,
		has_table_privilege(c.oid, 'REFERENCES') AS may_reference,
		c.relrowsecurity AND row_security_active(c.oid) AS filtered,
		ds.description AS comment, c.reloptions AS options, toast.reloptions AS toast_options,
		ts.spcname AS tablespace, c.relreplident::text AS replica_identity,
		c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
		nullif(am.amname, 'heap') AS access_method, ext.extname AS extension,
		c.relispartition AS is_partition, pg_get_expr(c.relpartbound, c.oid) AS bound,
		c.reltuples AS tuples, c.relpages::int8 AS pages, coalesce(toast.relpages, 0)::int8 AS toast_pages,
		current_setting('block_size')::int8 AS page_size,
		(
			SELECT json_agg(json_build_object('oid', i.inhparent::int8, 'schema', pn.nspname, 'name', p.relname,
				'detach_pending', i.inhdetachpending,
				'default', CASE WHEN dc.oid IS NOT NULL THEN json_build_object('schema', dn.nspname, 'name', dc.relname) END) ORDER BY i.inhseqno)
			FROM pg_catalog.pg_inherits AS i
			JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
			JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
			LEFT JOIN pg_catalog.pg_partitioned_table AS pp ON pp.partrelid = p.oid
			LEFT JOIN pg_catalog.pg_class AS dc ON dc.oid = pp.partdefid
			LEFT JOIN pg_catalog.pg_namespace AS dn ON dn.oid = dc.relnamespace
			WHERE i.inhrelid = c.oid
		) AS parents,
		CASE WHEN c.relacl IS NOT NULL THEN (
			SELECT json_agg(json_build_object('grantee', CASE WHEN acl.grantee <> 0 THEN pg_get_userbyid(acl.grantee) END,
				'privilege', acl.privilege_type, 'grantable', acl.is_grantable))
			FROM aclexplode(c.relacl) AS acl
			WHERE acl.grantee <> c.relowner
		) END AS grants,
		{{- template "partition_key"}}
	FROM scope
	JOIN pg_catalog.pg_class AS c ON c.oid = scope.oid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	LEFT JOIN pg_catalog.pg_class AS toast ON toast.oid = c.reltoastrelid
	LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace
	LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
	LEFT JOIN pg_catalog.pg_partitioned_table AS pt ON pt.partrelid = c.oid
	LEFT JOIN pg_catalog.pg_description AS ds
		ON ds.classoid = 'pg_catalog.pg_class'::regclass AND ds.objoid = c.oid AND ds.objsubid = 0
	LEFT JOIN pg_catalog.pg_depend AS d
		ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
		AND d.refclassid = 'pg_catalog.pg_extension'::regclass
	LEFT JOIN pg_catalog.pg_extension AS ext ON ext.oid = d.refobjid
	ORDER BY n.nspname, c.relname
) AS r
