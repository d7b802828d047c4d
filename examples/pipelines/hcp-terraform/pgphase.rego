# What HCP Terraform asks between plan and apply: its input has the plan, as
# `terraform show -json` writes it, in input.plan.
package pgphase.hcp

import rego.v1

changes := [change |
	some change in input.plan.resource_changes
	startswith(change.type, "pgphase_")
	change.change.actions != ["no-op"]
]

deny contains sprintf("%s is destroyed", [change.address]) if {
	some change in changes
	"delete" in change.change.actions
}

deny contains sprintf("%s drops for good", [change.address]) if {
	some change in changes
	change.change.after.destructive
}

# A lock that stops others, by a step that takes as long as the table is large.
deny contains sprintf("%s stops others for long: %s", [change.address, operation.lock]) if {
	some change in changes
	some operation in change.change.after.operations
	regex.match(`(^|; )(ACCESS EXCLUSIVE|EXCLUSIVE|SHARE ROW EXCLUSIVE|SHARE) on `, operation.lock)
	regex.match(`rewrites the table|scans the table|builds an index`, operation.effect)
}
