-- Objects that pg_depend ties to the tables $1, to columns of them or to their
-- row types. Incoming foreign keys are read with the constraints. What each
-- kind blocks was measured on 14 to 18.
WITH target AS (
	SELECT c.oid, c.reltype, t.typarray
	FROM pg_catalog.pg_class AS c
	LEFT JOIN pg_catalog.pg_type AS t ON t.oid = c.reltype
	WHERE c.oid = ANY ($1::oid[])
),
edge AS (
	SELECT target.oid AS "table", d.classid, d.objid, d.objsubid, d.refobjsubid AS attnum, d.deptype, false AS row_type
	FROM target
	JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = target.oid
	WHERE d.classid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_rewrite'::regclass,
		'pg_catalog.pg_policy'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_proc'::regclass,
		'pg_catalog.pg_attrdef'::regclass, 'pg_catalog.pg_publication_rel'::regclass,
		'pg_catalog.pg_statistic_ext'::regclass)
	UNION ALL
	SELECT target.oid, d.classid, d.objid, d.objsubid, 0, d.deptype, true
	FROM target
	JOIN pg_catalog.pg_depend AS d
		ON d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (target.reltype, target.typarray)
	WHERE d.deptype = 'n'
	AND d.classid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_type'::regclass)
),
dependent AS (
	-- A view is its _RETURN rule.
	SELECT
		edge."table", edge.attnum,
		CASE WHEN r.rulename <> '_RETURN' THEN 'rule' WHEN v.relkind = 'm' THEN 'materialized view' ELSE 'view' END AS kind,
		CASE WHEN r.rulename <> '_RETURN' THEN quote_ident(r.rulename) || ' ON ' ELSE '' END
			|| quote_ident(n.nspname) || '.' || quote_ident(v.relname) AS name,
		edge.deptype = 'n' AS blocks_drop, edge.attnum > 0 AS blocks_retype
	FROM edge
	JOIN pg_catalog.pg_rewrite AS r ON edge.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = edge.objid
	JOIN pg_catalog.pg_class AS v ON v.oid = r.ev_class
	JOIN pg_catalog.pg_namespace AS n ON n.oid = v.relnamespace
	LEFT JOIN pg_catalog.pg_description AS ds
		ON ds.classoid = 'pg_catalog.pg_class'::regclass AND ds.objoid = v.oid AND ds.objsubid = 0
	-- The other name of a table that is being renamed is part of its transition.
	WHERE ds.description IS NULL OR ds.description NOT LIKE 'pgphase: %'
	UNION ALL
	SELECT edge."table", edge.attnum, 'policy',
		quote_ident(p.polname) || ' ON ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
		edge.deptype = 'n', edge.attnum > 0
	FROM edge
	JOIN pg_catalog.pg_policy AS p ON edge.classid = 'pg_catalog.pg_policy'::regclass AND p.oid = edge.objid
	JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	UNION ALL
	-- UPDATE OF and WHEN; the trigger as such is read with the triggers.
	SELECT edge."table", edge.attnum, 'trigger',
		quote_ident(t.tgname) || ' ON ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname), true, true
	FROM edge
	JOIN pg_catalog.pg_trigger AS t ON edge.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = edge.objid
	JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid
	JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.pronamespace
	WHERE NOT t.tgisinternal AND edge.attnum > 0 AND pn.nspname <> 'pgphase'
	UNION ALL
	SELECT edge."table", edge.attnum, 'function', p.oid::regprocedure::text, edge.deptype = 'n', edge.attnum > 0
	FROM edge
	JOIN pg_catalog.pg_proc AS p ON edge.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = edge.objid
	UNION ALL
	-- PostgreSQL 14 ties the two columns to each other and drops the generated
	-- one silently; later versions tie the expression and refuse.
	SELECT edge."table", edge.attnum, 'generated column',
		quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),
		{{if ge .Version 150000}}true{{else}}false{{end}}, true
	FROM edge
	LEFT JOIN pg_catalog.pg_attrdef AS d ON edge.classid = 'pg_catalog.pg_attrdef'::regclass AND d.oid = edge.objid
	JOIN pg_catalog.pg_attribute AS a
		ON a.attrelid = edge."table" AND a.attgenerated <> '' AND a.attnum <> edge.attnum
		AND (
			a.attnum = d.adnum
			OR edge.classid = 'pg_catalog.pg_class'::regclass AND edge.objid = edge."table" AND edge.objsubid = a.attnum
		)
	JOIN pg_catalog.pg_class AS c ON c.oid = edge."table"
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	WHERE edge.attnum > 0 AND NOT edge.row_type
	UNION ALL
	-- Column lists and row filters, both since PostgreSQL 15.
	SELECT edge."table", edge.attnum, 'publication', quote_ident(p.pubname), true, true
	FROM edge
	JOIN pg_catalog.pg_publication_rel AS pr
		ON edge.classid = 'pg_catalog.pg_publication_rel'::regclass AND pr.oid = edge.objid
	JOIN pg_catalog.pg_publication AS p ON p.oid = pr.prpubid
	WHERE edge.attnum > 0
	UNION ALL
	-- They vanish with any of their columns.
	SELECT edge."table", edge.attnum, 'extended statistics', quote_ident(n.nspname) || '.' || quote_ident(s.stxname),
		false, false
	FROM edge
	JOIN pg_catalog.pg_statistic_ext AS s
		ON edge.classid = 'pg_catalog.pg_statistic_ext'::regclass AND s.oid = edge.objid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
	UNION ALL
	-- A column of the row type stores rows of the table: no column of the
	-- table can change its type (unless the other relation stores nothing).
	SELECT edge."table", 0, CASE c.relkind WHEN 'c' THEN 'composite type' ELSE 'column' END,
		quote_ident(n.nspname) || '.' || quote_ident(c.relname)
			|| CASE c.relkind WHEN 'c' THEN '' ELSE '.' || quote_ident(a.attname) END,
		true, c.relkind IN ('r', 'm', 'p', 'c')
	FROM edge
	JOIN pg_catalog.pg_class AS c ON edge.classid = 'pg_catalog.pg_class'::regclass AND c.oid = edge.objid
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = edge.objsubid
	WHERE edge.row_type AND c.relkind IN ('r', 'p', 'm', 'v', 'f', 'c')
	UNION ALL
	SELECT edge."table", 0, 'type', t.oid::regtype::text, true, true
	FROM edge
	JOIN pg_catalog.pg_type AS t ON edge.classid = 'pg_catalog.pg_type'::regclass AND t.oid = edge.objid
	WHERE edge.row_type
)
SELECT row_to_json(r)
FROM (
	SELECT
		dependent."table"::int8 AS "table", dependent.kind, dependent.name,
		coalesce(json_agg(DISTINCT a.attname::text) FILTER (WHERE a.attname IS NOT NULL), '[]') AS columns,
		bool_or(dependent.blocks_drop) AS blocks_drop, bool_or(dependent.blocks_retype) AS blocks_retype
	FROM dependent
	LEFT JOIN pg_catalog.pg_attribute AS a
		ON a.attrelid = dependent."table" AND a.attnum = dependent.attnum AND a.attnum > 0
	GROUP BY dependent."table", dependent.kind, dependent.name
	ORDER BY dependent."table", dependent.kind, dependent.name
) AS r
