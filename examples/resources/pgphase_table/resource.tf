resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id         = { type = "bigint", identity = "always" }
    email      = { type = "text", nullable = false }
    plan       = { type = "text", nullable = false, default = "'free'" }
    visits     = { type = "integer", nullable = false, default = "0" }
    deleted_at = { type = "timestamptz", comment = "set instead of deleting the row" }
  }
  primary_key = { columns = ["id"] }
  unique      = { users_email_key = { columns = ["email"] } }
  checks      = { users_email_check = { expression = "email LIKE '%@%'" } }
  comment     = "who can log in"
}

# A partitioned table, with a partition for each month. Partitions that something
# else makes are left alone.
resource "pgphase_table" "events" {
  schema = "public"
  name   = "events"
  columns = {
    at      = { type = "timestamptz" }
    user_id = { type = "bigint" }
    payload = { type = "jsonb", nullable = false }
  }
  primary_key  = { columns = ["user_id", "at"] }
  partition_by = { strategy = "range", keys = [{ column = "at" }] }
}

resource "pgphase_table" "events_of_month" {
  for_each = { "2026_01" = ["2026-01-01", "2026-02-01"], "2026_02" = ["2026-02-01", "2026-03-01"] }
  name     = "events_${each.key}"
  partition_of = {
    table = pgphase_table.events.id
    bound = "FOR VALUES FROM ('${each.value[0]}') TO ('${each.value[1]}')"
  }
}
