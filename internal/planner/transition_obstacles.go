// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// obstacles refuses, at every phase, what contract could not drop or would drop
// unseen: a transition that cannot end must not begin.
func (m *moves) obstacles(desired, prior, observed schema.Table) {
	for _, move := range m.list {
		if move.takenBack() {
			continue
		}
		m.stillNamed(move, desired)
		rest := withoutHandled(withoutOwnTriggers(observed), desired, prior, move.Old)
		if move.replaces() {
			m.counterparts(move, rest)
			rest = withoutReplaceable(rest)
		}
		var blocking, vanishing []string
		for _, name := range move.Old {
			if column := observed.Column(name); column != nil {
				b, v := dependentsOf(rest, *column)
				blocking, vanishing = append(blocking, b...), append(vanishing, v...)
			}
		}
		if len(blocking) > 0 {
			m.findings = append(m.findings, refused(hazard.ColumnDropBlockedByDependents, move.path, move.summary(),
				fmt.Sprintf("Other objects depend on %s, and contract could not drop it:\n\n%s\n\nDrop or change "+
					"them first. CASCADE would drop them unseen, and is never used.", schema.QuoteNames(move.Old), lines(sortedUnique(blocking)))))
		}
		if len(vanishing) > 0 {
			m.findings = append(m.findings, refused(hazard.ColumnDropCollateralObjects, move.path, move.summary(),
				fmt.Sprintf("PostgreSQL would drop other objects with %s, without a word:\n\n%s\n\nThey concern more than this column. "+
					"Declare them without it, or drop them first, each on its own.", schema.QuoteNames(move.Old), lines(sortedUnique(vanishing)))))
		}
	}
}

func sortedUnique(items []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(items)))
}

// stillNamed refuses constraints that the configuration keeps on a column that
// is to go.
func (m *moves) stillNamed(move move, desired schema.Table) {
	for _, c := range constraintsOf(desired) {
		if named := c.namedOf(move.Old); len(named) > 0 {
			m.refuse(c.path, move.summary(), fmt.Sprintf("The %s still names %s, which will not be there after contract. Declare it on the columns that "+
				"take its place, or remove it: until contract, the old one is kept.", c.what, schema.QuoteNames(named)))
		}
	}
}

// withoutHandled is the table without those constraints on the columns that the
// plan takes care of: they are redefined without them, or were declared and no
// longer are.
func withoutHandled(table, desired, prior schema.Table, columns []schema.Name) schema.Table {
	wanted, known := constraintsOf(desired), constraintsOf(prior)
	handled := func(of constraint) bool {
		if !of.names(columns) {
			return false
		}
		if i := slices.IndexFunc(wanted, func(c constraint) bool { return c.is(of) }); i >= 0 {
			return !wanted[i].names(columns)
		}
		return slices.ContainsFunc(known, func(c constraint) bool { return c.is(of) })
	}
	if k := table.PrimaryKey; k != nil && handled(keyConstraint(primaryKind, *k)) {
		table.PrimaryKey = nil
	}
	table.Uniques = slices.DeleteFunc(slices.Clone(table.Uniques), func(k schema.Key) bool {
		return handled(keyConstraint(uniqueKind, k))
	})
	table.Checks = slices.DeleteFunc(slices.Clone(table.Checks), func(k schema.Check) bool {
		return handled(checkConstraint(k))
	})
	table.Exclusions = slices.DeleteFunc(slices.Clone(table.Exclusions), func(k schema.Exclusion) bool {
		return handled(exclusionConstraint(k))
	})
	return table
}

// withoutReplaceable is the table without what can have a counterpart on the
// new columns, which cannot be there before them.
func withoutReplaceable(table schema.Table) schema.Table {
	table.ForeignKeys = nil
	table.Indexes = slices.DeleteFunc(slices.Clone(table.Indexes), func(i schema.Index) bool { return i.Constraint == "" && !i.ReplicaIdentity })
	return table
}

// counterparts lists the indexes and foreign keys of the old columns that have
// none on the new ones. They go with contract, which is an error then, unless
// it is acknowledged.
func (m *moves) counterparts(move move, table schema.Table) {
	severity, when := hazard.Warning, "Contract drops them with the old columns, and is refused while the new ones have none like them. Declare those after this apply:"
	if move.to == schema.Contract {
		severity, when = hazard.Error, "They go with the old columns. Declare ones like them on the new columns first, or drop them first if nothing needs them any more:"
	}
	report := func(id hazard.ID, what string, items []string) {
		if len(items) > 0 {
			m.findings = append(m.findings, Finding{
				Hazard: id, Severity: severity, Path: move.path,
				Summary: fmt.Sprintf("%s of %s have no counterpart", what, columnIDs(table, move.Old)),
				Detail:  fmt.Sprintf("%s\n\n%s", when, lines(items)),
			})
		}
	}
	var indexes, keys []string
	for _, index := range table.Indexes {
		if index.Constraint == "" && !index.ReplicaIdentity && intersect(columnsOf(index), move.Old) && !move.hasIndex(table, index) {
			successor, _ := IndexHalves(table, index.Name)
			indexes = append(indexes, "  index "+index.Name.String()+expandedOnly(successor != nil))
		}
	}
	for _, key := range table.ForeignKeys {
		if intersect(key.Columns, move.Old) && !move.hasForeignKey(table, key) {
			successor, _ := ForeignKeyHalves(table, key.Name)
			keys = append(keys, fmt.Sprintf("  foreign key %s to %s%s", key.Name, key.References, expandedOnly(successor != nil)))
		}
	}
	report(hazard.IndexDropDegradesQueries, "Indexes", indexes)
	report(hazard.ForeignKeyDropLosesIntegrity, "Foreign keys", keys)
}

// expandedOnly says why what replaces an object is no counterpart of it yet: it
// is to have its name, which would go with it.
func expandedOnly(is bool) string {
	if !is {
		return ""
	}
	return `, whose redefinition has only been expanded: apply its phase = "migrate" first`
}

// hasIndex reports an index on new columns that has all other columns of the
// old one as well.
func (m move) hasIndex(table schema.Table, old schema.Index) bool {
	return slices.ContainsFunc(table.Indexes, func(i schema.Index) bool {
		return !i.Invalid && (i.Unique || !old.Unique) && i.Name.Name != halfName("new", old.Name.Schema, old.Name.Name) &&
			m.standsFor(columnsOf(i), columnsOf(old))
	})
}

func (m move) hasForeignKey(table schema.Table, old schema.ForeignKey) bool {
	return slices.ContainsFunc(table.ForeignKeys, func(k schema.ForeignKey) bool {
		return k.References == old.References && k.Name != halfName("new", table.Name.Schema, old.Name) && m.standsFor(k.Columns, old.Columns)
	})
}

func (m move) standsFor(columns, old []schema.Name) bool {
	return intersect(columns, m.New) && !intersect(columns, m.Old) &&
		!slices.ContainsFunc(old, func(n schema.Name) bool { return !contains(m.Old, n) && !contains(columns, n) })
}

// withoutOwnTriggers is the table without what open transitions have put on it.
func withoutOwnTriggers(table schema.Table) schema.Table {
	own := func(name schema.Name) bool {
		return slices.ContainsFunc(table.Transitions, func(t schema.OpenTransition) bool { return t.Trigger != "" && t.Trigger == name })
	}
	ownObject := func(d schema.Dependent) bool {
		return slices.ContainsFunc(table.Transitions, func(t schema.OpenTransition) bool {
			return t.Trigger != "" && d.Kind == "trigger" && d.Name == t.Trigger.Quote()+" ON "+table.Name.String() ||
				!t.OtherName.IsZero() && d.Kind == "view" && d.Name == t.OtherName.String()
		})
	}
	table.Triggers = slices.DeleteFunc(slices.Clone(table.Triggers), func(t schema.Trigger) bool { return own(t.Name) })
	table.Dependents = slices.DeleteFunc(slices.Clone(table.Dependents), ownObject)
	return table
}
