-- What would keep the view $1.$2 from being dropped.
SELECT row_to_json(r)
FROM (
	SELECT DISTINCT o.type || ' ' || o.identity AS object
	FROM pg_catalog.pg_class AS v
	JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
	JOIN pg_catalog.pg_depend AS d ON d.deptype = 'n'
		AND (
			d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = v.oid
			OR d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (
				v.reltype, (SELECT t.typarray FROM pg_catalog.pg_type AS t WHERE t.oid = v.reltype))
		)
	LEFT JOIN pg_catalog.pg_rewrite AS rule ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND rule.oid = d.objid
	CROSS JOIN LATERAL pg_identify_object(
		CASE WHEN rule.ev_class IS NULL THEN d.classid ELSE 'pg_catalog.pg_class'::regclass END,
		coalesce(rule.ev_class, d.objid), CASE WHEN rule.ev_class IS NULL THEN d.objsubid ELSE 0 END) AS o
	WHERE n.nspname = $1::text AND v.relname = $2::text AND v.relkind = 'v'
	AND rule.ev_class IS DISTINCT FROM v.oid
	ORDER BY 1
) AS r
