{{- /* The most volatile thing in a stored expression. */ -}}
CASE
			WHEN {{.}} IS NULL THEN NULL
			WHEN {{.}}::text LIKE '%{NEXTVALUEEXPR %' THEN 'v'
			ELSE greatest(
				CASE WHEN {{.}}::text ~ '\{(SQLVALUEFUNCTION|COERCEVIAIO|ARRAYCOERCEEXPR) ' THEN 's' ELSE 'i' END,
				(
					SELECT max(p.provolatile::text COLLATE "C")
					FROM regexp_matches({{.}}::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS used
					JOIN pg_catalog.pg_proc AS p ON p.oid = used[1]::oid
				))
		END
{{- /* */ -}}
