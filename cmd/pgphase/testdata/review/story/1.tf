# The shop before the pull request; 2.tf begins the removal of fax.
resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id    = { type = "bigint", identity = "always" }
    email = { type = "varchar(40)", nullable = false }
    login = { type = "text", nullable = false }
    fax   = { type = "text", nullable = false }
  }
  primary_key = { columns = ["id"] }
}

resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id        = { type = "bigint", identity = "always" }
    user_id   = { type = "bigint", nullable = false }
    country   = { type = "text", nullable = false }
    placed_at = { type = "timestamptz", nullable = false, default = "now()" }
  }
  primary_key = { columns = ["id"] }
}

resource "pgphase_table" "customers" {
  name = "customers"
  columns = {
    id       = { type = "bigint", identity = "always" }
    nickname = { type = "text", nullable = false }
  }
  primary_key = { columns = ["id"] }
}

resource "pgphase_index" "orders_user" {
  table = pgphase_table.orders.id
  name  = "orders_user_idx"
  keys  = [{ column = "user_id" }]
}

resource "pgphase_table" "legacy" {
  name                = "legacy"
  columns             = { id = { type = "bigint" } }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
}
