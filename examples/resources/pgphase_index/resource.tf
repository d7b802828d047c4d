resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id         = { type = "bigint", identity = "always" }
    email      = { type = "text", nullable = false }
    name       = { type = "text" }
    deleted_at = { type = "timestamptz" }
  }
  primary_key = { columns = ["id"] }
}

resource "pgphase_index" "users_email" {
  table  = pgphase_table.users.id
  name   = "users_email_idx"
  keys   = [{ expression = "lower(email)" }]
  unique = true
  where  = "deleted_at IS NULL"
}

resource "pgphase_index" "users_name" {
  table   = pgphase_table.users.id
  name    = "users_name_idx"
  keys    = [{ column = "name", operator_class = "text_pattern_ops" }, { column = "id", order = "desc" }]
  include = ["email"]
}
