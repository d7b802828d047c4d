// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// strongTableOptions take ACCESS EXCLUSIVE; all others SHARE UPDATE EXCLUSIVE
// (measured).
var strongTableOptions = map[string]bool{"user_catalog_table": true}

// planOptions plans storage parameters and comment: nobody waits for them.
// Observed parameters that neither configuration nor state names are left
// alone.
func planOptions(table schema.Table, desired schema.Table, prior map[string]string) Plan {
	set := map[string]string{}
	for name, value := range desired.Options {
		if have, there := table.Options[name]; !there || have != value {
			set[name] = value
		}
	}
	var reset []string
	for _, name := range slices.Sorted(maps.Keys(table.Options)) {
		if _, wanted := desired.Options[name]; wanted {
			continue
		}
		if _, ours := prior[name]; ours {
			reset = append(reset, name)
		}
	}
	var statements []string
	strong := false
	if len(set) > 0 {
		statements = append(statements, ddl.SetTableOptions(table.Name, set))
	}
	if len(reset) > 0 {
		statements = append(statements, ddl.ResetTableOptions(table.Name, reset))
	}
	for name := range strongTableOptions {
		_, isSet := set[name]
		strong = strong || isSet || slices.Contains(reset, name)
	}
	ids := []hazard.ID{hazard.TableOptionLock}
	if _, fill := set["fillfactor"]; fill {
		ids = append(ids, hazard.StorageChangeNotRetroactive)
	}
	if desired.Comment != table.Comment {
		statements = append(statements, ddl.CommentOnTable(table.Name, desired.Comment))
	}
	if len(statements) == 0 {
		return Plan{}
	}
	operation := describeTable(table, statements...)
	operation.Hazards = hazards(ids...)
	if strong {
		operation.Locks[0].Mode = schema.AccessExclusive
	}
	return Plan{Operations: []Operation{operation}}
}

// planReplicaIdentity plans REPLICA IDENTITY. It does not cascade to
// partitions. The index has to be there.
func planReplicaIdentity(table schema.Table, desired schema.ReplicaIdentity) Plan {
	if desired == table.ReplicaIdentity {
		return Plan{}
	}
	if desired.Mode == schema.ReplicaIdentityIndex {
		if index := table.Index(desired.Index); index == nil || index.Invalid {
			return Plan{Findings: []Finding{refusal([]string{"replica_identity"},
				fmt.Sprintf("Cannot use index %s as the replica identity of %s", desired.Index, table.Name),
				"There is no such index, or it is not valid. Create it first, in an apply of its own.")}}
		}
	}
	operation := Operation{
		Class:      Brief,
		Statements: []string{ddl.SetReplicaIdentity(table.Name, desired)},
		Locks:      []Lock{{Mode: schema.AccessExclusive, Table: table.Name}},
		Hazards:    hazards(hazard.ReplicaIdentityChange),
	}
	plan := Plan{Operations: []Operation{operation}}
	consequence := map[schema.ReplicaIdentityMode]string{
		schema.ReplicaIdentityDefault: "UPDATE and DELETE send the primary key. Where there is none, they fail on a published table (55000): declare it before.",
		schema.ReplicaIdentityFull:    "UPDATE and DELETE write the whole old row to the WAL and send it, however few columns changed. An index on NOT NULL columns does with less.",
		schema.ReplicaIdentityNothing: "UPDATE and DELETE fail as soon as the table is published (55000). Take the primary key or an index if it ever is.",
		schema.ReplicaIdentityIndex:   "UPDATE and DELETE send the columns of the index. Dropping it makes them fail on a published table (55000).",
	}
	plan.Findings = append(plan.Findings, Finding{
		Hazard: hazard.ReplicaIdentityChange, Severity: hazard.Warning, Path: []string{"replica_identity"},
		Summary: fmt.Sprintf("Changing the replica identity of %s", table.Name),
		Detail:  consequence[desired.Mode],
	})
	return plan
}

// planRelocation plans what copies the whole table under ACCESS EXCLUSIVE:
// LOGGED, UNLOGGED and the tablespace. It is an error unless it is
// acknowledged.
func planRelocation(table, desired schema.Table) Plan {
	var plan Plan
	if desired.Unlogged != table.Unlogged {
		word := "logged"
		if desired.Unlogged {
			word = "unlogged"
		}
		if table.Partitioned() {
			return Plan{Findings: []Finding{refusal([]string{"unlogged"}, fmt.Sprintf("Cannot make %s %s", table.Name, word),
				"A partitioned table holds no rows: PostgreSQL 18 refuses it, and earlier versions do nothing. Change the partitions.")}}
		}
		operation := alterTable(table, []hazard.ID{hazard.TableSetLoggedRewrite, hazard.RewriteWALAndLag},
			ddl.SetLogged(table.Name, desired.Unlogged))
		operation.Locks = operation.Locks[:1]
		operation.Effect = Effect{Rewrites: true, BuildsIndex: len(table.Indexes) > 0}
		plan = plan.with(relocation(operation, hazard.TableSetLoggedRewrite, "unlogged",
			fmt.Sprintf("Making %s %s rewrites it", table.Name, word), "writes the whole table and all its indexes anew"))
	}
	if !sameTablespace(desired.Tablespace, table.Tablespace) {
		operation := alterTable(table, []hazard.ID{hazard.TableSetTablespaceCopy},
			ddl.SetTablespace(table.Name, desired.Tablespace))
		operation.Locks = []Lock{{Mode: schema.AccessExclusive, Table: table.Name}}
		if table.Partitioned() {
			// Only partitions to come are affected.
			plan.Operations = append(plan.Operations, operation)
			return plan
		}
		operation.Effect = Effect{Rewrites: true}
		plan = plan.with(relocation(operation, hazard.TableSetTablespaceCopy, "tablespace",
			fmt.Sprintf("Moving %s to another tablespace copies it", table.Name), "copies the files of the table"))
	}
	return plan
}

func relocation(operation Operation, id hazard.ID, attribute, summary, what string) Plan {
	return Plan{
		Operations: []Operation{operation},
		Findings: []Finding{{
			Hazard: id, Severity: hazard.Error, Path: []string{attribute}, Summary: summary,
			Detail: fmt.Sprintf("There is no online way: PostgreSQL %s and blocks reads and writes until it is done. Build a new table beside this "+
				"one and swap the names, or use pg_repack.%s", what, atRest(operation)),
		}},
	}
}
