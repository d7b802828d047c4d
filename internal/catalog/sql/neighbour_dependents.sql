-- What a drop of the schema, type or sequence $1 would meet (2BP01), with the
-- object that it goes with: a table, where it is or belongs to one, and the
-- column of it. $2 is namespace, type or class.
WITH target AS (
	SELECT 'pg_catalog.pg_namespace'::regclass AS classid, to_regnamespace($1)::oid AS oid WHERE $2 = 'namespace'
	UNION ALL
	SELECT 'pg_catalog.pg_type'::regclass, t.oid
	FROM pg_catalog.pg_type AS own
	JOIN pg_catalog.pg_type AS t ON t.oid IN (own.oid, own.typarray)
	WHERE $2 = 'type' AND own.oid = to_regtype($1)
	UNION ALL
	SELECT 'pg_catalog.pg_class'::regclass, to_regclass($1)::oid WHERE $2 = 'class'
),
dependent AS (
	SELECT DISTINCT d.classid, d.objid, d.objsubid
	FROM target
	JOIN pg_catalog.pg_depend AS d ON d.refclassid = target.classid AND d.refobjid = target.oid AND d.deptype = 'n'
),
located AS (
	SELECT
		dependent.classid, dependent.objid, dependent.objsubid, c.oid AS relation,
		coalesce(ad.adnum, nullif(dependent.objsubid, 0)) AS attnum
	FROM dependent
	LEFT JOIN pg_catalog.pg_attrdef AS ad
		ON dependent.classid = 'pg_catalog.pg_attrdef'::regclass AND ad.oid = dependent.objid
	LEFT JOIN pg_catalog.pg_constraint AS con
		ON dependent.classid = 'pg_catalog.pg_constraint'::regclass AND con.oid = dependent.objid
	LEFT JOIN pg_catalog.pg_index AS i
		ON dependent.classid = 'pg_catalog.pg_class'::regclass AND i.indexrelid = dependent.objid
	LEFT JOIN pg_catalog.pg_trigger AS tg
		ON dependent.classid = 'pg_catalog.pg_trigger'::regclass AND tg.oid = dependent.objid
	-- A sequence goes with the column that owns it.
	LEFT JOIN pg_catalog.pg_depend AS own
		ON dependent.classid = 'pg_catalog.pg_class'::regclass
		AND own.classid = dependent.classid AND own.objid = dependent.objid
		AND own.refclassid = dependent.classid AND own.refobjsubid > 0 AND own.deptype IN ('a', 'i')
	LEFT JOIN pg_catalog.pg_class AS c
		ON c.oid = coalesce(ad.adrelid, nullif(con.conrelid, 0), i.indrelid, tg.tgrelid, own.refobjid,
			CASE WHEN dependent.classid = 'pg_catalog.pg_class'::regclass THEN dependent.objid END)
)
SELECT row_to_json(r)
FROM (
	SELECT
		pg_describe_object(located.classid, located.objid, located.objsubid) AS name,
		CASE
			WHEN c.oid IS NOT NULL THEN json_build_object('schema', n.nspname, 'name', c.relname)
			WHEN t.oid IS NOT NULL THEN json_build_object('schema', tn.nspname, 'name', t.typname)
		END AS object,
		a.attname AS column
	FROM located
	-- A partition goes with its table.
	LEFT JOIN pg_catalog.pg_class AS c ON c.oid = coalesce(pg_partition_root(located.relation), located.relation)
	LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	LEFT JOIN pg_catalog.pg_type AS t ON located.classid = 'pg_catalog.pg_type'::regclass AND t.oid = located.objid
	LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace
	LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = located.relation AND a.attnum = located.attnum
	ORDER BY 1
) AS r
