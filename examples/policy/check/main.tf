resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id       = { type = "bigint", identity = "always" }
    customer = { type = "text", nullable = false }
  }
  primary_key = { columns = ["id"] }
}

# Outside of the check: Terraform reads a data source of a check again in each apply, and a plan would never be empty.
data "pgphase_transitions" "open" {}

# A check warns and lets the plan pass: this one says in each plan which transitions somebody has forgotten.
check "no_forgotten_transition" {
  assert {
    condition = alltrue([
      for t in data.pgphase_transitions.open.transitions : timecmp(timeadd(t.expanded_at, "336h"), plantimestamp()) > 0
    ])
    error_message = "Open for more than two weeks: ${join(", ", [
      for t in data.pgphase_transitions.open.transitions : "${t.table} (${t.kind})" if timecmp(timeadd(t.expanded_at, "336h"), plantimestamp()) <= 0
    ])}. Go on to contract, or take the change back."
  }
}
