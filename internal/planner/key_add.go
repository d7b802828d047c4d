// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// add builds the unique index concurrently and lets the constraint take it
// over. An index of the constraint's name that suits is what an interrupted run
// built.
func (p keyPlanner) add(desired schema.Key) Plan {
	if findings := p.guardBuild(desired); findings != nil {
		return Plan{Findings: findings}
	}
	plan := p.notNull(desired)
	if p.table.Partitioned() {
		plan = plan.with(p.addPartitioned(desired, desired.Name))
	} else {
		built, findings := p.build(keyIndex(p.table.Name, desired), desired)
		if findings != nil {
			return Plan{Findings: findings}
		}
		plan = plan.with(built)
		plan.Operations = append(plan.Operations,
			p.brief(ddl.AddKey(p.table.Name, ddl.KeyUsingIndex(desired, p.kind, desired.Name))))
	}
	if desired.Comment != "" {
		plan.Operations = append(plan.Operations, commentOnConstraint(p.table.Name, desired.Name, desired.Comment))
	}
	return plan
}

// build plans the concurrent build of a key's index, as far as it is missing.
func (p keyPlanner) build(index schema.Index, key schema.Key) (Plan, []Finding) {
	create := Plan{Operations: []Operation{createIndexConcurrently(index)}, Probes: p.probes(key)}
	there := p.table.Index(index.Name.Name)
	switch {
	case there == nil:
		return create, nil
	case there.Constraint == "" && usableIndex(index, *there):
		return Plan{}, nil
	case there.Constraint == "" && (there.Invalid || index.Name.Name != key.Name):
		// INVALID, or a temporary index that was built for a wish that has
		// changed since.
		drop := Plan{Operations: []Operation{dropIndexConcurrently(p.table.Name, there.Name)}}
		return drop.with(create), nil
	}
	return Plan{}, []Finding{refused(hazard.UniqueUsingIndexIneligible, p.path(key, "name"), p.summary("add", key),
		fmt.Sprintf("An index of this name is there already and cannot back the constraint:\n\n  %s\n\n"+
			"The index must be a plain unique one on exactly these columns. Drop it, or give the constraint another name.",
			there.Definition))}
}

// drop drops the constraint with its index. There is no concurrent form.
func (p keyPlanner) drop(observed schema.Key) Plan {
	if findings := p.dropFindings(observed); len(findings) > 0 {
		return Plan{Findings: findings}
	}
	o := p.brief(ddl.DropConstraint(p.table.Name, observed.Name))
	o.Locks[0].Partitions = p.table.Partitioned()
	o.Effect.Drops = true
	o.Hazards = []hazard.ID{hazard.ConstraintDropWeakens}
	plan := Plan{Operations: append(p.dropLeftovers(observed), o)}
	what := "UNIQUE constraint"
	if p.kind == ddl.PrimaryKey {
		what = "PRIMARY KEY"
	}
	plan.Findings = append(plan.Findings, Finding{
		Hazard: hazard.ConstraintDropWeakens, Severity: hazard.Warning, Path: p.path(observed),
		Summary: fmt.Sprintf("Dropping %s of %s", observed.Name, p.table.Name),
		Detail: fmt.Sprintf("Duplicates of (%s) will be accepted from then on, INSERT ... ON CONFLICT (%s) will fail, and queries lose the index "+
			"of the %s. Its index can only be dropped under ACCESS EXCLUSIVE, which is short.",
			schema.QuoteNames(observed.Columns), schema.QuoteNames(observed.Columns), what),
	})
	return plan
}

// dropFindings says what would break, or what would make the drop fail.
func (p keyPlanner) dropFindings(observed schema.Key) []Finding {
	fail := func(detail string) []Finding {
		return []Finding{refused(hazard.PrimaryKeyDropBreaksDependents, p.path(observed), p.summary("drop", observed), detail)}
	}
	if references := p.referencesTo(observed); len(references) > 0 {
		return fail("Foreign keys reference it:\n\n" + list(references) + "\n\nDrop them first, each in a change of its own.")
	}
	index := p.table.Index(observed.Name)
	if index != nil && index.ReplicaIdentity {
		return fail(fmt.Sprintf("Its index is the replica identity of the table. PostgreSQL would drop it without a word, and then refuse each "+
			"UPDATE and DELETE of a published table.\n\nGive the table another replica identity first, as replica_identity of its resource or by hand:\n\n"+
			"  ALTER TABLE %s REPLICA IDENTITY FULL", p.table.Name))
	}
	if p.kind == ddl.PrimaryKey && len(p.table.Publications) > 0 && p.table.ReplicaIdentity.Mode == schema.ReplicaIdentityDefault {
		return fail(fmt.Sprintf("The table is published (%s) and has no other replica identity: each UPDATE and DELETE would fail (55000).\n\n"+
			"Give the table another replica identity first, as replica_identity of its resource or by hand:\n\n  ALTER TABLE %s REPLICA IDENTITY USING INDEX <unique index on NOT NULL columns>",
			schema.QuoteNames(p.table.Publications), p.table.Name))
	}
	return nil
}

// referencesTo lists the foreign keys that can only rely on this key.
func (p keyPlanner) referencesTo(key schema.Key) []string {
	return foreignKeysOn(p.table, keyIndex(p.table.Name, key))
}
