// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"slices"
	"strings"

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

// ReplaceFollowerFunction replaces the function alone, and waits for the writers
// that the former one has served: nothing that it has written is still to come.
func ReplaceFollowerFunction(t schema.OpenTransition, leader Leader) []string {
	_, _, purpose := sides(t, leader)
	return []string{
		"LOCK TABLE " + t.Table.String() + " IN SHARE ROW EXCLUSIVE MODE",
		createFunction(t, followerBody(t, leader), "CREATE OR REPLACE"),
		commentOnTrigger(t, t.Table, purpose),
	}
}

func followerBody(t schema.OpenTransition, leader Leader) []string {
	f := follower{t: t, old: t.Old[0], current: t.New[0]}
	if leader == NewLeads {
		return slices.Concat(f.byPosition(), f.lenient(f.old, f.assign(f.old, f.current, t.Down[f.old])))
	}
	return f.lenient(f.current, f.assign(f.current, f.old, t.Up[f.current]))
}

// follower writes the function of a column that is retyped in place.
type follower struct {
	t            schema.OpenTransition
	old, current schema.Name
}

// NoValue is the expression of a column that nothing feeds.
const NoValue = "NULL"

// assign computes one side from the other one, which an expression knows by the
// visible name.
func (f follower) assign(target, from schema.Name, expression string) []string {
	switch {
	case takesOver(f.t, expression):
		return []string{field("NEW", target) + " := " + field("NEW", from) + ";"}
	case expression == NoValue:
		return []string{field("NEW", target) + " := NULL;"}
	}
	return []string{
		"SELECT (" + expression + ")",
		"    INTO " + field("NEW", target),
		"    FROM (SELECT " + field("NEW", from) + " AS " + f.t.Visible().Quote() + ") AS " + f.t.Table.Name.Quote() + ";",
	}
}

// lenient lets a write succeed whose value does not convert. The block costs a
// subtransaction that never gets an identifier.
func (f follower) lenient(target schema.Name, assignment []string) []string {
	if !f.t.Lenient || f.t.Strict || len(assignment) == 1 && strings.HasSuffix(assignment[0], " := NULL;") {
		return assignment
	}
	return slices.Concat(
		[]string{"BEGIN"}, nested(assignment),
		[]string{"EXCEPTION WHEN data_exception THEN", "    -- The value does not convert.", "    " + field("NEW", target) + " := NULL;", "END;"})
}

// byPosition takes over what an INSERT or COPY without a list of columns has
// written. After the swap of names the old column still has the place that the
// visible one had, and nobody else writes it: the value would be lost.
func (f follower) byPosition() []string {
	return slices.Concat(
		[]string{
			"IF TG_OP = 'INSERT' AND " + field("NEW", f.old) + " IS NOT NULL THEN",
			"    -- Written by its place, which the old column keeps until contract.",
		},
		nested(f.assign(f.current, f.old, f.t.Up[f.current])),
		[]string{"END IF;"})
}

// takesOver reports an expression that is nothing but the other side.
func takesOver(t schema.OpenTransition, expression string) bool {
	return expression == "" || expression == t.Visible().Quote()
}

// InconsistentFollower is Inconsistent for a column retyped in place: rows in
// which the follower is not what the leader gives. Where values may not convert,
// an old value stays as it was for as long as nobody writes the new one, and
// down need not give it: a row is consistent when either side gives the other.
func InconsistentFollower(t schema.OpenTransition, table schema.Table, leader Leader) string {
	old, current := t.Old[0], t.New[0]
	condition := otherThan(t, table, current, old, t.Up[current])
	switch {
	case leader == NewLeads && t.Lenient:
		condition = "CASE WHEN " + old.Quote() + " IS NULL THEN false\n    WHEN " + condition + "\n    THEN " +
			otherThan(t, table, old, current, t.Down[old]) + "\n    ELSE false END"
	case leader == NewLeads:
		condition = otherThan(t, table, old, current, t.Down[old])
	}
	return "SELECT " + RowLabel(table) + "\nFROM " + table.Name.String() + "\nWHERE " + condition
}

// LostByReturn returns a SELECT of the rows whose value is lost when the old
// column of a retype in place gets its name back.
func LostByReturn(t schema.OpenTransition, table schema.Table) string {
	old, current := t.Old[0], t.New[0]
	condition := current.Quote() + " IS NOT NULL AND " + old.Quote() + " IS NULL"
	if t.Lenient {
		condition = otherThan(t, table, current, old, t.Up[current])
	}
	return "SELECT " + RowLabel(table) + "\nFROM " + table.Name.String() + "\nWHERE " + condition
}

// otherThan is differ for one column and an expression that knows the other one
// by the visible name.
func otherThan(t schema.OpenTransition, table schema.Table, column, from schema.Name, expression string) string {
	should := "(" + expression + ")"
	switch {
	case takesOver(t, expression):
		should = from.Quote()
	case expression != NoValue && from != t.Visible():
		should = "(SELECT " + should + " FROM (SELECT " + from.Quote() + " AS " + t.Visible().Quote() + ") AS " + t.Table.Name.Quote() + ")"
	}
	if c := table.Column(column); c != nil {
		should += "::" + c.Type.SQL()
	}
	return "pg_catalog.record_image_ne(ROW(" + column.Quote() + "), ROW(" + should + "))"
}

// createFollowerTriggers lets an update pass that changes neither side of a row
// that has both.
func createFollowerTriggers(t schema.OpenTransition, table schema.Table, leader Leader) []string {
	leading, following, purpose := sides(t, leader)
	missing := allNull("NEW", following) + " AND " + anyNotNull("NEW", leading)
	return createTriggers(t, table.Name, "("+changed(table, slices.Concat(t.Old, t.New))+" OR "+missing+")\n"+notBackfill, purpose)
}

func sides(t schema.OpenTransition, leader Leader) (leading, following []schema.Name, purpose string) {
	leading, following = t.Old, t.New
	if leader == NewLeads {
		leading, following = t.New, t.Old
	}
	return leading, following, "makes " + schema.QuoteNames(following) + " follow " + schema.QuoteNames(leading) + " until contract"
}
