# Postconditions are part of the configuration: the plan fails, whoever runs it.
resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id       = { type = "bigint", identity = "always" }
    customer = { type = "text", nullable = false }
    total    = { type = "numeric(12,2)", nullable = false, default = "0" }
  }
  primary_key = { columns = ["id"] }

  lifecycle {
    postcondition {
      condition     = !self.destructive
      error_message = "Nothing of this table is dropped by a pipeline. It would run:\n\n${join("\n", [for o in self.operations : o.sql])}"
    }

    # A lock that stops writers is fine for an instant, and in a table that the plan creates.
    postcondition {
      condition = alltrue([
        for o in self.operations : startswith(o.effect, "instant") || startswith(o.effect, "creates") || !can(regex("^(ACCESS EXCLUSIVE|EXCLUSIVE|SHARE ROW EXCLUSIVE|SHARE) on ", o.lock))
      ])
      error_message = "No statement may stop writers for as long as this table is large."
    }
  }
}
