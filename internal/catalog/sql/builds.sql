-- Index builds that are running in this database. Which of the counters moves
-- depends on the phase (manual, "CREATE INDEX Progress Reporting"): lockers while
-- it waits, blocks of the table or of the index while it reads, tuples while it
-- loads. The index has no name yet until its transaction is visible.
SELECT row_to_json(r)
FROM (
	SELECT
		p.pid, tn.nspname AS table_schema, t.relname AS table_name, xn.nspname AS index_schema, x.relname AS index_name,
		p.command, p.phase,
		CASE WHEN p.phase LIKE 'waiting%' THEN p.lockers_done WHEN p.blocks_total > 0 THEN p.blocks_done ELSE p.tuples_done END AS done,
		CASE WHEN p.phase LIKE 'waiting%' THEN p.lockers_total WHEN p.blocks_total > 0 THEN p.blocks_total ELSE p.tuples_total END AS total,
		coalesce(extract(epoch FROM clock_timestamp() - a.query_start), 0)::float8 AS seconds
	FROM pg_catalog.pg_stat_progress_create_index AS p
	LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = p.pid
	LEFT JOIN pg_catalog.pg_class AS t ON t.oid = p.relid
	LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
	LEFT JOIN pg_catalog.pg_class AS x ON x.oid = p.index_relid
	LEFT JOIN pg_catalog.pg_namespace AS xn ON xn.oid = x.relnamespace
	WHERE p.datname = current_database()
	ORDER BY a.query_start, p.pid
) AS r
