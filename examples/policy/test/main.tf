resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id       = { type = "bigint", identity = "always" }
    customer = { type = "text", nullable = false }
  }
  primary_key = { columns = ["id"] }
}

resource "pgphase_index" "orders_customer" {
  table = pgphase_table.orders.id
  name  = "orders_customer_idx"
  keys  = [{ column = "customer" }]
}
