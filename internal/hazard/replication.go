// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// replicationHazards are about subscribers and standbys.
var replicationHazards = []Hazard{
	{
		ID: LogicalSubscriberMissingColumn, Category: Replication, Severity: Warning, Stages: []Stage{Plan, Operations},
		Title: "A subscriber does not have the column",
		Why:   "Its apply worker stops at the first row with it, and the slot keeps WAL. A table that it does not find under its new name stops it as well.",
		Next:  "Add columns on the subscriber first, and drop them on the publisher first.",
		When:  "a published table gets a column or another name",
	},
	{
		ID: LogicalSubscriberStricter, Category: Replication, Severity: Warning, Stages: []Stage{Plan},
		Title: "A subscriber is stricter than the publisher",
		Why:   "NOT NULL, UNIQUE or a narrower type there stops its apply worker.",
		Next:  "Widen the subscriber first.",
		When:  "a column of a published table becomes nullable, or changes its type: what it then holds a subscriber may refuse; or a table that a subscription fills gets a constraint, or loses a column",
	},
	{
		ID: LogicalRewriteNotReplicated, Category: Replication, Severity: Warning, Stages: []Stage{Plan},
		Title: "Subscribers do not get defaults of old rows",
		Why:   "What ADD COLUMN or a rewrite computes for rows that exist is not replicated: they stay NULL there.",
		Next:  "Fill them on both sides.",
		When:  "a published table gets a column with a default that is not filled in batches",
	},
	{
		ID: PublicationDefinitionBlocks, Category: Replication, Severity: Error,
		Title:   "A publication names the column",
		Why:     "A column list or a row filter blocks dropping it and changing its type; new columns are not published under a list.",
		Next:    "Change the publication first.",
		Avoided: "A publication that names the column is listed among what blocks the change (column_drop_blocked_by_dependents, column_type_change_blocked_by_dependents).",
	},
	{
		ID: StandbyQueryCancelled, Category: Replication, Severity: Info, Stages: []Stage{Plan},
		Title: "ACCESS EXCLUSIVE cancels queries on standbys",
		Why:   "After max_standby_streaming_delay running queries there are cancelled, and new ones wait; DROP INDEX CONCURRENTLY does so too.",
		Next:  "Apply it when standbys have little to do.",
		When:  "a change takes ACCESS EXCLUSIVE on a table that is there, and a standby is connected; the plan looks for one only where the policy asks",
	},
	{
		ID: RewriteWALAndLag, Category: Replication, Severity: Info, Stages: []Stage{Operations},
		Title: "Much WAL in a short time",
		Why:   "A rewrite, an index build or a backfill sends its volume to each standby and slot.",
		Next:  "Watch replication lag.",
		When:  "the table is rewritten or rows are filled; a backfill waits while a standby lags more than `max_replication_lag`",
	},
}
