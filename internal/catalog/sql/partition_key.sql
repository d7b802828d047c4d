{{- /* The partition key of the table c with the row pt. */ -}}
{{define "partition_key"}}
		pt.partstrat::text AS strategy, pg_get_partkeydef(pt.partrelid) AS partition_key,
		pg_get_expr(pt.partexprs, pt.partrelid) AS partition_expressions,
		(
			SELECT json_agg(json_build_object(
				'column', a.attname,
				'collation', CASE WHEN co.oid IS NOT NULL THEN json_build_object('schema', cn.nspname, 'name', co.collname) END,
				'operator_class', json_build_object('schema', opn.nspname, 'name', op.opcname)) ORDER BY k)
			FROM generate_series(0, pt.partnatts - 1) AS k
			LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = pt.partattrs[k] AND a.attnum > 0
			LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = pt.partcollation[k]
			LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
			JOIN pg_catalog.pg_opclass AS op ON op.oid = pt.partclass[k]
			JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.opcnamespace
		) AS partition_parts
{{- end}}
