// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestHazardsOfBuiltIndexes(t *testing.T) {
	t.Parallel()
	built := indexed(150000, nil, emailIndex())
	columns := func(names ...schema.Name) func(*schema.Index) {
		return func(i *schema.Index) {
			i.Keys = nil
			for _, name := range names {
				i.Keys = append(i.Keys, schema.IndexKey{Column: name})
			}
		}
	}
	fires(t, hazard.IndexConcurrentWaitsOldSnapshots, built)
	silent(t, hazard.IndexConcurrentWaitsOldSnapshots, altered(15, nil, noteAdded))
	fires(t, hazard.IndexBuildLoad, built)
	silent(t, hazard.IndexBuildLoad, unindexed(nil, emailIndex()))
	fires(t, hazard.UniqueAddFailsOnDuplicates, indexed(150000, nil, emailIndex(unique)))
	silent(t, hazard.UniqueAddFailsOnDuplicates, built)
	fires(t, hazard.IndexHashDiscouraged, indexed(150000, nil, emailIndex(func(i *schema.Index) { i.Method = "hash" })))
	silent(t, hazard.IndexHashDiscouraged, built)
	fires(t, hazard.IndexRedundantOrTooMany, indexed(150000, nil, emailIndex(), emailIndex(named("users_same_idx"))))
	fires(t, hazard.IndexRedundantOrTooMany, indexed(150000, nil, emailIndex(), emailIndex(named("users_both_idx"), columns("email", "plan"))))
	silent(t, hazard.IndexRedundantOrTooMany, indexed(150000, nil, emailIndex(), emailIndex(named("users_plan_idx"), columns("plan", "email"))))
	silent(t, hazard.IndexRedundantOrTooMany, indexed(150000, nil, emailIndex(unique), emailIndex(named("users_both_idx"), columns("email", "plan"))))
	many := make([]schema.Index, 14) // the table has that of its primary key as well
	for i := range many {
		many[i] = emailIndex(named(schema.Name(fmt.Sprintf("users_%d_idx", i))), columns("id"))
	}
	fires(t, hazard.IndexRedundantOrTooMany, indexed(150000, nil, emailIndex(), many...))
	silent(t, hazard.IndexRedundantOrTooMany, indexed(150000, nil, emailIndex(), many[1:]...))
	fires(t, hazard.IndexWideLowValue, indexed(150000, nil, emailIndex(columns("email", "plan", "id", "email"))))
	silent(t, hazard.IndexWideLowValue, indexed(150000, nil, emailIndex(columns("email", "plan", "id"))))
	fires(t, hazard.IndexExpressionNeedsAnalyze, indexed(150000, nil, emailIndex(onLower)))
	silent(t, hazard.IndexExpressionNeedsAnalyze, built)
	fires(t, hazard.DDLNotIdempotent, indexed(150000, nil, emailIndex(commented), emailIndex()))
	silent(t, hazard.DDLNotIdempotent, built)
}

func TestHazardsOfDroppedIndexes(t *testing.T) {
	t.Parallel()
	dropped := unindexed(nil, emailIndex())
	fires(t, hazard.IndexDropDegradesQueries, dropped)
	silent(t, hazard.IndexDropDegradesQueries, indexed(150000, nil, emailIndex()))
	fires(t, hazard.IndexDropBlockedByConstraint, unindexed(nil, emailIndex(func(i *schema.Index) { i.Constraint = "users_email_key" })))
	fires(t, hazard.IndexDropBlockedByConstraint, unindexed(referencedBy("email"), emailIndex(unique)))
	silent(t, hazard.IndexDropBlockedByConstraint, unindexed(referencedBy("id"), emailIndex(unique)))
	fires(t, hazard.IndexDropReplicaIdentity, unindexed(nil, emailIndex(unique, func(i *schema.Index) { i.ReplicaIdentity = true })))
	silent(t, hazard.IndexDropReplicaIdentity, unindexed(nil, emailIndex(unique)))
	fires(t, hazard.IndexPartitionedDropNoConcurrent, unindexed(partitioned, emailIndex()))
	silent(t, hazard.IndexPartitionedDropNoConcurrent, dropped)
}

// An index costs updates of columns that no other one is on, where many updates
// were heap-only.
func TestHazardsOfUpdatedColumns(t *testing.T) {
	t.Parallel()
	advised := func(version int, updates, hot int64, desired schema.Index, there ...schema.Index) planner.Plan {
		plan := indexed(version, nil, desired, there...)
		table, server := usersTable(), planner.Server{Version: version}
		table.Indexes = append(table.Indexes, there...)
		columns := planner.NewlyIndexed(server, table, desired, nil)
		plan.Findings = append(plan.Findings, planner.AdviseHOTUpdates(server, table, desired, columns, updates, hot)...)
		return plan
	}
	brin := func(i *schema.Index) { i.Method = "brin" }
	fires(t, hazard.IndexBreaksHOTUpdates, advised(150000, 10_000, 1000, emailIndex()))
	silent(t, hazard.IndexBreaksHOTUpdates, advised(150000, 10_000, 999, emailIndex()))
	silent(t, hazard.IndexBreaksHOTUpdates, advised(150000, 10_001, 1000, emailIndex()))
	silent(t, hazard.IndexBreaksHOTUpdates, advised(150000, 10_000, 9000, emailIndex(), emailIndex(named("users_same_idx"))))
	fires(t, hazard.IndexBreaksHOTUpdates, advised(150000, 10_000, 9000, emailIndex(brin)))
	silent(t, hazard.IndexBreaksHOTUpdates, advised(160000, 10_000, 9000, emailIndex(brin)))
	silent(t, hazard.IndexBreaksHOTUpdates, advised(150000, 10_000, 9000, emailIndex(), emailIndex(named("users_brin_idx"), brin)))
	fires(t, hazard.IndexBreaksHOTUpdates, advised(160000, 10_000, 9000, emailIndex(), emailIndex(named("users_brin_idx"), brin)))
}

// A redefined index counts with what it had before.
func TestNewlyIndexed(t *testing.T) {
	t.Parallel()
	server, table := planner.Server{Version: 180000}, usersTable()
	old, both := emailIndex(), emailIndex(func(i *schema.Index) { i.Keys = append(i.Keys, schema.IndexKey{Column: "plan"}) })
	table.Indexes = append(table.Indexes, old)
	for name, test := range map[string]struct {
		desired  schema.Index
		observed *schema.Index
		want     []schema.Name
	}{
		"unchanged":     {old, &old, nil},
		"extended":      {both, &old, []schema.Name{"plan"}},
		"included":      {emailIndex(func(i *schema.Index) { i.Include = []schema.Name{"plan"} }), &old, []schema.Name{"plan"}},
		"in predicate":  {emailIndex(func(i *schema.Index) { i.Where = expr("plan = 'free'", schema.Immutable) }), &old, []schema.Name{"plan"}},
		"in expression": {emailIndex(named("users_lower_idx"), onLower), nil, nil},
	} {
		if got := planner.NewlyIndexed(server, table, test.desired, test.observed); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
