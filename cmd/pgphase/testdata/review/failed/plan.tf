# A rename without a phase, which is refused.
resource "pgphase_table" "users" {
  name        = "users"
  columns     = { id = { type = "bigint" }, display_name = { type = "text", replaces = { columns = ["user_name"] } } }
  primary_key = { columns = ["id"] }
}
