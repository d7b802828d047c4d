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

# A partitioned table. Partitions are made by whatever makes them today.
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
