{{- /* The columns of a session; relation_filter limits its locks. */ -}}
{{define "session"}}
	a.pid, a.usename AS "user", coalesce(a.application_name, '') AS application, coalesce(a.state, '') AS state,
	coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS seconds,
	coalesce(left(a.query, 500), '') AS query,
	a.backend_xmin IS NOT NULL AS snapshot,
	a.backend_type = 'autovacuum worker' AND a.query LIKE '%(to prevent wraparound)' AS wraparound
{{- end}}
{{define "locks"}}
	SELECT json_agg(json_build_object('mode', l.mode, 'schema', n.nspname, 'name', c.relname)
		ORDER BY n.nspname, c.relname, l.mode)
	FROM pg_catalog.pg_locks AS l
	JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
	JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
	WHERE l.locktype = 'relation' AND l.granted
	AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
{{- end}}
