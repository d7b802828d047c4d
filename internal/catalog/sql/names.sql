-- What else has a name: relations and types share one namespace where tables
-- are concerned, because every table has a row type of its name.
SELECT row_to_json(r)
FROM (
	SELECT n.nspname AS schema, named.name, named.kind, member.objid IS NOT NULL AS member
	FROM pg_catalog.pg_namespace AS n
	JOIN (
		SELECT c.relnamespace AS namespace, c.relname AS name, c.relkind::text AS kind,
			'pg_catalog.pg_class'::regclass AS catalog, c.oid
		FROM pg_catalog.pg_class AS c
		WHERE c.relkind <> 'c'
		UNION ALL
		SELECT t.typnamespace, t.typname, 'type', 'pg_catalog.pg_type'::regclass, t.oid
		FROM pg_catalog.pg_type AS t
		LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
		WHERE (t.typrelid = 0 OR c.relkind = 'c')
		AND NOT (t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1)
	) AS named ON named.namespace = n.oid
	LEFT JOIN pg_catalog.pg_depend AS member
		ON member.classid = named.catalog AND member.objid = named.oid AND member.objsubid = 0 AND member.deptype = 'e'
{{- if .All}}
	WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND $1::jsonb IS NOT NULL
{{- else}}
	WHERE n.nspname IN (SELECT wanted.schema FROM jsonb_to_recordset($1::jsonb) AS wanted (schema text))
{{- end}}
) AS r
