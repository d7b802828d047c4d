// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// tableLocks are the locks of an ALTER TABLE that cascades: to the partitions,
// and to tables that inherit.
func tableLocks(mode schema.LockMode, table schema.Table) []Lock {
	locks := []Lock{{Mode: mode, Table: table.Name, Partitions: table.Partitioned()}}
	for _, child := range table.Children {
		locks = append(locks, Lock{Mode: mode, Table: child})
	}
	return locks
}

// alterTable is an instant change under ACCESS EXCLUSIVE that cascades.
func alterTable(table schema.Table, ids []hazard.ID, statements ...string) Operation {
	return Operation{
		Class:      Brief,
		Statements: statements,
		Locks:      tableLocks(schema.AccessExclusive, table),
		Hazards:    hazards(ids...),
	}
}

// describeTable is an instant change of the table alone under SHARE UPDATE
// EXCLUSIVE, which blocks neither reads nor writes but waits for VACUUM and for
// concurrent index builds.
func describeTable(table schema.Table, statements ...string) Operation {
	return Operation{
		Class:      Brief,
		Statements: statements,
		Locks:      []Lock{{Mode: schema.ShareUpdateExclusive, Table: table.Name}},
		Hazards:    hazards(hazard.TableOptionLock),
	}
}

// validation proves a NOT VALID constraint while reads and writes go on.
func validation(table schema.Table, statement string, ids ...hazard.ID) Operation {
	return Operation{
		Class:      Online,
		Statements: []string{statement},
		Locks:      tableLocks(schema.ShareUpdateExclusive, table),
		Effect:     Effect{Scans: true},
		Hazards:    hazards(ids...),
	}
}

// storedIn are the tables that hold the rows, each a pass of a backfill of its
// own; nil for a table that holds them all itself.
func storedIn(table schema.Table) []schema.QualifiedName {
	var names []schema.QualifiedName
	var walk func([]schema.Partition)
	walk = func(partitions []schema.Partition) {
		for _, p := range partitions {
			if p.Partitioned {
				walk(p.Partitions)
			} else {
				names = append(names, p.Name)
			}
		}
	}
	walk(table.Partitions)
	if len(table.Children) > 0 {
		names = append([]schema.QualifiedName{table.Name}, table.Children...)
	}
	return names
}
