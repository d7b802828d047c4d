// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// replacementKeyName is the name of the index, or on a partitioned table of the
// constraint, that will replace the key's.
func (p keyPlanner) replacementKeyName(key schema.Key) schema.Name {
	return schema.DerivedName("new", p.table.Name.Schema, p.table.Name.Name, key.Name)
}

// replace builds the new index under a temporary name and swaps the
// constraints in one command, so that uniqueness is enforced all the time.
func (p keyPlanner) replace(desired, observed schema.Key) Plan {
	if findings := p.replaceFindings(desired, observed); len(findings) > 0 {
		return Plan{Findings: findings}
	}
	plan := p.notNull(desired)
	if p.table.Partitioned() {
		return plan.with(p.replacePartitioned(desired, observed))
	}
	index := keyIndex(p.table.Name, desired)
	index.Name.Name = p.replacementKeyName(desired)
	built, findings := p.build(index, desired)
	if findings != nil {
		return Plan{Findings: findings}
	}
	plan = plan.with(built)
	swap := p.brief(ddl.ReplaceKey(p.table.Name, observed.Name, ddl.KeyUsingIndex(desired, p.kind, index.Name.Name)))
	if old := p.table.Index(observed.Name); old != nil {
		if old.ReplicaIdentity {
			swap.Statements = append(swap.Statements, ddl.SetReplicaIdentity(p.table.Name, schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: desired.Name}))
		}
		if old.Clustered {
			swap.Statements = append(swap.Statements, ddl.ClusterOn(p.table.Name, desired.Name))
		}
	}
	plan.Operations = append(plan.Operations, swap)
	if desired.Comment != "" {
		plan.Operations = append(plan.Operations, commentOnConstraint(p.table.Name, desired.Name, desired.Comment))
	}
	return plan
}

func (p keyPlanner) replaceFindings(desired, observed schema.Key) []Finding {
	fail := func(id hazard.ID, detail string) []Finding {
		return []Finding{refused(id, p.path(desired, "columns"), p.summary("redefine", observed), detail)}
	}
	if references := p.referencesTo(observed); len(references) > 0 {
		return fail(hazard.PrimaryKeyDropBreaksDependents,
			"Foreign keys reference it and stay tied to its index:\n\n"+list(references)+
				"\n\nDrop them first, redefine the key, and add them again.")
	}
	if observed.WithoutOverlaps {
		return fail("", "The existing key is WITHOUT OVERLAPS, which cannot be declared yet. Leave it out of the configuration; "+
			"what the configuration does not name is left alone.")
	}
	if p.table.Partitioned() && p.kind == ddl.PrimaryKey {
		return fail(hazard.PrimaryKeyAddBuildsIndex,
			"PostgreSQL has no way to exchange the primary key of a partitioned table without ACCESS EXCLUSIVE on every partition while all "+
				"indexes are built: a second primary key cannot be prepared beside the first one.\n\n"+
				"Add a unique constraint on the new columns instead.")
	}
	return p.guardBuild(desired)
}

// adjust changes what can be changed without another constraint.
func (p keyPlanner) adjust(desired, observed schema.Key) Plan {
	plan := Plan{Operations: p.dropLeftovers(desired)}
	index := schema.QualifiedName{Schema: p.table.Name.Schema, Name: desired.Name}
	if p.table.Partitioned() {
		rest := desired
		rest.Name = observed.Name
		plan = plan.with(p.completePartitioned(rest, desired.Name))
	}
	if desired.Name != observed.Name {
		plan.Operations = append(plan.Operations,
			renameIndex(schema.QualifiedName{Schema: index.Schema, Name: observed.Name}, desired.Name))
	}
	if p.table.Partitioned() {
		plan.Findings = append(plan.Findings, p.fixedOptions(desired, observed)...)
	} else {
		plan.Operations = append(plan.Operations, changeIndexOptions(index, desired.Options, observed.Options)...)
		if !sameTablespace(desired.Tablespace, observed.Tablespace) {
			if left := p.table.Index(reindexLeftover(desired.Name)); left != nil && left.Invalid {
				plan.Operations = append(plan.Operations, dropIndexConcurrently(p.table.Name, left.Name))
			}
			plan.Operations = append(plan.Operations, moveIndex(keyIndex(p.table.Name, desired)))
		}
	}
	if desired.Comment != observed.Comment {
		plan.Operations = append(plan.Operations, commentOnConstraint(p.table.Name, desired.Name, desired.Comment))
	}
	return plan
}

// fixedOptions refuses what ALTER INDEX cannot change on a partitioned table.
func (p keyPlanner) fixedOptions(desired, observed schema.Key) []Finding {
	if len(changeIndexOptions(schema.QualifiedName{}, desired.Options, observed.Options)) == 0 &&
		sameTablespace(desired.Tablespace, observed.Tablespace) {
		return nil
	}
	return []Finding{refusal(p.path(desired, "options"), p.summary("change storage parameters of", desired),
		"PostgreSQL changes storage parameters and tablespace of an index only on an ordinary table. "+
			"Change them on the index of each partition, and keep those of the partitioned table as they are.")}
}

// dropLeftovers drops what an interrupted replacement left that is not wanted
// any more.
func (p keyPlanner) dropLeftovers(key schema.Key) []Operation {
	name := p.replacementKeyName(key)
	left := p.table.Index(name)
	switch {
	case left == nil:
		return nil
	case left.Constraint != "":
		o := p.brief(ddl.DropConstraint(p.table.Name, left.Constraint))
		o.Locks[0].Partitions = p.table.Partitioned()
		return []Operation{o}
	}
	return []Operation{dropIndexConcurrently(p.table.Name, left.Name)}
}
