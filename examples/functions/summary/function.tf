# In a file whose name sorts first: so do its warnings.
check "review" {
  assert {
    condition     = provider::pgphase::summary(pgphase_table.orders, pgphase_index.orders) == ""
    error_message = provider::pgphase::summary(pgphase_table.orders, pgphase_index.orders)
  }
}
