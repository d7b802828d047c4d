-- What PostgreSQL hides from this role: without pg_read_all_stats, what sessions
-- of other roles do and how far standbys are. Locks and slots everybody sees.
SELECT row_to_json(r)
FROM (
	SELECT
		current_user AS role,
		(
			SELECT count(*)
			FROM pg_catalog.pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND query = '<insufficient privilege>'
		) AS sessions,
		(SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE state IS NULL) AS followers
) AS r
