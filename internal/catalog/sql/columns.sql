-- Columns of the tables $1, with their sequences.
SELECT row_to_json(r)
FROM (
	SELECT
		a.attrelid::int8 AS "table", a.attnum AS position, a.attname AS name,
		format_type(a.atttypid, a.atttypmod) AS type, a.atttypid::int8 AS type_oid,
		a.attnotnull AS not_null, a.attidentity::text AS identity, a.attgenerated::text AS generated,
		pg_get_expr(d.adbin, d.adrelid) AS expression,
		{{template "volatility.sql" "d.adbin"}} AS volatility,
		CASE WHEN a.attcollation <> t.typcollation
			THEN json_build_object('schema', cn.nspname, 'name', co.collname) END AS collation,
		a.attcompression::text AS compression,
		CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage,
		nullif(a.attstattarget, -1) AS statistics_target,
		ds.description AS comment, a.attinhcount > 0 AS inherited,
		CASE WHEN a.attacl IS NOT NULL THEN (
			SELECT json_agg(json_build_object('grantee', CASE WHEN acl.grantee <> 0 THEN pg_get_userbyid(acl.grantee) END,
				'privilege', acl.privilege_type, 'grantable', acl.is_grantable))
			FROM aclexplode(a.attacl) AS acl
			WHERE acl.grantee <> (SELECT c.relowner FROM pg_catalog.pg_class AS c WHERE c.oid = a.attrelid)
		) END AS grants,
		sequences.identity AS identity_sequence, sequences.owned AS owned_sequence
	FROM pg_catalog.pg_attribute AS a
	JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
	LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
	LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
	LEFT JOIN pg_catalog.pg_description AS ds
		ON ds.classoid = 'pg_catalog.pg_class'::regclass AND ds.objoid = a.attrelid AND ds.objsubid = a.attnum
	LEFT JOIN (
		SELECT
			dep.refobjid, dep.refobjsubid,
			json_agg(described ORDER BY s.oid) FILTER (WHERE dep.deptype = 'i') -> 0 AS identity,
			json_agg(described ORDER BY s.oid) FILTER (WHERE dep.deptype = 'a') -> 0 AS owned
		FROM pg_catalog.pg_class AS s
		JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.relnamespace
		JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = s.oid
		JOIN pg_catalog.pg_depend AS dep
			ON dep.classid = 'pg_catalog.pg_class'::regclass AND dep.objid = s.oid AND dep.objsubid = 0
			AND dep.refclassid = 'pg_catalog.pg_class'::regclass AND dep.refobjsubid > 0 AND dep.deptype IN ('a', 'i')
		CROSS JOIN LATERAL json_build_object(
			'schema', sn.nspname, 'name', s.relname, 'type', q.seqtypid::regtype::text, 'start', q.seqstart,
			'increment', q.seqincrement, 'min_value', q.seqmin, 'max_value', q.seqmax, 'cache', q.seqcache,
			'cycle', q.seqcycle) AS described
		WHERE s.relkind = 'S'
		AND dep.refobjid = ANY ($1::oid[])
		GROUP BY dep.refobjid, dep.refobjsubid
	) AS sequences ON sequences.refobjid = a.attrelid AND sequences.refobjsubid = a.attnum
	WHERE a.attrelid = ANY ($1::oid[])
	AND a.attnum > 0 AND NOT a.attisdropped
	ORDER BY a.attrelid, a.attnum
) AS r
