terraform {
  required_providers {
    pgphase = { source = "pgphase/pgphase" }
  }
}

variable "database_url" {
  type = string
}

provider "pgphase" {
  url          = var.database_url
  lock_timeout = "500ms"
}

resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id        = { type = "bigint", identity = "always" }
    email     = { type = "varchar(40)", nullable = false }
    login     = { type = "text", nullable = false }
    full_name = { type = "text", nullable = false }
    fax       = { type = "text", nullable = false }
    since     = { type = "timestamptz", nullable = false, default = "now()" }
    version   = { type = "integer", nullable = false, default = "1" }
  }
  primary_key = { columns = ["id"] }
  unique      = { users_email_key = { columns = ["email"] } }
}

resource "pgphase_table" "products" {
  name = "products"
  columns = {
    id    = { type = "bigint", identity = "always" }
    name  = { type = "text", nullable = false }
    price = { type = "numeric(10,2)", nullable = false }
    stock = { type = "integer", nullable = false, default = "0" }
  }
  primary_key = { columns = ["id"] }
}

resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id        = { type = "integer", identity = "by default" }
    user_id   = { type = "bigint", nullable = false }
    country   = { type = "text", nullable = false }
    status    = { type = "text", nullable = false, default = "'open'" }
    placed_at = { type = "timestamptz", nullable = false, default = "now()" }
  }
  primary_key = { columns = ["id"] }
}

resource "pgphase_table" "order_items" {
  name = "order_items"
  columns = {
    order_id   = { type = "integer" }
    position   = { type = "integer" }
    product_id = { type = "bigint", nullable = false }
    quantity   = { type = "integer", nullable = false }
  }
  primary_key = { columns = ["order_id", "position"] }
}

resource "pgphase_foreign_key" "orders_user" {
  table      = pgphase_table.orders.id
  name       = "orders_user_fkey"
  columns    = ["user_id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
}

resource "pgphase_foreign_key" "order_items_order" {
  table      = pgphase_table.order_items.id
  name       = "order_items_order_fkey"
  columns    = ["order_id"]
  references = { table = pgphase_table.orders.id, columns = ["id"] }
  on_delete  = "cascade"
}

resource "pgphase_index" "orders_user" {
  table = pgphase_table.orders.id
  name  = "orders_user_idx"
  keys  = [{ column = "user_id" }]
}

resource "pgphase_index" "order_items_product" {
  table = pgphase_table.order_items.id
  name  = "order_items_product_idx"
  keys  = [{ column = "product_id" }]
}
