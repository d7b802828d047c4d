// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

// partitionHazards are about tables that become partitions or stop to be some.
var partitionHazards = []Hazard{
	{
		ID: PartitionAttachScan, Category: Scan, Severity: Warning, Stages: []Stage{Plan, Operations},
		Title: "Attaching a partition scans it under ACCESS EXCLUSIVE",
		Why:   "ATTACH PARTITION reads every row unless a check proves the bound.",
		Next:  "Attach it while it is empty or not in use.",
		When:  "a table becomes a partition by hash, whose condition no check can repeat; for all others a check proves the bound first, while reads and writes go on",
	},
	{
		ID: PartitionAttachDefaultScan, Category: Scan, Severity: Warning, Stages: []Stage{Plan, Operations},
		Title: "A default partition has to be read for rows of a new one",
		Why: "ATTACH PARTITION takes ACCESS EXCLUSIVE on the default partition and looks there for rows that belong into the new one. Where a check proves beforehand that there " +
			"are none, it does not look, but such rows can be written nowhere until the partition is attached.",
		Next: "Create partitions before rows for them come in, and keep the default partition small.",
		When: "a table becomes a partition beside a default one",
	},
	{
		ID: PartitionAttachBuildsChildren, Category: Scan, Severity: Warning, Stages: []Stage{Plan},
		Title: "Attaching a partition builds indexes under ACCESS EXCLUSIVE",
		Why:   "Whatever index the partitioned table has and the new partition has not, ATTACH PARTITION builds.",
		Next:  "Attach it while it is empty or not in use.",
		When:  "a table becomes a partition of one with an exclusion constraint; all other indexes are built concurrently beforehand",
	},
	{
		ID: PartitionDetachExclusive, Category: Locking, Severity: Warning, Stages: []Stage{Plan, Operations},
		Title: "Detaching a partition locks the partitioned table",
		Why:   "DETACH PARTITION takes ACCESS EXCLUSIVE on the whole, the partition and the default partition for an instant.",
		Next:  "Detach it when there is little traffic.",
		When:  "a partition is detached beside a default one: PostgreSQL refuses to do that concurrently",
	},
	{
		ID: PartitionDetachConcurrentLimits, Category: Dependency, Severity: Warning,
		Title:   "An interrupted concurrent detach stays pending",
		Why:     "Queries do not find the rows of the partition any more, and it can neither be dropped nor attached until somebody finishes the detach.",
		Next:    "ALTER TABLE ... DETACH PARTITION ... FINALIZE.",
		Avoided: "The next plan finishes it.",
	},
}
