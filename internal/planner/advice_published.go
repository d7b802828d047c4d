// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// advisePublished is about what subscribers of the table will meet: their own
// tables cannot be seen from here.
func advisePublished(table schema.Table, desired schema.Column, observed *schema.Column) []Finding {
	if len(table.Publications) == 0 {
		return nil
	}
	id, publications := columnID(table, desired.Name), schema.QuoteNames(table.Publications)
	switch {
	case observed == nil && desired.Default != nil && !volatile(*desired.Default) && desired.Backfill == nil && desired.Replaces == nil:
		return []Finding{{
			Hazard: hazard.LogicalRewriteNotReplicated, Severity: hazard.Warning, Path: []string{"default"},
			Summary: fmt.Sprintf("Subscribers do not get the default of %s for rows that exist", id),
			Detail: fmt.Sprintf("The table is published by %s. What ADD COLUMN gives the rows that exist is not replicated: on a subscriber they have what the column "+
				"got there. Give it the same default there.", publications),
		}}
	case observed != nil && !observed.Type.Equal(desired.Type):
		return []Finding{stricter(id, []string{"type"}, publications, fmt.Sprintf("Values of type %s that the column of a subscriber cannot hold stop its apply worker", desired.Type.SQL()))}
	case observed != nil && !observed.Nullable && desired.Nullable && desired.Identity == nil && !inPrimaryKey(table, desired.Name):
		return []Finding{stricter(id, []string{"nullable"}, publications, "The first NULL stops the apply worker of a subscriber whose column is NOT NULL")}
	}
	return nil
}

func stricter(id string, path []string, publications, consequence string) Finding {
	return Finding{
		Hazard: hazard.LogicalSubscriberStricter, Severity: hazard.Warning, Path: path,
		Summary: fmt.Sprintf("A subscriber may be stricter than %s", id),
		Detail: fmt.Sprintf("The table is published by %s. %s, and the slot keeps the WAL until it goes on. Change the column on the subscribers first.",
			publications, consequence),
	}
}

// adviseReplicaIdentity is about a published table whose rows no subscriber can
// find.
func adviseReplicaIdentity(desired, observed schema.Table) []Finding {
	keyless := desired.PrimaryKey == nil && observed.PrimaryKey == nil
	mode := desired.ReplicaIdentity.Mode
	if len(observed.Publications) == 0 || !keyless && mode == schema.ReplicaIdentityDefault ||
		mode == schema.ReplicaIdentityFull || mode == schema.ReplicaIdentityIndex {
		return nil
	}
	return []Finding{{
		Hazard: hazard.TableWithoutReplicaIdentity, Severity: hazard.Warning, Path: []string{"replica_identity"},
		Summary: fmt.Sprintf("%s is published and has no replica identity", observed.Name),
		Detail: fmt.Sprintf("It is published by %s: each UPDATE and DELETE that is published fails (55000). Declare a primary key, or a replica_identity.",
			schema.QuoteNames(observed.Publications)),
	}}
}
