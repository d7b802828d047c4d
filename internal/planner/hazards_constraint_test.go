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

func TestHazardsOfChecks(t *testing.T) {
	t.Parallel()
	unproven := all(checked("users_plan_check", "plan <> ''"), func(t *schema.Table) { t.Checks[len(t.Checks)-1].NotValid = true })
	proven := altered(15, nil, checked("users_plan_check", "plan <> ''"))
	fires(t, hazard.CheckAddFailsOnRows, proven)
	silent(t, hazard.CheckAddFailsOnRows, altered(15, nil, unproven))
	silent(t, hazard.CheckAddFailsOnRows, created(checked("users_plan_check", "plan <> ''")))
	fires(t, hazard.NotValidBlocksLegacyUpdates, altered(15, nil, unproven))
	silent(t, hazard.NotValidBlocksLegacyUpdates, created(unproven))
	fires(t, hazard.ConstraintLeftNotValid, altered(15, nil, unproven))
	silent(t, hazard.ConstraintLeftNotValid, proven)
	fires(t, hazard.ConstraintDropWeakens, altered(15, nil, func(t *schema.Table) { t.Checks = nil }))
	silent(t, hazard.ConstraintDropWeakens, altered(15, nil, checked("users_email_check", "email LIKE '%@%'")))
	excluded := func(t *schema.Table) {
		t.Exclusions = []schema.Exclusion{{Name: "users_email_excl", Method: "btree", Elements: []schema.ExclusionElement{
			{IndexKey: schema.IndexKey{Column: "email"}, Operator: "="},
		}}}
	}
	fires(t, hazard.ExclusionAddNoOnlinePath, altered(15, nil, excluded))
	silent(t, hazard.ExclusionAddNoOnlinePath, created(excluded))
}

func TestHazardsOfKeys(t *testing.T) {
	t.Parallel()
	added := keyChanged(nil, uniqueOn(emailKey()))
	fires(t, hazard.UniqueAddFailsOnDuplicates, added)
	silent(t, hazard.UniqueAddFailsOnDuplicates, keyChanged(withIndex(named("users_email_key"), unique), uniqueOn(emailKey())))
	fires(t, hazard.UniqueUsingIndexIneligible, keyChanged(withIndex(named("users_email_key")), uniqueOn(emailKey())))
	silent(t, hazard.UniqueUsingIndexIneligible, added)
	noUniques := func(t *schema.Table) { t.Uniques = nil }
	fires(t, hazard.ConstraintDropWeakens, keyChanged(observedUnique(emailKey()), noUniques))
	fires(t, hazard.PrimaryKeyDropBreaksDependents, keyChanged(all(observedUnique(emailKey()), referencedBy("email")), noUniques))
	silent(t, hazard.PrimaryKeyDropBreaksDependents, keyChanged(observedUnique(emailKey()), noUniques))
	swapped := func(t *schema.Table) {
		t.PrimaryKey = &schema.Key{Name: "users_pkey", Columns: []schema.Name{"id", "email"}}
		t.Column("email").Nullable = false
	}
	fires(t, hazard.PrimaryKeyAddBuildsIndex, keyChanged(partitioned, swapped))
	silent(t, hazard.PrimaryKeyAddBuildsIndex, keyChanged(nil, swapped))
	fires(t, hazard.ColumnSetNotNullFailsOnNulls, keyChanged(bare, pkey("id", "email")))
	fires(t, hazard.IndexConcurrentCorruptionPG14, indexed(140003, nil, emailIndex()))
	silent(t, hazard.IndexConcurrentCorruptionPG14, indexed(140004, nil, emailIndex()))
}

func TestHazardsOfForeignKeys(t *testing.T) {
	t.Parallel()
	planIndex := withIndex(func(i *schema.Index) { i.Keys[0].Column = "plan" })
	added := referring(15, nil, planKeyOf())
	fires(t, hazard.ForeignKeyAddFailsOnOrphans, added)
	silent(t, hazard.ForeignKeyAddFailsOnOrphans, referring(15, nil, planKeyOf(notValid)))
	fires(t, hazard.ForeignKeyMissingSupportingIndex, added)
	silent(t, hazard.ForeignKeyMissingSupportingIndex, referring(15, planIndex, planKeyOf()))
	fires(t, hazard.ConstraintLeftNotValid, referring(15, nil, planKeyOf(notValid)))
	silent(t, hazard.ConstraintLeftNotValid, added)
	fires(t, hazard.ForeignKeyAdoptPartitionLocksReferenced, referring(17, partitioned, planKeyOf()))
	silent(t, hazard.ForeignKeyAdoptPartitionLocksReferenced, referring(18, partitioned, planKeyOf()))
	table, plans := usersTable(), schema.Table{
		Name: inPublic("plans"), Columns: []schema.Column{{Name: "name", Type: integer}},
		PrimaryKey: &schema.Key{Name: "plans_pkey", Columns: []schema.Name{"name"}},
	}
	both := func() planner.Plan {
		return planner.Plan{Operations: added.Operations, Findings: planner.ForeignKeyFindings(table, plans, planKeyOf())}
	}
	fires(t, hazard.ForeignKeyTypeMismatch, both())
	plans.Columns[0].Type = text
	silent(t, hazard.ForeignKeyTypeMismatch, both())
	change := planner.Change{Server: planner.Server{Version: 150000}}
	table.ForeignKeys = []schema.ForeignKey{planKeyOf()}
	fires(t, hazard.ForeignKeyDropLosesIntegrity, planner.PlanForeignKeyDrop(change, table, planKeyOf()))
	silent(t, hazard.ForeignKeyDropLosesIntegrity, added)
}

func TestHazardsOfNames(t *testing.T) {
	t.Parallel()
	long := schema.Name("users_" + strings.Repeat("x", 60))
	fires(t, hazard.IdentifierTruncated, indexed(150000, nil, emailIndex(named(long))))
	fires(t, hazard.IdentifierTruncated, referring(15, nil, planKeyOf(fkNamed(long))))
	silent(t, hazard.IdentifierTruncated, indexed(150000, nil, emailIndex(named(long[:63]))))
	fires(t, hazard.IdentifierDuplicate, indexed(150000, nil, emailIndex(), emailIndex(onLower)))
	silent(t, hazard.IdentifierDuplicate, indexed(150000, nil, emailIndex(), emailIndex(named("another"), onLower)))
	validated := func(change func(*schema.Table)) planner.Plan {
		_, desired := tableCase{after: change}.tables()
		return planner.Plan{Operations: []planner.Operation{{}}, Findings: planner.ValidateTable(desired)}
	}
	fires(t, hazard.IdentifierTruncated, validated(func(t *schema.Table) { t.Checks[0].Name = long }))
	silent(t, hazard.IdentifierTruncated, validated(nothing))
	fires(t, hazard.IdentifierDuplicate, validated(uniqueOn(emailKey(func(k *schema.Key) { k.Name = "users_email_check" }))))
	silent(t, hazard.IdentifierDuplicate, validated(nothing))

	renamed := indexCase{there: []schema.Index{emailIndex(named("before"))}, desired: new(emailIndex()), observed: "before"}
	fires(t, hazard.NameReferencedByClients, renamed.plan())
	silent(t, hazard.NameReferencedByClients, indexed(150000, nil, emailIndex()))
}
