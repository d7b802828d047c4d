-- Indexes of the tables $1.
SELECT row_to_json(r)
FROM (
	SELECT
		i.indexrelid::int8 AS oid, i.indrelid::int8 AS "table", n.nspname AS schema, c.relname AS name,
		am.amname AS method, pg_get_indexdef(i.indexrelid) AS definition,
		i.indisunique AS unique, i.indisprimary AS primary, i.indisvalid AND i.indislive AS valid, i.indisreplident AS replica_identity,
		i.indisclustered AS clustered,
		{{if ge .Version 150000}}i.indnullsnotdistinct{{else}}false{{end}} AS nulls_not_distinct,
		c.reloptions AS options, ts.spcname AS tablespace, ds.description AS comment, c.relpages::int8 AS pages,
		con.conname AS constraint, i.indpred IS NOT NULL AS partial, pg_get_expr(i.indpred, i.indrelid) AS predicate,
		parent.nspname AS parent_schema, parent.relname AS parent_name,
		(
			SELECT json_agg(json_build_object(
				'column', a.attname,
				'text', pg_get_indexdef(i.indexrelid, k + 1, false),
				'collation', CASE WHEN co.oid IS NOT NULL THEN json_build_object('schema', cn.nspname, 'name', co.collname) END,
				'operator_class', json_build_object('schema', opn.nspname, 'name', op.opcname),
				'options', ia.attoptions, 'flags', i.indoption[k]) ORDER BY k)
			FROM generate_series(0, i.indnkeyatts - 1) AS k
			JOIN pg_catalog.pg_attribute AS ia ON ia.attrelid = i.indexrelid AND ia.attnum = k + 1
			LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] AND i.indkey[k] <> 0
			LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = i.indcollation[k]
			LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
			JOIN pg_catalog.pg_opclass AS op ON op.oid = i.indclass[k]
			JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.opcnamespace
		) AS keys,
		(
			SELECT json_agg(a.attname ORDER BY k)
			FROM generate_series(i.indnkeyatts, i.indnatts - 1) AS k
			JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]
		) AS include,
		(
			SELECT json_agg(a.attname ORDER BY a.attnum)
			FROM pg_catalog.pg_attribute AS a
			WHERE a.attrelid = i.indrelid AND a.attnum > 0
			AND (
				a.attnum = ANY (i.indkey::int2[])
				OR (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND EXISTS (
					SELECT FROM pg_catalog.pg_depend AS d
					WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
					AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid
					AND d.refobjsubid = a.attnum
				)
			)
		) AS columns
	FROM pg_catalog.pg_index AS i
	JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
	LEFT JOIN pg_catalog.pg_tablespace AS ts ON ts.oid = c.reltablespace
	LEFT JOIN pg_catalog.pg_constraint AS con
		ON con.conrelid = i.indrelid AND con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x')
	LEFT JOIN pg_catalog.pg_description AS ds
		ON ds.classoid = 'pg_catalog.pg_class'::regclass AND ds.objoid = c.oid AND ds.objsubid = 0
	LEFT JOIN (
		SELECT inh.inhrelid, pn.nspname, p.relname
		FROM pg_catalog.pg_inherits AS inh
		JOIN pg_catalog.pg_class AS p ON p.oid = inh.inhparent
		JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
	) AS parent ON parent.inhrelid = i.indexrelid
	WHERE i.indrelid = ANY ($1::oid[])
	ORDER BY n.nspname, c.relname
) AS r
