-- Enum types that no extension manages.
SELECT row_to_json(r)
FROM (
	SELECT
		n.nspname AS schema, t.typname AS name, pg_get_userbyid(t.typowner) AS owner,
		pg_has_role(t.typowner, 'USAGE') AS owned, obj_description(t.oid, 'pg_type') AS comment,
		(
			SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
			FROM pg_catalog.pg_enum AS e
			WHERE e.enumtypid = t.oid
		) AS values
	FROM pg_catalog.pg_type AS t
	JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
	WHERE t.typtype = 'e'
	AND NOT EXISTS (
		SELECT FROM pg_catalog.pg_depend AS member
		WHERE member.classid = 'pg_catalog.pg_type'::regclass AND member.objid = t.oid AND member.deptype = 'e'
	)
{{- if .All}}
	AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND $1::jsonb IS NOT NULL
{{- else}}
	AND n.nspname IN (SELECT wanted.schema FROM jsonb_to_recordset($1::jsonb) AS wanted (schema text))
{{- end}}
) AS r
