# What a plan may not do, for Open Policy Agent:
#
#   terraform show -json tfplan >tfplan.json
#   opa eval --fail-defined --format pretty --data pgphase.rego --input tfplan.json 'data.pgphase.deny[message]'
package pgphase

import rego.v1

operations contains {"address": change.address, "operation": operation} if {
	some change in input.resource_changes
	startswith(change.type, "pgphase_")
	some operation in change.change.after.operations
}

stops_writers(operation) if regex.match(`^(ACCESS EXCLUSIVE|EXCLUSIVE|SHARE ROW EXCLUSIVE|SHARE) on `, operation.lock)

brief(operation) if startswith(operation.effect, "instant")

brief(operation) if startswith(operation.effect, "creates")

# A lock that stops writers, held for as long as the table is large.
deny contains message if {
	some {"address": address, "operation": operation} in operations
	stops_writers(operation)
	not brief(operation)
	message := sprintf("%s: %s, and %s:\n%s", [address, operation.lock, operation.effect, operation.sql])
}

# Data or structure that goes away.
deny contains message if {
	some change in input.resource_changes
	startswith(change.type, "pgphase_")
	change.change.after.destructive
	message := sprintf("%s drops something for good", [change.address])
}

# A destroy has no planned operations: the change itself says it.
deny contains message if {
	some change in input.resource_changes
	change.type == "pgphase_table"
	"delete" in change.change.actions
	message := sprintf("%s is destroyed", [change.address])
}
