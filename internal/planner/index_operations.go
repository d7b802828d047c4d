// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// with appends another plan.
func (p Plan) with(other Plan) Plan {
	p.Operations = append(p.Operations, other.Operations...)
	p.Findings = append(p.Findings, other.Findings...)
	p.Probes = append(p.Probes, other.Probes...)
	p.Retained = append(p.Retained, other.Retained...)
	p.Ends = append(p.Ends, other.Ends...)
	p.Ties = append(p.Ties, other.Ties...)
	p.Awaits = append(p.Awaits, other.Awaits...)
	return p
}

// hazards sorts ids and drops what is there twice.
func hazards(ids ...hazard.ID) []hazard.ID {
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

func createIndexConcurrently(index schema.Index) Operation {
	ids := []hazard.ID{hazard.IndexBuildLoad, hazard.IndexConcurrentWaitsOldSnapshots}
	if index.Unique {
		ids = append(ids, hazard.UniqueAddFailsOnDuplicates)
	}
	return Operation{
		Class:      Concurrent,
		Statements: []string{ddl.CreateIndexConcurrently(index)},
		Locks:      []Lock{{Mode: schema.ShareUpdateExclusive, Table: index.Table}},
		Effect:     Effect{BuildsIndex: true},
		Hazards:    hazards(ids...),
		Builds:     index.Name,
	}
}

// dropIndexConcurrently drops an index that has a successor or was never
// usable: callers that take something away set Effect.Drops.
func dropIndexConcurrently(table, index schema.QualifiedName) Operation {
	return Operation{
		Class:      Concurrent,
		Statements: []string{ddl.DropIndexConcurrently(index)},
		Locks:      []Lock{{Mode: schema.ShareUpdateExclusive, Table: table}},
		Hazards:    []hazard.ID{hazard.IndexConcurrentWaitsOldSnapshots},
	}
}

// renameIndex locks the index alone, SHARE UPDATE EXCLUSIVE, and no table.
func renameIndex(index schema.QualifiedName, to schema.Name) Operation {
	return Operation{
		Class:      Brief,
		Statements: []string{ddl.RenameIndex(index, to)},
		Hazards:    []hazard.ID{hazard.NameReferencedByClients},
	}
}

// commentOnIndex locks the index alone, SHARE UPDATE EXCLUSIVE, and no table.
func commentOnIndex(index schema.QualifiedName, comment string) Operation {
	return Operation{Class: Brief, Statements: []string{ddl.CommentOnIndex(index, comment)}}
}

// moveIndex builds the index anew in another tablespace. An interrupted run
// leaves an INVALID twin with the suffix _ccnew.
func moveIndex(index schema.Index) Operation {
	tablespace := index.Tablespace
	if tablespace == "" {
		tablespace = defaultTablespace
	}
	return Operation{
		Class:      Concurrent,
		Statements: []string{ddl.ReindexTablespace(index.Name, tablespace)},
		Locks:      []Lock{{Mode: schema.ShareUpdateExclusive, Table: index.Table}},
		Effect:     Effect{BuildsIndex: true},
		Hazards:    hazards(hazard.IndexBuildLoad, hazard.IndexConcurrentWaitsOldSnapshots),
		Builds:     schema.QualifiedName{Schema: index.Name.Schema, Name: reindexLeftover(index.Name.Name)},
	}
}

// reindexLeftover is the name that REINDEX CONCURRENTLY gives to the index that
// it builds, cut as makeObjectName() does.
func reindexLeftover(index schema.Name) schema.Name {
	const suffix = "_ccnew"
	cut := string(index)
	for len(cut)+len(suffix) > schema.MaxNameBytes {
		// Whole characters only.
		runes := []rune(cut)
		cut = string(runes[:len(runes)-1])
	}
	return schema.Name(cut + suffix)
}

// weakIndexOptions are the storage parameters that ALTER INDEX sets under SHARE
// UPDATE EXCLUSIVE on the index. All others take ACCESS EXCLUSIVE on it, which
// stops every query of the table, as planning one locks all indexes
// (reloptions.c of 14 to 18).
var weakIndexOptions = map[string]bool{"fillfactor": true, "deduplicate_items": true}

// changeIndexOptions sets and resets the storage parameters that differ.
func changeIndexOptions(index schema.QualifiedName, desired, observed map[string]string) []Operation {
	set := map[string]string{}
	for name, value := range desired {
		if old, there := observed[name]; !there || old != value {
			set[name] = value
		}
	}
	var reset []string
	for _, name := range slices.Sorted(maps.Keys(observed)) {
		if _, there := desired[name]; !there {
			reset = append(reset, name)
		}
	}
	var operations []Operation
	if len(set) > 0 {
		names := slices.Sorted(maps.Keys(set))
		operations = append(operations, indexOptionsOperation(index, ddl.SetIndexOptions(index, set), names))
	}
	if len(reset) > 0 {
		operations = append(operations, indexOptionsOperation(index, ddl.ResetIndexOptions(index, reset), reset))
	}
	return operations
}

func indexOptionsOperation(index schema.QualifiedName, statement string, names []string) Operation {
	o := Operation{
		Class:      Brief,
		Statements: []string{statement},
		Hazards:    []hazard.ID{hazard.StorageChangeNotRetroactive},
	}
	for _, name := range names {
		if !weakIndexOptions[name] {
			o.Locks = []Lock{{Mode: schema.AccessExclusive, Table: index}}
		}
	}
	return o
}

// dropIndexLeftovers drops what interrupted sequences of the index left.
func dropIndexLeftovers(table schema.Table, index schema.QualifiedName) []Operation {
	var operations []Operation
	successor, predecessor := IndexHalves(table, index)
	for _, left := range []*schema.Index{successor, predecessor} {
		switch {
		case left == nil:
		case table.Partitioned():
			operations = append(operations, dropPartitionedIndex(table, left.Name))
		default:
			operations = append(operations, dropIndexConcurrently(table.Name, left.Name))
		}
	}
	if left := table.Index(reindexLeftover(index.Name)); left != nil && left.Invalid && !table.Partitioned() {
		operations = append(operations, dropIndexConcurrently(table.Name, left.Name))
	}
	return operations
}
