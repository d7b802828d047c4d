-- What the plan runs. To be read: terraform apply runs it with timeouts and retries,
-- and the statement of a backfill once for each range of blocks, from $1 to $2.

-- No statements.
