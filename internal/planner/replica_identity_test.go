// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// A key that is replaced hands the replica identity on to its successor, but
// not when the same plan has taken it away.
func TestReplacedKeyIsNoReplicaIdentityAgain(t *testing.T) {
	t.Parallel()
	observed := usersTable()
	observed.ReplicaIdentity = schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: "users_pkey"}
	observed.Indexes[0].ReplicaIdentity = true
	for mode, want := range map[schema.ReplicaIdentityMode]string{
		schema.ReplicaIdentityFull:  "REPLICA IDENTITY FULL",
		schema.ReplicaIdentityIndex: "REPLICA IDENTITY USING INDEX users_pkey",
	} {
		desired := usersTable()
		desired.PrimaryKey = &schema.Key{Name: "users_pkey", Columns: []schema.Name{"id", "plan"}}
		desired.ReplicaIdentity = schema.ReplicaIdentity{Mode: mode}
		if mode == schema.ReplicaIdentityIndex {
			desired.ReplicaIdentity.Index = "users_pkey"
		}
		plan := planner.PlanTable(planner.Change{Server: planner.Server{Version: 150000}}, desired, &observed, &observed)
		var all strings.Builder
		for _, o := range plan.Operations {
			all.WriteString(o.SQL())
		}
		if strings.Count(all.String(), "REPLICA IDENTITY") != 1 || !strings.Contains(all.String(), want) {
			t.Errorf("want %s once, got\n%s", want, all.String())
		}
	}
}
