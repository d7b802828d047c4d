// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// elsewhereHazards come with statements that no resource runs, or of which one
// form is raised. Migrations that are written by hand meet them beside pgphase,
// so that a policy may name them, and the guide says what they are.
var elsewhereHazards = []Hazard{
	{
		ID: TruncateDeletesData, Category: Destructive, Severity: Error,
		Title:   "TRUNCATE deletes all rows",
		Why:     "It takes ACCESS EXCLUSIVE, follows foreign keys with CASCADE, and is replicated to subscribers.",
		Next:    "Delete rows in batches.",
		Avoided: "TRUNCATE is never used.",
	},
	{
		ID: DMLWithoutWhere, Category: Destructive, Severity: Error,
		Title:   "UPDATE or DELETE of all rows",
		Why:     "A forgotten WHERE changes the whole table at once.",
		Next:    "Name the rows.",
		Avoided: "No row is deleted. Rows are only filled, within a range of blocks and where they need it; the configuration gives the value and no statement.",
	},
	{
		ID: DomainConstraintChangeScan, Category: Scan, Severity: Warning,
		Title:   "Another constraint of a domain scans every table that uses it",
		Why:     "ALTER DOMAIN ... ADD CONSTRAINT, SET NOT NULL and VALIDATE CONSTRAINT hold SHARE on all of these tables meanwhile: writes wait.",
		Next:    "Put checks on tables instead.",
		Avoided: "No resource is a domain; a column of one that has constraints is column_add_constrained_domain_rewrite.",
	},
	{
		ID: ReindexBlocks, Category: Locking, Severity: Warning,
		Title:   "REINDEX blocks writes, and nearly all reads",
		Why:     "Without CONCURRENTLY it takes SHARE on the table and ACCESS EXCLUSIVE on the index, which planning a query of the table needs.",
		Next:    "REINDEX ... CONCURRENTLY.",
		Avoided: "An invalid index is dropped concurrently and built again; one that moves to another tablespace is built anew by REINDEX CONCURRENTLY.",
	},
	{
		ID: TableRewriteMaintenance, Category: Rewrite, Severity: Error,
		Title:   "VACUUM FULL and CLUSTER rewrite the table",
		Why:     "The table and its indexes are written anew under ACCESS EXCLUSIVE.",
		Next:    "Use pg_repack, or leave it to VACUUM.",
		Avoided: "No resource runs VACUUM FULL or CLUSTER. A backfill that meets the file of one begins again.",
	},
	{
		ID: OwnerChangeLock, Category: Locking, Severity: Info,
		Title:   "Another owner locks the table for an instant",
		Why:     "OWNER TO takes ACCESS EXCLUSIVE on the table and its indexes.",
		Next:    "Give it a short lock_timeout, and try again.",
		Avoided: "No resource changes the owner of a table.",
	},
	{
		ID: AuthorizationChange, Category: AppBreaking, Severity: Warning,
		Title:   "Other privileges or policies change who sees what",
		Why:     "Access is lost or widened at once; row security and policies also take ACCESS EXCLUSIVE.",
		Next:    "Try it as the role of the application first.",
		Avoided: "No resource changes privileges, policies or row security. What stands in for a table or column during a transition gets what the original has.",
	},
	{
		ID: MatviewRefreshBlocks, Category: Locking, Severity: Warning,
		Title:   "REFRESH MATERIALIZED VIEW blocks its readers",
		Why:     "It takes ACCESS EXCLUSIVE on the view; with CONCURRENTLY it takes EXCLUSIVE and needs a unique index.",
		Next:    "Give it a unique index, and refresh it CONCURRENTLY.",
		Avoided: "No resource is a materialized view; one that blocks a change is listed (column_drop_blocked_by_dependents, column_type_change_blocked_by_dependents).",
	},
}
