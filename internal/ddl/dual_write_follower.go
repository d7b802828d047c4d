// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Leader is the side of a column retyped in place that has the visible name.
// The other one follows it.
type Leader int

// Before the swap of names the old column is the visible one, after it the new
// one.
const (
	OldLeads Leader = iota
	NewLeads
)

// CreateFollower creates the trigger of a column that is retyped in place. It
// is one-way: writers know one name, so the other side is always computed. Old
// and New are the names that the columns have at that moment. Where a value of
// the leader may not fit the follower, the expression has to see to it (CASE
// WHEN ... THEN ... END): an error would refuse the write.
func CreateFollower(t schema.OpenTransition, table schema.Table, leader Leader) []string {
	return slices.Concat(
		[]string{createFunction(t, followerBody(t, leader), "CREATE")},
		createFollowerTriggers(t, table, leader))
}

// ReplaceFollower does the same for a column that has a trigger: together with
// the swap of names, in its transaction. The definition in the comment moves
// along.
func ReplaceFollower(t schema.OpenTransition, table schema.Table, leader Leader) []string {
	return slices.Concat(
		DropDualWriteTrigger(t, table.Name),
		[]string{createFunction(t, followerBody(t, leader), "CREATE OR REPLACE")},
		createFollowerTriggers(t, table, leader))
}

func followerBody(t schema.OpenTransition, leader Leader) []string {
	w := writer{t: t, table: t.Table}
	if leader == NewLeads {
		return slices.Concat(w.byPosition(), w.assign(t.Old, t.New, t.Down))
	}
	return w.assign(t.New, t.Old, t.Up)
}

// byPosition takes over what an INSERT or COPY without a list of columns has
// written. After the swap of names the old column still has the place that the
// visible one had, and nobody else writes it: the value would be lost.
func (w writer) byPosition() []string {
	written := "TG_OP = 'INSERT'"
	for _, old := range w.t.Old {
		written += " AND " + field("NEW", old) + " IS NOT NULL"
	}
	return slices.Concat(
		[]string{"IF " + written + " THEN", "    -- Written by its place, which the old column keeps until contract."},
		nested(w.assign(w.t.New, w.t.Old, w.t.Up)),
		[]string{"END IF;"})
}

// createFollowerTriggers lets an update pass that changes neither side of a row
// that has both.
func createFollowerTriggers(t schema.OpenTransition, table schema.Table, leader Leader) []string {
	leading, following := t.Old, t.New
	if leader == NewLeads {
		leading, following = t.New, t.Old
	}
	missing := allNull("NEW", following) + " AND " + anyNotNull("NEW", leading)
	return createTriggers(t, table.Name, "("+changed(table, slices.Concat(t.Old, t.New))+" OR "+missing+")\n"+notBackfill,
		"makes "+schema.QuoteNames(following)+" follow "+schema.QuoteNames(leading)+" until contract")
}
