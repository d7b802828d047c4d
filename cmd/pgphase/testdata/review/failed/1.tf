resource "pgphase_table" "users" {
  name        = "users"
  columns     = { id = { type = "bigint" }, user_name = { type = "text" } }
  primary_key = { columns = ["id"] }
}
