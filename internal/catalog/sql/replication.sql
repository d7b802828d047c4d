-- Standbys and slots: who has to take everything that is written, and what is
-- kept for whom. A role without pg_monitor sees the standbys of others without
-- their positions.
SELECT row_to_json(r)
FROM (
	SELECT
		CASE WHEN EXISTS (
			SELECT FROM pg_catalog.pg_replication_slots AS s WHERE s.active_pid = pg_stat_replication.pid AND s.slot_type = 'logical'
		) THEN 'subscriber' ELSE 'standby' END AS kind,
		coalesce(nullif(application_name, ''), host(client_addr), 'pid ' || pid) AS name, true AS active,
		extract(epoch FROM replay_lag)::float8 AS lag,
		pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::int8 AS bytes
	FROM pg_catalog.pg_stat_replication
	UNION ALL
	SELECT 'slot', slot_name, active, NULL, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8
	FROM pg_catalog.pg_replication_slots
	WHERE restart_lsn IS NOT NULL
	ORDER BY 1 DESC, 2
) AS r
