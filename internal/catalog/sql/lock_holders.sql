-- Sessions that hold ACCESS EXCLUSIVE on a relation of this database.
SELECT row_to_json(r)
FROM (
	SELECT {{template "session"}}, held.locks
	FROM pg_catalog.pg_stat_activity AS a
	CROSS JOIN LATERAL (
		{{- template "locks"}}
		AND l.pid = a.pid AND l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p')
	) AS held (locks)
	WHERE a.pid <> pg_backend_pid() AND held.locks IS NOT NULL
	ORDER BY a.xact_start, a.pid
) AS r
