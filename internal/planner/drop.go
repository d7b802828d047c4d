// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// PlanTableDrop plans the end of a table: each foreign key to another table in
// a short transaction of its own, as it locks that one too, then the table.
// What depends on it is an error: nothing is dropped by CASCADE.
func PlanTableDrop(c Change, observed schema.Table) Plan {
	plan := Plan{Findings: tableDropBlockers(withoutOwnTriggers(observed))}
	if plan.Refused() {
		return plan
	}
	plan.Findings = append(plan.Findings, tableDropWarnings(observed)...)
	attached := !observed.PartitionOf.IsZero()
	detached := attached && !detachesExclusively(observed)
	if detached {
		// The drop of a partition takes ACCESS EXCLUSIVE on the whole.
		plan.Operations = append(plan.Operations, detachPartition(observed))
	}
	for _, key := range observed.ForeignKeys {
		if (!key.Inherited || detached) && key.References != observed.Name {
			plan.Operations = append(plan.Operations, detachForeignKey(observed.Name, observed.Partitioned(), key))
		}
	}
	walkPartitions(observed.Partitions, func(p schema.Partition) {
		for _, key := range p.ForeignKeys {
			if !key.Inherited && key.References != observed.Name {
				plan.Operations = append(plan.Operations, detachForeignKey(p.Name, p.Partitioned, key))
			}
		}
	})
	drop := Operation{
		Class:      Brief,
		Statements: []string{ddl.DropTable(observed.Name)},
		Locks:      []Lock{{Mode: schema.AccessExclusive, Table: observed.Name, Partitions: observed.Partitioned()}},
		Effect:     Effect{Drops: true},
		Hazards:    hazards(hazard.TableDropDeletesData, hazard.TableDropBreaksClients),
	}
	var before, after []string
	for _, t := range observed.Transitions {
		if t.Kind == schema.TableRenamed {
			before = append(before, ddl.DropView(t.OtherName))
			drop.Locks = append(drop.Locks, Lock{Mode: schema.AccessExclusive, Table: t.OtherName})
		}
		if !t.Function.IsZero() {
			after = append(after, ddl.DropDualWriteObjects(t)...)
		}
		if !c.LedgerMissing {
			after = append(after, ddl.EndTransition(t.Name, ddl.RolledBack)...)
		}
	}
	drop.Statements = slices.Concat(before, drop.Statements, after)
	if attached {
		plan.Ties = []schema.QualifiedName{observed.PartitionOf}
	}
	if attached && !detached {
		drop.Locks = append(drop.Locks, Lock{Mode: schema.AccessExclusive, Table: observed.PartitionOf})
		drop.Hazards = hazards(append(drop.Hazards, hazard.PartitionCreateLocksParent)...)
		if observed.DefaultPartition != observed.Name {
			drop.Locks = append(drop.Locks, Lock{Mode: schema.AccessExclusive, Table: observed.DefaultPartition})
		}
	}
	plan.Operations = append(plan.Operations, drop)
	return plan
}

// detachForeignKey drops a foreign key ahead of its table or column.
func detachForeignKey(table schema.QualifiedName, partitioned bool, key schema.ForeignKey) Operation {
	locks := []Lock{{Mode: schema.AccessExclusive, Table: table, Partitions: partitioned}}
	if key.References != table {
		locks = append(locks, Lock{Mode: schema.AccessExclusive, Table: key.References, Partitions: key.ReferencesPartitioned})
	}
	return Operation{
		Class:      Brief,
		Statements: []string{ddl.DropConstraint(table, key.Name)},
		Locks:      locks,
		Effect:     Effect{Drops: true},
		Hazards:    hazards(hazard.ForeignKeyDropLosesIntegrity, hazard.TableDropLocksReferenced),
	}
}

func walkPartitions(partitions []schema.Partition, visit func(schema.Partition)) {
	for _, p := range partitions {
		visit(p)
		walkPartitions(p.Partitions, visit)
	}
}

func tableDropBlockers(observed schema.Table) []Finding {
	var blocking []string
	for _, key := range observed.ReferencedBy {
		if key.Table != observed.Name && !key.Inherited {
			blocking = append(blocking, fmt.Sprintf("  foreign key %s of %s", key.Name, key.Table))
		}
	}
	for _, d := range observed.Dependents {
		if d.BlocksDrop && !goesWithTable(observed, d) {
			blocking = append(blocking, fmt.Sprintf("  %s %s", d.Kind, d.Name))
		}
	}
	for _, child := range observed.Children {
		blocking = append(blocking, fmt.Sprintf("  table %s, which inherits from it", child))
	}
	if len(blocking) == 0 {
		return nil
	}
	return []Finding{refused(hazard.TableDropBlockedByDependents, nil, fmt.Sprintf("Cannot drop table %s", observed.Name),
		fmt.Sprintf("Other objects depend on it:\n\n%s\n\nDrop or change them first. CASCADE would drop them unseen, and is never used.",
			lines(blocking)))}
}

// goesWithTable reports what blocks the drop of a column and not that of its
// table: a part of the table that names one of its columns.
func goesWithTable(table schema.Table, d schema.Dependent) bool {
	switch d.Kind {
	case "generated column", "trigger", "publication":
		return true
	case "policy", "rule":
		return strings.HasSuffix(d.Name, " ON "+table.Name.String())
	}
	return false
}

func tableDropWarnings(observed schema.Table) []Finding {
	relations, name := "=", ddl.Literal(observed.Name.String())+"::regclass"
	if observed.Partitioned() {
		relations, name = "IN", "(SELECT relid FROM pg_partition_tree("+name+"))"
	}
	detail := "All of its rows are gone for good, and code that uses it fails at once (42P01). If these numbers still grow, on the primary or on a replica, something does:\n" +
		indented("SELECT seq_scan, idx_scan, n_tup_ins + n_tup_upd + n_tup_del AS written FROM pg_stat_user_tables WHERE relid "+relations+" "+name)
	var lost []string
	walkPartitions(observed.Partitions, func(p schema.Partition) { lost = append(lost, "  "+p.Name.String()) })
	if len(lost) > 0 {
		detail += "\n\nIts partitions go with it:\n\n" + lines(lost)
	}
	findings := []Finding{{
		Hazard: hazard.TableDropDeletesData, Severity: hazard.Warning,
		Summary: fmt.Sprintf("Dropping table %s", observed.Name), Detail: detail,
	}}
	if !observed.PartitionOf.IsZero() && detachesExclusively(observed) {
		findings = append(findings, Finding{
			Hazard: hazard.PartitionCreateLocksParent, Severity: hazard.Warning,
			Summary: fmt.Sprintf("Dropping partition %s locks %s", observed.Name, observed.PartitionOf),
			Detail: fmt.Sprintf("DROP TABLE of a partition takes ACCESS EXCLUSIVE on the partitioned table: reads and writes of all partitions wait for an instant. Beside a default partition, %s, it cannot be detached "+
				"concurrently first.", observed.DefaultPartition),
		})
	}
	return findings
}
