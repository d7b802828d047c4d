// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// tableChange plans the change of a table that is there, part after part. Table
// is what the parts before leave.
type tableChange struct {
	change         Change
	desired, prior schema.Table
	observed       schema.Table
	table          schema.Table
	result         Plan
}

// plan orders the parts: what goes first, so that nothing is proven or rebuilt
// in vain; then columns, which keys and checks need; then the constraints. The
// replica identity changes before the index goes that it used.
func (t *tableChange) plan() Plan {
	early := t.desired.ReplicaIdentity.Mode != schema.ReplicaIdentityIndex ||
		t.observed.Index(t.desired.ReplicaIdentity.Index) != nil
	if early {
		t.replicaIdentity()
	}
	t.drops()
	t.columns(false)
	t.keys()
	t.columns(true)
	t.checks()
	if !early {
		t.replicaIdentity()
	}
	t.exclusions()
	t.add(planRelocation(t.change, t.table, t.desired))
	t.add(planOptions(t.table, t.desired, t.prior.Options))
	return t.result
}

func (t *tableChange) add(p Plan) { t.result = t.result.with(p) }

func (t *tableChange) replicaIdentity() {
	table := t.table
	for _, key := range keysOf(t.desired) {
		// A key that an earlier part of this plan builds.
		if table.Index(key.Name) == nil && key.Name == t.desired.ReplicaIdentity.Index {
			table.Indexes = append(slices.Clone(table.Indexes), keyIndex(table.Name, key))
		}
	}
	t.add(planReplicaIdentity(table, t.desired.ReplicaIdentity))
	// A key that is replaced hands its part of the replica identity on: it has
	// to know that there is none any more.
	t.table.ReplicaIdentity = t.desired.ReplicaIdentity
	t.table.Indexes = slices.Clone(t.table.Indexes)
	for i := range t.table.Indexes {
		t.table.Indexes[i].ReplicaIdentity = t.desired.ReplicaIdentity.Mode == schema.ReplicaIdentityIndex &&
			t.table.Indexes[i].Name.Name == t.desired.ReplicaIdentity.Index
	}
}

func keysOf(table schema.Table) []schema.Key {
	keys := slices.Clone(table.Uniques)
	if table.PrimaryKey != nil {
		keys = append(keys, *table.PrimaryKey)
	}
	return keys
}

// drops plans the end of constraints that the state names and the configuration
// no longer does. A check that proves a NOT NULL to come stays until then.
func (t *tableChange) drops() {
	for _, check := range sortedByName(t.prior.Checks, func(k schema.Check) schema.Name { return k.Name }) {
		if gone := t.observed.Check(check.Name); gone != nil && t.desired.Check(check.Name) == nil && !t.provesNotNull(*gone) {
			t.dropCheck(*gone)
		}
	}
	for _, exclusion := range sortedByName(t.prior.Exclusions, func(k schema.Exclusion) schema.Name { return k.Name }) {
		if t.observed.Exclusion(exclusion.Name) != nil && t.desired.Exclusion(exclusion.Name) == nil {
			t.add(dropConstraint(t.table, exclusion.Name, "exclusion constraint").under("exclusions"))
			t.table.Exclusions = slices.DeleteFunc(slices.Clone(t.table.Exclusions),
				func(e schema.Exclusion) bool { return e.Name == exclusion.Name })
		}
	}
	for _, key := range sortedByName(t.prior.Uniques, func(k schema.Key) schema.Name { return k.Name }) {
		if gone := t.observed.Unique(key.Name); gone != nil && t.desired.Unique(key.Name) == nil {
			t.add(planKey(t.change, t.table, nil, gone, false))
			t.table.Uniques = slices.DeleteFunc(slices.Clone(t.table.Uniques), func(k schema.Key) bool { return k.Name == key.Name })
		}
	}
	if t.prior.PrimaryKey != nil && t.desired.PrimaryKey == nil && t.observed.PrimaryKey != nil {
		t.add(planKey(t.change, t.table, nil, t.observed.PrimaryKey, true))
		t.table.PrimaryKey = nil
	}
}

func (t *tableChange) dropCheck(check schema.Check) {
	t.add(planCheckDrop(t.table, check).under("checks"))
	t.table.Checks = slices.DeleteFunc(slices.Clone(t.table.Checks), func(k schema.Check) bool { return k.Name == check.Name })
}

func (t *tableChange) provesNotNull(check schema.Check) bool {
	return slices.ContainsFunc(t.desired.Columns, func(c schema.Column) bool {
		have := t.observed.Column(c.Name)
		return have != nil && have.Nullable && !c.Nullable && provesNotNull(check, c.Name)
	})
}

// columns plans the columns. One that leaves the primary key waits until it has
// (late): PostgreSQL refuses DROP NOT NULL before.
func (t *tableChange) columns(late bool) {
	for _, column := range t.desired.Columns {
		leaves := t.observed.PrimaryKey != nil && t.desired.PrimaryKey != nil &&
			contains(t.observed.PrimaryKey.Columns, column.Name) && !contains(t.desired.PrimaryKey.Columns, column.Name)
		if leaves != late {
			continue
		}
		observed := t.table.Column(column.Name)
		t.add(PlanColumn(t.change, t.table, column, observed).under("columns", string(column.Name)))
		t.table = withColumn(t.table, afterColumn(t.table, column, observed))
	}
}

func (t *tableChange) keys() {
	if t.desired.PrimaryKey != nil {
		t.key(*t.desired.PrimaryKey, t.observed.PrimaryKey, true)
		t.table.PrimaryKey = t.desired.PrimaryKey
	}
	for _, key := range t.desired.Uniques {
		t.key(key, t.observed.Unique(key.Name), false)
	}
}

func (t *tableChange) key(desired schema.Key, observed *schema.Key, primary bool) {
	plan := planKey(t.change, t.probed(), &desired, observed, primary)
	if slices.ContainsFunc(t.fresh(), func(n schema.Name) bool { return contains(desired.Columns, n) }) {
		plan.Probes = nil
	}
	t.add(plan)
}

// fresh are the columns that the table does not have yet: nobody can ask about
// their values.
func (t *tableChange) fresh() []schema.Name {
	return slices.DeleteFunc(names(t.desired.Columns), func(n schema.Name) bool { return t.observed.Column(n) != nil })
}

func (t *tableChange) checks() {
	for _, check := range t.desired.Checks {
		plan := planCheck(t.probed(), check, t.observed.Check(check.Name))
		plan.Probes = withoutUnknownColumns(plan.Probes, check, t.fresh())
		t.add(plan.under("checks", string(check.Name)))
	}
	for _, check := range sortedByName(t.prior.Checks, func(k schema.Check) schema.Name { return k.Name }) {
		if kept := t.table.Check(check.Name); kept != nil && t.desired.Check(check.Name) == nil {
			t.dropCheck(*kept)
		}
	}
}

// probed is the table for questions to the rows: its primary key is the one
// that they have now.
func (t *tableChange) probed() schema.Table {
	table := t.table
	table.PrimaryKey = t.observed.PrimaryKey
	return table
}

func names(columns []schema.Column) []schema.Name {
	result := make([]schema.Name, len(columns))
	for i, column := range columns {
		result[i] = column.Name
	}
	return result
}

func (t *tableChange) exclusions() {
	for _, exclusion := range t.desired.Exclusions {
		t.add(planExclusion(t.change, t.table, exclusion, t.observed.Exclusion(exclusion.Name)).under("exclusions", string(exclusion.Name)))
	}
}
