-- Sequences that no extension manages, and the columns that they go with.
SELECT row_to_json(r)
FROM (
	SELECT
		n.nspname AS schema, s.relname AS name, pg_get_userbyid(s.relowner) AS owner,
		pg_has_role(s.relowner, 'USAGE') AS owned, obj_description(s.oid, 'pg_class') AS comment,
		q.seqtypid::regtype::text AS type, q.seqstart AS start, q.seqincrement AS increment,
		q.seqmin AS min_value, q.seqmax AS max_value, q.seqcache AS cache, q.seqcycle AS cycle,
		CASE WHEN a.attnum IS NOT NULL THEN json_build_object(
			'table', json_build_object('schema', tn.nspname, 'name', c.relname), 'column', a.attname
		) END AS column, dep.deptype = 'i' AS identity
	FROM pg_catalog.pg_class AS s
	JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
	JOIN pg_catalog.pg_sequence AS q ON q.seqrelid = s.oid
	LEFT JOIN pg_catalog.pg_depend AS dep
		ON dep.classid = 'pg_catalog.pg_class'::regclass AND dep.objid = s.oid AND dep.objsubid = 0
		AND dep.refclassid = 'pg_catalog.pg_class'::regclass AND dep.refobjsubid > 0 AND dep.deptype IN ('a', 'i')
	LEFT JOIN pg_catalog.pg_class AS c ON c.oid = dep.refobjid
	LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = c.relnamespace
	LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = dep.refobjsubid
	WHERE s.relkind = 'S'
	AND NOT EXISTS (
		SELECT FROM pg_catalog.pg_depend AS member
		WHERE member.classid = 'pg_catalog.pg_class'::regclass AND member.objid = s.oid AND member.deptype = 'e'
	)
{{- if .All}}
	AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND $1::jsonb IS NOT NULL
{{- else}}
	AND n.nspname IN (SELECT wanted.schema FROM jsonb_to_recordset($1::jsonb) AS wanted (schema text))
{{- end}}
) AS r
