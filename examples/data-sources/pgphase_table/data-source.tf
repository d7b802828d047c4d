data "pgphase_table" "accounts" {
  id = "public.accounts"
}

# A check is reported with each plan and stops nothing.
check "accounts_have_a_key" {
  assert {
    condition     = data.pgphase_table.accounts.primary_key != null
    error_message = "${data.pgphase_table.accounts.id} has no primary key."
  }
}

output "accounts_columns" {
  value = { for name, column in data.pgphase_table.accounts.columns : name => column.type }
}
