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
	moves          moves
	// swaps give the constraints of new columns the place of those of old ones:
	// the first steps of contract.
	swaps  []Operation
	result Plan
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
	t.add(t.moves.begin(&t.table))
	t.columns(false)
	t.keys()
	t.columns(true)
	t.checks()
	if !early {
		t.replicaIdentity()
	}
	t.exclusions()
	if t.result.Refused() {
		return t.result
	}
	t.add(t.moves.finish(t.table, t.swaps))
	t.add(planRelocation(t.table, t.desired))
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
// no longer does. A check that proves a NOT NULL to come stays until then, and
// what belongs to a column that a transition retains stays as long as that.
func (t *tableChange) drops() {
	for _, check := range sortedByName(t.prior.Checks, func(k schema.Check) schema.Name { return k.Name }) {
		if gone := t.observed.Check(check.Name); gone != nil && t.desired.Check(check.Name) == nil && !t.provesNotNull(*gone) &&
			!inheritsCheck(t.desired, *gone) && !t.retained(checkConstraint(*gone)) {
			t.dropCheck(*gone)
		}
	}
	for _, exclusion := range sortedByName(t.prior.Exclusions, func(k schema.Exclusion) schema.Name { return k.Name }) {
		gone := t.observed.Exclusion(exclusion.Name)
		if gone != nil && t.desired.Exclusion(exclusion.Name) == nil && !gone.Inherited && !t.retained(exclusionConstraint(*gone)) {
			t.add(dropConstraint(t.table, exclusion.Name, "exclusion constraint").under("exclusions"))
			t.table.Exclusions = slices.DeleteFunc(slices.Clone(t.table.Exclusions),
				func(e schema.Exclusion) bool { return e.Name == exclusion.Name })
		}
	}
	for _, key := range sortedByName(t.prior.Uniques, func(k schema.Key) schema.Name { return k.Name }) {
		if gone := t.observed.Unique(key.Name); gone != nil && t.desired.Unique(key.Name) == nil && !inheritsKey(t.desired, *gone) &&
			!t.retained(keyConstraint(uniqueKind, *gone)) {
			t.add(planKey(t.change, t.table, nil, gone, false))
			t.table.Uniques = slices.DeleteFunc(slices.Clone(t.table.Uniques), func(k schema.Key) bool { return k.Name == key.Name })
		}
	}
	if t.prior.PrimaryKey != nil && t.desired.PrimaryKey == nil && t.observed.PrimaryKey != nil && !inheritsKey(t.desired, *t.observed.PrimaryKey) &&
		!t.retained(keyConstraint(primaryKind, *t.observed.PrimaryKey)) {
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
		column = t.moves.effective(column, t.table)
		plan := planColumn(t.change, t.table, column, observed)
		t.add(t.moves.plannedColumn(plan, column.Name).under("columns", string(column.Name)))
		t.table = withColumn(t.table, afterColumn(t.table, column, observed))
	}
}

func (t *tableChange) keys() {
	if t.desired.PrimaryKey != nil && t.key(*t.desired.PrimaryKey, t.observed.PrimaryKey, true) {
		t.forgetReplacement(t.desired.PrimaryKey.Name)
		t.table.PrimaryKey = t.desired.PrimaryKey
	}
	for _, key := range t.desired.Uniques {
		if t.key(key, t.observed.Unique(key.Name), false) {
			t.forgetReplacement(key.Name)
			t.table.Uniques = slices.DeleteFunc(slices.Clone(t.table.Uniques), func(k schema.Key) bool { return k.Name == key.Name })
			t.table.Uniques = append(t.table.Uniques, key)
		}
	}
}

// forgetReplacement takes the temporary index or check of a replacement out of
// the table: it has taken the place of the constraint, or was dropped.
func (t *tableChange) forgetReplacement(of schema.Name) {
	temporary := schema.DerivedName("new", t.table.Name.Schema, t.table.Name.Name, of)
	t.table.Indexes = slices.DeleteFunc(slices.Clone(t.table.Indexes), func(i schema.Index) bool { return i.Name.Name == temporary })
	t.table.Uniques = slices.DeleteFunc(slices.Clone(t.table.Uniques), func(k schema.Key) bool { return k.Name == temporary })
	t.table.Checks = slices.DeleteFunc(slices.Clone(t.table.Checks), func(c schema.Check) bool { return c.Name == temporary })
}

// key plans a key, and reports whether the plan leads to it.
func (t *tableChange) key(desired schema.Key, observed *schema.Key, primary bool) bool {
	plan := planKey(t.change, t.probed(), &desired, observed, primary)
	if slices.ContainsFunc(t.fresh(), func(n schema.Name) bool { return contains(desired.Columns, n) }) {
		plan.Probes = nil
	}
	kind := uniqueKind
	if primary {
		kind = primaryKind
	}
	wanted := keyConstraint(kind, desired)
	if observed == nil || sameKey(desired, *observed) {
		return t.constraint(plan, wanted, nil, 0)
	}
	swap := 1
	if desired.Comment != "" {
		swap++
	}
	have := keyConstraint(kind, *observed)
	return t.constraint(plan, wanted, &have, swap)
}

// constraint adds the plan of a constraint, as far as transitions let it be, and
// reports whether it leads to what is declared. The last swap operations
// exchange the observed constraint, where it is one that is redefined.
func (t *tableChange) constraint(plan Plan, wanted constraint, observed *constraint, swap int) bool {
	var swapped []move
	if observed != nil {
		swapped = t.moves.swapped(wanted, *observed)
	}
	reaches := func(phase schema.Phase) bool {
		return !slices.ContainsFunc(swapped, func(m move) bool { return !m.to.Reaches(phase) })
	}
	switch {
	case t.moves.held(wanted), !reaches(schema.Migrate):
		// What will not be possible is said before anything begins.
		if plan.Refused() {
			t.add(Plan{Findings: plan.Findings})
		}
		return false
	case len(swapped) > 0 && !plan.Refused():
		at := len(plan.Operations) - swap
		exchange := Plan{Operations: plan.Operations[at:]}.in(schema.Contract)
		plan.Operations = plan.Operations[:at]
		t.add(plan.in(schema.Migrate))
		if reaches(schema.Contract) {
			t.swaps = append(t.swaps, exchange.Operations...)
		}
		return reaches(schema.Contract)
	}
	t.add(t.moves.constrained(plan, wanted))
	return true
}

func (t *tableChange) retained(c constraint) bool {
	return slices.ContainsFunc(t.observed.Columns, func(column schema.Column) bool {
		return c.names([]schema.Name{column.Name}) && t.moves.retains(column.Name)
	})
}

// fresh are the columns that the table does not have yet: nobody can ask about
// their values.
func (t *tableChange) fresh() []schema.Name {
	return slices.DeleteFunc(names(t.desired.Columns), func(n schema.Name) bool { return t.observed.Column(n) != nil })
}

func (t *tableChange) checks() {
	for _, check := range t.desired.Checks {
		observed := t.observed.Check(check.Name)
		if observed != nil && t.moves.recast(t.table, check, *observed) {
			check.Expression = observed.Expression
		}
		plan := planCheck(t.probed(), check, observed)
		plan.Probes = withoutUnknownColumns(plan.Probes, check, t.fresh())
		plan = plan.under("checks", string(check.Name))
		if observed == nil || sameCheck(check, *observed) && !observed.NotEnforced {
			if t.constraint(plan, checkConstraint(check), nil, 0) {
				t.forgetReplacement(check.Name)
			}
			continue
		}
		have := checkConstraint(*observed)
		if t.constraint(plan, checkConstraint(check), &have, 1) {
			t.forgetReplacement(check.Name)
			t.table.Checks = slices.DeleteFunc(slices.Clone(t.table.Checks), func(k schema.Check) bool { return k.Name == check.Name })
			t.table.Checks = append(t.table.Checks, check)
		}
	}
	for _, check := range sortedByName(t.prior.Checks, func(k schema.Check) schema.Name { return k.Name }) {
		if kept := t.table.Check(check.Name); kept != nil && t.desired.Check(check.Name) == nil && !inheritsCheck(t.desired, *kept) &&
			!t.retained(checkConstraint(*kept)) {
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
		observed := t.observed.Exclusion(exclusion.Name)
		plan := planExclusion(t.change, t.table, exclusion, observed).under("exclusions", string(exclusion.Name))
		if observed == nil || sameExclusion(exclusion, *observed) {
			t.constraint(plan, exclusionConstraint(exclusion), nil, 0)
			continue
		}
		have := exclusionConstraint(*observed)
		if t.constraint(plan, exclusionConstraint(exclusion), &have, len(plan.Operations)) {
			t.table.Exclusions = slices.DeleteFunc(slices.Clone(t.table.Exclusions), func(e schema.Exclusion) bool { return e.Name == exclusion.Name })
			t.table.Exclusions = append(t.table.Exclusions, exclusion)
		}
	}
}
