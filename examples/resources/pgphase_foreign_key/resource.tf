resource "pgphase_table" "users" {
  name        = "users"
  columns     = { id = { type = "bigint", identity = "always" } }
  primary_key = { columns = ["id"] }
}

resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id      = { type = "bigint", identity = "always" }
    user_id = { type = "bigint", nullable = false }
  }
  primary_key = { columns = ["id"] }
}

resource "pgphase_foreign_key" "orders_user" {
  table      = pgphase_table.orders.id
  name       = "orders_user_fkey"
  columns    = ["user_id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
  on_delete  = "cascade"
}

# Without an index each deletion of a user reads all orders.
resource "pgphase_index" "orders_user" {
  table = pgphase_table.orders.id
  name  = "orders_user_idx"
  keys  = [{ column = "user_id" }]
}
