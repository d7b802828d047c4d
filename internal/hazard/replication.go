// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// replicationHazards are about subscribers and standbys.
var replicationHazards = []Hazard{
	{
		ID: LogicalSubscriberMissingColumn, Category: Replication, Severity: Error,
		Title: "A subscriber does not have the column",
		Why:   "Its apply worker stops at the first row with it, and the slot keeps WAL.",
		Next:  "Add columns on the subscriber first, and drop them on the publisher first.",
	},
	{
		ID: LogicalSubscriberStricter, Category: Replication, Severity: Error,
		Title: "A subscriber is stricter than the publisher",
		Why:   "NOT NULL, UNIQUE or a narrower type there stops its apply worker.",
		Next:  "Widen the subscriber first.",
	},
	{
		ID: LogicalRewriteNotReplicated, Category: Replication, Severity: Warning,
		Title: "Subscribers do not get defaults of old rows",
		Why:   "What ADD COLUMN or a rewrite computes for rows that exist is not replicated: they stay NULL there.",
		Next:  "Fill them on both sides.",
	},
	{
		ID: PublicationDefinitionBlocks, Category: Replication, Severity: Error,
		Title: "A publication names the column",
		Why:   "A column list or a row filter blocks dropping it and changing its type; new columns are not published under a list.",
		Next:  "Change the publication first.",
	},
	{
		ID: StandbyQueryCancelled, Category: Replication, Severity: Warning,
		Title: "ACCESS EXCLUSIVE cancels queries on standbys",
		Why:   "After max_standby_streaming_delay running queries there are cancelled, and new ones wait; DROP INDEX CONCURRENTLY does so too.",
		Next:  "Apply it when standbys have little to do.",
	},
	{
		ID: RewriteWALAndLag, Category: Replication, Severity: Warning,
		Title: "Much WAL in a short time",
		Why:   "A rewrite, an index build or a backfill sends its volume to each standby and slot.",
		Next:  "Watch replication lag.",
	},
}
