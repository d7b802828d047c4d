// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestHazardsOfNewColumns(t *testing.T) {
	t.Parallel()
	column := func(change func(*schema.Column)) func(*schema.Table) {
		c := noteColumn
		change(&c)
		return add(c)
	}
	fires(t, hazard.ColumnAddBreaksStarClients, altered(15, nil, noteAdded))
	silent(t, hazard.ColumnAddBreaksStarClients, created(noteAdded))
	stored := column(func(c *schema.Column) {
		c.Generated = &schema.Generated{Expression: *expr("lower(email)", schema.Immutable)}
	})
	fires(t, hazard.ColumnAddGeneratedStoredRewrite, altered(18, nil, stored))
	silent(t, hazard.ColumnAddGeneratedStoredRewrite, created(stored))
	silent(t, hazard.ColumnAddGeneratedStoredRewrite, altered(18, nil, add(virtualColumn)))
	domain := func(constrained bool) func(*schema.Table) {
		return column(func(c *schema.Column) {
			c.Type = schema.Type{Text: "email", Canonical: "public.email", Facts: &schema.TypeFacts{Kind: "d", Length: -1, Constrained: constrained}}
		})
	}
	fires(t, hazard.ColumnAddConstrainedDomainRewrite, altered(15, nil, domain(true)))
	silent(t, hazard.ColumnAddConstrainedDomainRewrite, altered(15, nil, domain(false)))
	mandatory := column(func(c *schema.Column) { c.Nullable = false })
	fires(t, hazard.ColumnAddRequiredFails, altered(15, nil, mandatory))
	silent(t, hazard.ColumnAddRequiredFails, altered(15, nil, column(func(c *schema.Column) { c.Nullable, c.Backfill = false, expr("''", "") })))
	fires(t, hazard.ColumnAddRequiredBreaksWriters, altered(15, nil, mandatory))
	silent(t, hazard.ColumnAddRequiredBreaksWriters, altered(15, nil, column(func(c *schema.Column) { c.Nullable, c.Default = false, expr("''", schema.Immutable) })))
	unknown := func(v schema.Volatility) func(*schema.Table) {
		return column(func(c *schema.Column) { c.Default = expr("make_key()", v) })
	}
	fires(t, hazard.ColumnDefaultVolatilityUnknown, altered(15, nil, unknown("")))
	silent(t, hazard.ColumnDefaultVolatilityUnknown, altered(15, nil, unknown(schema.Volatile)))
	crowded := func(position int) func(*schema.Table) {
		return func(t *schema.Table) { t.Column("plan").Position = position }
	}
	fires(t, hazard.ColumnSlotsExhausted, altered(15, crowded(1400), noteAdded))
	silent(t, hazard.ColumnSlotsExhausted, altered(15, crowded(1399), noteAdded))
	silent(t, hazard.ColumnSlotsExhausted, altered(15, crowded(1500), commentedTable))
}

func TestHazardsOfDefaultsAndIdentity(t *testing.T) {
	t.Parallel()
	fires(t, hazard.ColumnDefaultChangePartialInserts, altered(15, nil, func(t *schema.Table) { t.Column("plan").Default = nil }))
	silent(t, hazard.ColumnDefaultChangePartialInserts, altered(15, nil, noteAdded))
	plainKey := func(t *schema.Table) { t.Column("id").Identity = nil }
	unindexed := func(t *schema.Table) { t.Column("email").Type, t.Checks = bigint, nil }
	fires(t, hazard.IdentitySequenceNotAdvanced, altered(15, unindexed, func(t *schema.Table) {
		t.Column("email").Identity, t.Column("email").Nullable = &schema.Identity{}, false
	}))
	silent(t, hazard.IdentitySequenceNotAdvanced, altered(15, plainKey, identity))
	fires(t, hazard.SequenceDropOrUntracked, altered(15, nil, plainKey))
	silent(t, hazard.SequenceDropOrUntracked, altered(15, plainKey, identity))
	generated := func(expression string) func(*schema.Table) {
		return func(t *schema.Table) {
			t.Column("email").Generated = &schema.Generated{Expression: *expr(expression, schema.Immutable)}
		}
	}
	fires(t, hazard.GeneratedExpressionSetRewrite, altered(17, generated("lower(plan)"), generated("upper(plan)")))
	silent(t, hazard.GeneratedExpressionSetRewrite, altered(17, generated("lower(plan)"), commentedTable))
	frozen := func(t *schema.Table) { t.Column("email").Generated = nil }
	fires(t, hazard.GeneratedExpressionDropFreezes, altered(17, generated("lower(plan)"), frozen))
	silent(t, hazard.GeneratedExpressionDropFreezes, altered(17, generated("lower(plan)"), commentedTable))
}

func TestHazardsOfNotNull(t *testing.T) {
	t.Parallel()
	for _, version := range []int{17, 18} {
		setNotNull := altered(version, nil, required("email", nil))
		fires(t, hazard.ColumnSetNotNullFailsOnNulls, setNotNull)
		fires(t, hazard.ColumnSetNotNullBreaksWriters, setNotNull)
	}
	proven := all(checked("there", "email IS NOT NULL"), func(t *schema.Table) { t.Checks[len(t.Checks)-1].Columns = []schema.Name{"email"} })
	silent(t, hazard.ColumnSetNotNullFailsOnNulls, altered(17, proven, required("email", nil)))
	silent(t, hazard.ColumnSetNotNullBreaksWriters, altered(17, nil, noteAdded))
	optional := func(t *schema.Table) { t.Column("plan").Nullable = true }
	fires(t, hazard.ColumnDropNotNullBreaksReaders, altered(17, nil, optional))
	silent(t, hazard.ColumnDropNotNullBreaksReaders, altered(17, nil, required("email", nil)))
	inherited := func(t *schema.Table) { t.Column("plan").Inherited = true }
	fires(t, hazard.ColumnDropNotNullBlocked, altered(17, inherited, optional))
	silent(t, hazard.ColumnDropNotNullBlocked, altered(17, nil, optional))
}

func TestHazardsOfTypeChanges(t *testing.T) {
	t.Parallel()
	widened := retyped(short, wide, nil, false)
	fires(t, hazard.ColumnTypeChangeRewrite, retyped(wide, short, nil, false))
	silent(t, hazard.ColumnTypeChangeRewrite, widened)
	fires(t, hazard.ColumnTypeChangeIndexRebuild, retyped(short, wide, onValue(lowerValue, unique), false))
	silent(t, hazard.ColumnTypeChangeIndexRebuild, retyped(short, wide, onValue(unique), false))
	fires(t, hazard.ColumnTypeChangeForeignKeyRecheck, retyped(short, wide, valueForeignKeys, false))
	silent(t, hazard.ColumnTypeChangeForeignKeyRecheck, widened)
	fires(t, hazard.ColumnTypeChangeTimezoneDependent, retyped(naive, aware, nil, true))
	fires(t, hazard.ColumnTypeChangeTimezoneDependent, retyped(naive, aware, nil, false))
	silent(t, hazard.ColumnTypeChangeTimezoneDependent, retyped("timestamp(3) without time zone", naive, nil, true))
	assigned := &schema.Conversion{Facts: &schema.ConversionFacts{Assigns: true, Cast: "(value)::" + short}}
	fires(t, hazard.ColumnTypeNarrowingFails, typeCase{from: wide, to: short, phase: schema.Migrate, conversion: assigned}.plan())
	silent(t, hazard.ColumnTypeNarrowingFails, widened)
	fires(t, hazard.ColumnTypeChangeBlockedByDependents, retyped(short, wide, dependsOnValue, false))
	silent(t, hazard.ColumnTypeChangeBlockedByDependents, widened)
	fires(t, hazard.ColumnTypeChangeBreaksClients, widened)
	silent(t, hazard.ColumnTypeChangeBreaksClients, altered(15, nil, noteAdded))
	fires(t, hazard.ColumnTypeChangeDropsStatistics, widened)
	silent(t, hazard.ColumnTypeChangeDropsStatistics, altered(15, nil, noteAdded))
	fires(t, hazard.IndexReplaceGap, retyped(short, wide, onValue(lowerValue), false))
	silent(t, hazard.IndexReplaceGap, retyped(short, wide, onValue(), false))
}

func TestHazardsOfStyle(t *testing.T) {
	t.Parallel()
	typed := func(name string) func(*schema.Table) {
		return add(schema.Column{Name: "note", Type: typeOf(name), Nullable: true})
	}
	fires(t, hazard.DesignCharType, altered(15, nil, typed("character(10)")))
	silent(t, hazard.DesignCharType, altered(15, nil, typed("text")))
	fires(t, hazard.DesignVarcharLimit, created(typed("character varying(10)")))
	silent(t, hazard.DesignVarcharLimit, created(typed("character varying")))
	fires(t, hazard.DesignTimestampWithoutTZ, created(typed("timestamp(3) without time zone")))
	silent(t, hazard.DesignTimestampWithoutTZ, created(typed("timestamp with time zone")))
	fires(t, hazard.DesignJSONType, created(typed("json")))
	silent(t, hazard.DesignJSONType, created(typed("jsonb")))
	mood := schema.Type{Text: "mood", Canonical: "public.mood", Facts: &schema.TypeFacts{Kind: "e"}}
	fires(t, hazard.EnumDiscouraged, created(add(schema.Column{Name: "note", Type: mood, Nullable: true})))
	moodDomain := schema.Type{Text: "moods", Canonical: "public.moods", Facts: &schema.TypeFacts{Kind: "d", Base: &mood}}
	fires(t, hazard.EnumDiscouraged, created(add(schema.Column{Name: "note", Type: moodDomain, Nullable: true})))
	silent(t, hazard.EnumDiscouraged, created(typed("text")))
	shortKey := func(t *schema.Table) { t.Column("id").Type = integer }
	fires(t, hazard.DesignShortInteger, created(shortKey))
	silent(t, hazard.DesignShortInteger, created(typed("integer")))
	// What is there already stays without a word.
	silent(t, hazard.DesignShortInteger, altered(15, shortKey, noteAdded))
}
