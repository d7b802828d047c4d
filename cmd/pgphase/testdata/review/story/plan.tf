# The pull request: fax goes, nickname is renamed, and what can be done in one apply.
resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id    = { type = "bigint", identity = "always" }
    email = { type = "varchar(40)", nullable = false }
    login = { type = "text", nullable = false }
  }
  primary_key = { columns = ["id"] }
  phase       = "contract"
}

resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id        = { type = "bigint", identity = "always" }
    user_id   = { type = "bigint", nullable = false }
    country   = { type = "text", nullable = false }
    currency = {
      type     = "text"
      nullable = false
      default  = "'EUR'"
      backfill = "CASE country WHEN 'US' THEN 'USD' ELSE 'EUR' END"
    }
    placed_at = { type = "timestamptz", nullable = false, default = "now()" }
  }
  primary_key = { columns = ["id"] }
  checks      = { orders_country_check = { expression = "country <> ''" } }
}

resource "pgphase_table" "customers" {
  name = "customers"
  columns = {
    id           = { type = "bigint", identity = "always" }
    display_name = { type = "text", nullable = false, replaces = { columns = ["nickname"] } }
  }
  primary_key = { columns = ["id"] }
  phase       = "migrate"
}

resource "pgphase_index" "orders_user" {
  table = pgphase_table.orders.id
  name  = "orders_user_idx"
  keys  = [{ column = "user_id" }, { column = "placed_at", order = "desc" }]
}

resource "pgphase_foreign_key" "orders_user" {
  table      = pgphase_table.orders.id
  name       = "orders_user_fkey"
  columns    = ["user_id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
}

resource "pgphase_table" "coupons" {
  name        = "coupons"
  columns     = { code = { type = "text" }, percent = { type = "smallint", nullable = false } }
  primary_key = { columns = ["code"] }
}

resource "terraform_data" "of_another_provider" {}
