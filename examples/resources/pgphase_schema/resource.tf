resource "pgphase_schema" "billing" {
  name    = "billing"
  comment = "Invoices and what leads to them"
}

resource "pgphase_table" "invoices" {
  schema      = pgphase_schema.billing.name
  name        = "invoices"
  columns     = { id = { type = "bigint", identity = "always" } }
  primary_key = { columns = ["id"] }
}
