data "pgphase_transitions" "open" {}

# Warns in each plan as long as an old structure cannot be dropped yet.
check "ready_for_contract" {
  assert {
    condition = alltrue([for t in data.pgphase_transitions.open.transitions : t.ready_for_contract])
    error_message = join("\n", [
      for t in data.pgphase_transitions.open.transitions : "${t.table} (${t.kind}): ${join("; ", t.reasons)}" if !t.ready_for_contract
    ])
  }
}
