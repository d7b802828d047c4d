-- Constraints of the tables $1, and foreign keys of others that reference them.
SELECT row_to_json(r)
FROM (
	SELECT
		con.oid::int8 AS oid, con.conrelid::int8 AS "table", n.nspname AS table_schema, c.relname AS table_name,
		con.conname AS name, con.contype::text AS type, con.condeferrable AS deferrable, con.condeferred AS deferred,
		con.convalidated AS validated, con.connoinherit AS no_inherit, con.coninhcount > 0 AS inherited,
		{{if ge .Version 180000}}con.conenforced{{else}}true{{end}} AS enforced,
		{{if ge .Version 180000}}con.conperiod{{else}}false{{end}} AS period,
		con.conindid::int8 AS index, con.conparentid <> 0 AS has_parent,
		coalesce(parent.conrelid = con.conrelid, false) AS parent_on_same_table,
		ds.description AS comment,
		(
			SELECT json_agg(a.attname ORDER BY key.position)
			FROM unnest(con.conkey) WITH ORDINALITY AS key (attnum, position)
			JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = key.attnum
		) AS columns,
		pg_get_expr(con.conbin, con.conrelid) AS expression,
		con.confrelid::int8 AS references, rn.nspname AS references_schema, rc.relname AS references_name,
		coalesce(rc.relkind = 'p', false) AS references_partitioned,
		(
			SELECT json_agg(a.attname ORDER BY key.position)
			FROM unnest(con.confkey) WITH ORDINALITY AS key (attnum, position)
			JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.confrelid AND a.attnum = key.attnum
		) AS referenced_columns,
		con.confmatchtype::text AS match, con.confdeltype::text AS on_delete, con.confupdtype::text AS on_update,
		{{if ge .Version 150000}}(
			SELECT json_agg(a.attname ORDER BY key.position)
			FROM unnest(con.confdelsetcols) WITH ORDINALITY AS key (attnum, position)
			JOIN pg_catalog.pg_attribute AS a ON a.attrelid = con.conrelid AND a.attnum = key.attnum
		){{else}}NULL::json{{end}} AS on_delete_columns,
		(
			SELECT json_agg(json_build_object('schema', opn.nspname, 'name', op.oprname) ORDER BY key.position)
			FROM unnest(con.conexclop) WITH ORDINALITY AS key (operator, position)
			JOIN pg_catalog.pg_operator AS op ON op.oid = key.operator
			JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.oprnamespace
		) AS operators
	FROM pg_catalog.pg_constraint AS con
	JOIN pg_catalog.pg_class AS c ON c.oid = con.conrelid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	LEFT JOIN pg_catalog.pg_constraint AS parent ON parent.oid = con.conparentid
	LEFT JOIN pg_catalog.pg_class AS rc ON rc.oid = con.confrelid
	LEFT JOIN pg_catalog.pg_namespace AS rn ON rn.oid = rc.relnamespace
	LEFT JOIN pg_catalog.pg_description AS ds
		ON ds.classoid = 'pg_catalog.pg_constraint'::regclass AND ds.objoid = con.oid AND ds.objsubid = 0
	WHERE con.contype IN ('p', 'u', 'c', 'x', 'f', 'n')
	AND (
		con.conrelid = ANY ($1::oid[])
		OR con.contype = 'f' AND con.confrelid = ANY ($1::oid[])
	)
	ORDER BY n.nspname, c.relname, con.conname
) AS r
