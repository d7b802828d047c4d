// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
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
