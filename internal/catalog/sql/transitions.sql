-- Open transitions of the tables $1: from the ledger where there is one that
-- the role may read, and from the comments on their triggers and views, which
-- survive the ledger.
SELECT row_to_json(r)
FROM (
{{- if .Ledger}}
	SELECT c.oid::int8 AS "table", t.definition, t.phase, NULL AS comment, NULL AS trigger, NULL AS function
	FROM pgphase.transitions AS t
	JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.table_schema
	JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.table_name
	WHERE t.contracted_at IS NULL AND t.rolled_back_at IS NULL
	AND c.oid = ANY ($1::oid[])
	UNION ALL
{{- end}}
	-- The copies on partitions have a parent.
	SELECT t.tgrelid::int8 AS "table", NULL AS definition, NULL AS phase, ds.description AS comment,
		t.tgname AS trigger, p.proname AS function
	FROM pg_catalog.pg_trigger AS t
	JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = 'pgphase'
	LEFT JOIN pg_catalog.pg_description AS ds
		ON ds.classoid = 'pg_catalog.pg_trigger'::regclass AND ds.objoid = t.oid AND ds.objsubid = 0
	WHERE t.tgrelid = ANY ($1::oid[])
	AND NOT t.tgisinternal AND t.tgparentid = 0
	UNION ALL
	SELECT DISTINCT d.refobjid::int8, NULL::jsonb, NULL, ds.description, NULL::name, NULL::name
	FROM pg_catalog.pg_depend AS d
	JOIN pg_catalog.pg_rewrite AS rw ON rw.oid = d.objid AND rw.rulename = '_RETURN'
	JOIN pg_catalog.pg_class AS v ON v.oid = rw.ev_class AND v.relkind = 'v'
	JOIN pg_catalog.pg_description AS ds
		ON ds.classoid = 'pg_catalog.pg_class'::regclass AND ds.objoid = v.oid AND ds.objsubid = 0
	WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
	AND d.refobjid = ANY ($1::oid[])
	AND ds.description LIKE 'pgphase: %'
) AS r
