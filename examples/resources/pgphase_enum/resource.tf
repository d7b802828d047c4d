resource "pgphase_enum" "state" {
  schema = "public"
  name   = "order_state"
  values = ["new", "paid", "sent"] # "packed" may go between "paid" and "sent" later
}

resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id      = { type = "bigint", identity = "always" }
    state   = { type = pgphase_enum.state.id, nullable = false, default = "'new'" }
    history = { type = "${pgphase_enum.state.id}[]" }
  }
  primary_key = { columns = ["id"] }
}
