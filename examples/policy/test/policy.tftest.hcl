# `terraform test` plans against the database that the provider block names, and needs no state.

run "the_plan_drops_nothing" {
  command = plan

  assert {
    condition     = !pgphase_table.orders.destructive && !pgphase_index.orders_customer.destructive
    error_message = "This plan drops something."
  }
}

run "indexes_are_built_beside_the_traffic" {
  command = plan

  assert {
    condition     = alltrue([for o in pgphase_index.orders_customer.operations : strcontains(o.sql, "CONCURRENTLY")])
    error_message = "An index of this plan stops writers while it is built."
  }
}
