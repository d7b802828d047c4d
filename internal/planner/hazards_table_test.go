// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

var (
	noteColumn = schema.Column{Name: "note", Type: text, Nullable: true}
	noteAdded  = add(noteColumn)
)

func commentedTable(t *schema.Table) { t.Comment = "people" }

func refersToTeams(t *schema.Table) {
	t.ForeignKeys = []schema.ForeignKey{{Table: users, Name: "users_team_fk", Columns: []schema.Name{"plan"}, References: public("teams")}}
}

func viewOn(columns ...schema.Name) func(*schema.Table) {
	return dependent("view", "public.active_users", true, columns...)
}

func TestHazardsOfDroppedTables(t *testing.T) {
	t.Parallel()
	plain := destroyed(nil)
	fires(t, hazard.TableDropDeletesData, plain)
	silent(t, hazard.TableDropDeletesData, altered(17, nil, commentedTable))
	fires(t, hazard.TableDropBreaksClients, plain)
	silent(t, hazard.TableDropBreaksClients, altered(17, nil, commentedTable))
	fires(t, hazard.TableDropLocksReferenced, destroyed(refersToTeams))
	silent(t, hazard.TableDropLocksReferenced, plain)
	fires(t, hazard.TableDropBlockedByDependents, destroyed(viewOn("id")))
	silent(t, hazard.TableDropBlockedByDependents, destroyed(dependent("trigger", "touch ON public.users", true, "id")))
	fires(t, hazard.PartitionCreateLocksParent, destroyed(besideDefault))
	silent(t, hazard.PartitionCreateLocksParent, destroyed(partOfPeople))
}

func TestHazardsOfDroppedColumns(t *testing.T) {
	t.Parallel()
	plain := columnDropped("plan", nil)
	fires(t, hazard.ColumnDropDeletesData, plain)
	fires(t, hazard.ColumnDropDeletesData, phased(17, schema.Contract, nothing, without("plan")))
	silent(t, hazard.ColumnDropDeletesData, phased(17, schema.Migrate, nothing, without("plan")))
	fires(t, hazard.ColumnDropBreaksClients, plain)
	silent(t, hazard.ColumnDropBreaksClients, phased(17, schema.Migrate, nothing, without("plan")))
	fires(t, hazard.ColumnDropHiddenCodeDependency, plain)
	silent(t, hazard.ColumnDropHiddenCodeDependency, phased(17, schema.Migrate, nothing, without("plan")))
	fires(t, hazard.ColumnDropLocksReferenced, columnDropped("plan", refersToTeams))
	silent(t, hazard.ColumnDropLocksReferenced, plain)
	fires(t, hazard.ColumnDropCollateralObjects, columnDropped("plan", checked("users_both", "email <> plan")))
	silent(t, hazard.ColumnDropCollateralObjects, columnDropped("plan", checked("users_one", "plan <> ''")))
	fires(t, hazard.ColumnDropBlockedByDependents, columnDropped("plan", viewOn("plan")))
	silent(t, hazard.ColumnDropBlockedByDependents, columnDropped("plan", viewOn("email")))
	fires(t, hazard.SequenceDropOrUntracked, columnDropped("id", all(serial, bare)))
	silent(t, hazard.SequenceDropOrUntracked, plain)
}

func nothing(*schema.Table) {}

func TestHazardsOfRenaming(t *testing.T) {
	t.Parallel()
	named := func(name schema.Name) func(*schema.Table) {
		return func(t *schema.Table) { t.Name.Name = name }
	}
	renamed := func(from schema.QualifiedName) func(*schema.Table) {
		return all(named("people"), func(t *schema.Table) { t.RenamedFrom = from })
	}
	fires(t, hazard.TableRenameBreaksClients, altered(16, nil, named("people")))
	fires(t, hazard.TableRenameBreaksClients, phased(16, schema.Contract, nothing, renamed(users)))
	silent(t, hazard.TableRenameBreaksClients, phased(16, schema.Expand, nothing, renamed(users)))
	fires(t, hazard.CompatViewLimits, phased(16, schema.Expand, nothing, renamed(users)))
	fires(t, hazard.CompatViewLimits, phased(14, schema.Expand, func(t *schema.Table) { t.RowSecurity = true }, renamed(users)))
	silent(t, hazard.CompatViewLimits, altered(16, nil, commentedTable))
	fires(t, hazard.SchemaRenameBreaksClients, phased(16, schema.Expand, nothing, func(t *schema.Table) {
		t.Name, t.RenamedFrom = schema.QualifiedName{Schema: "app", Name: "users"}, users
	}))
	silent(t, hazard.SchemaRenameBreaksClients, phased(16, schema.Expand, nothing, renamed(users)))

	change := planner.Change{Server: planner.Server{Version: 160000}, Phase: schema.Expand, LedgerMissing: true}
	table := usersTable()
	nick := schema.Column{Name: "nick", Type: text, Nullable: true}
	fires(t, hazard.ColumnRenameBreaksClients, planner.PlanColumnRename(change, table, *table.Column("email"), nick))
	nick.Replaces = replaced(nil, nil, "plan")
	silent(t, hazard.ColumnRenameBreaksClients, planner.PlanColumnRename(change, table, *table.Column("plan"), nick))
}

func TestHazardsOfTransitions(t *testing.T) {
	t.Parallel()
	rename := all(without("name"), with(nameOnly, replaced(nil, nil, "name")))
	whole := phased(16, schema.Contract, add(namedColumn), rename)
	fires(t, hazard.TriggerCreateBlocksWrites, whole)
	silent(t, hazard.TriggerCreateBlocksWrites, altered(16, nil, noteAdded))
	fires(t, hazard.TriggerDropExclusive, whole)
	silent(t, hazard.TriggerDropExclusive, phased(16, schema.Migrate, add(namedColumn), rename))
	fires(t, hazard.RewriteWALAndLag, whole)
	silent(t, hazard.RewriteWALAndLag, phased(16, schema.Expand, add(namedColumn), rename))

	// An index without a counterpart is an error at contract. Once it is
	// acknowledged, all of contract runs.
	onName := withIndex(func(i *schema.Index) { i.Keys[0].Column, i.Columns = "name", []schema.Name{"name"} })
	unmatched := phased(16, schema.Contract, all(add(namedColumn), onName), rename)
	fires(t, hazard.IndexDropDegradesQueries, unmatched)
	silent(t, hazard.IndexDropDegradesQueries, whole)
	if !unmatched.Failed() || unmatched.Refused() || !strings.Contains(render(unmatched), "DROP COLUMN name") {
		t.Errorf("%s", render(unmatched))
	}
}

func TestHazardsOfTableOptions(t *testing.T) {
	t.Parallel()
	unlogged := func(t *schema.Table) { t.Unlogged = true }
	fires(t, hazard.TableSetLoggedRewrite, altered(15, nil, unlogged))
	silent(t, hazard.TableSetLoggedRewrite, created(unlogged))
	moved := func(t *schema.Table) { t.Tablespace = "fast" }
	fires(t, hazard.TableSetTablespaceCopy, altered(15, nil, moved))
	silent(t, hazard.TableSetTablespaceCopy, created(moved))
	fires(t, hazard.TableOptionLock, altered(15, nil, commentedTable))
	silent(t, hazard.TableOptionLock, altered(15, nil, noteAdded))
	filled := func(t *schema.Table) { t.Options = map[string]string{"fillfactor": "70"} }
	fires(t, hazard.StorageChangeNotRetroactive, altered(15, nil, filled))
	silent(t, hazard.StorageChangeNotRetroactive, created(filled))
	full := func(t *schema.Table) { t.ReplicaIdentity.Mode = schema.ReplicaIdentityFull }
	fires(t, hazard.ReplicaIdentityChange, altered(15, nil, full))
	silent(t, hazard.ReplicaIdentityChange, altered(15, full, commentedTable))
}

func TestHazardsOfPublishedTables(t *testing.T) {
	t.Parallel()
	keyless := all(published, bare)
	fires(t, hazard.TableWithoutReplicaIdentity, altered(15, keyless, noteAdded))
	silent(t, hazard.TableWithoutReplicaIdentity, altered(15, published, noteAdded))
	silent(t, hazard.TableWithoutReplicaIdentity, altered(15, bare, noteAdded))
	fires(t, hazard.LogicalSubscriberMissingColumn, altered(15, published, noteAdded))
	silent(t, hazard.LogicalSubscriberMissingColumn, altered(15, nil, noteAdded))
	withDefault := add(schema.Column{Name: "note", Type: text, Default: expr("''", schema.Immutable)})
	fires(t, hazard.LogicalRewriteNotReplicated, altered(15, published, withDefault))
	silent(t, hazard.LogicalRewriteNotReplicated, altered(15, published, noteAdded))
	silent(t, hazard.LogicalRewriteNotReplicated, altered(15, nil, withDefault))
	optional := func(t *schema.Table) { t.Column("plan").Nullable = true }
	fires(t, hazard.LogicalSubscriberStricter, altered(15, published, optional))
	silent(t, hazard.LogicalSubscriberStricter, altered(15, published, required("email", nil)))
	silent(t, hazard.LogicalSubscriberStricter, altered(15, nil, optional))
}
