# A policy set of the framework OPA, connected to the workspace of the database.
# HCP Terraform asks it between plan and apply. An owner may override what is
# mandatory in a single run.
policy "pgphase" {
  query             = "data.pgphase.hcp.deny"
  enforcement_level = "mandatory"
  description       = "Nothing is dropped for good, and nobody waits for as long as a table is large."
}
