// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"fmt"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/migrator"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Omission is a kind of object that the configuration does not declare, or not
// in full. The objects are left as they are.
type Omission struct {
	// What is the kind, in the plural: "partitions".
	What string
	// Reason is a sentence.
	Reason string
	// Objects are named as in SQL, in their order.
	Objects []string
}

// reasons are the kinds that New omits, in the order of a report.
var reasons = []Omission{
	{What: "tables of other tools", Reason: "The tool that keeps its records there changes them; -tool-tables declares them all the same."},
	{What: "objects with a name or text that is not normalized Unicode", Reason: "Terraform would write it in another form (NFC)."},
	{What: "columns of partitions that differ", Reason: "They are kept. No resource declares them: a new partition has the defaults, settings and NOT NULL of its partitioned table."},
	{What: "partitions that are half detached", Reason: "A concurrent detach was interrupted: finish it by ALTER TABLE ... DETACH PARTITION ... FINALIZE."},
	{What: "tables that inherit", Reason: "They are declared with all columns, but in an empty database the configuration would create them without their parent."},
	{What: "tables of other access methods", Reason: "They are declared, but in an empty database the configuration would create them as heap."},
	{What: "tables whose replica identity is a pgphase_index", Reason: "They are declared, but in an empty database the index needs its table first: leave replica_identity out of the first apply."},
	{What: "invalid indexes", Reason: "They come from an interrupted build: drop them, or declare a pgphase_index to build one again."},
	{What: "constraints that are NOT ENFORCED", Reason: "No resource can declare them."},
	{What: "keys WITHOUT OVERLAPS", Reason: "No resource can declare them."},
	{What: "constraints that are NOT VALID", Reason: "They are declared with not_valid = true; remove that to prove the rows that exist."},
	{What: "columns whose NOT NULL is NOT VALID", Reason: "They are declared with nullable = false, which the first plan proves for the rows that exist."},
	{What: "open transitions", Reason: "The configuration that opened them has to go on: it is not generated."},
	{What: "triggers", Reason: "pgphase does not manage them."},
	{What: "tables with row security", Reason: "pgphase does not manage its flags and policies."},
}

// omit reports an object of one of the reasons.
func (w *writer) omit(what, name string) {
	for i := range w.Omissions {
		if w.Omissions[i].What == what {
			w.Omissions[i].Objects = append(w.Omissions[i].Objects, name)
			return
		}
	}
	reason := reasons[rank(Omission{What: what})]
	reason.Objects = []string{name}
	w.Omissions = append(w.Omissions, reason)
	slices.SortStableFunc(w.Omissions, func(a, b Omission) int { return rank(a) - rank(b) })
}

func rank(o Omission) int {
	return slices.IndexFunc(reasons, func(r Omission) bool { return r.What == o.What })
}

// omitted reports tables that get no resource.
func (w *writer) omitted(t *schema.Table) bool {
	switch {
	case t.DetachPending:
		w.omit("partitions that are half detached", fmt.Sprintf("%s of %s", t.Name, t.PartitionOf))
		return true
	case len(t.Transitions) > 0:
		w.omit("open transitions", t.ID())
		return true
	case migrator.Of(t.Name) != "" && !w.options.ToolTables:
		w.omit("tables of other tools", fmt.Sprintf("%s (%s)", t.Name, migrator.Of(t.Name)))
		return true
	case !normalized(tableBody(*t, text(t.PartitionOf.String()))):
		w.omit("objects with a name or text that is not normalized Unicode", t.ID())
		return true
	}
	return false
}

// omitParts reports what the resources of a table do not say.
func (w *writer) omitParts(t schema.Table) {
	of := func(name schema.Name) string { return schema.ColumnName{Table: t.Name, Column: name}.String() }
	if whole := w.given[t.PartitionOf]; whole != nil {
		for _, c := range t.Columns {
			if differs(c, whole.Column(c.Name)) {
				w.omit("columns of partitions that differ", of(c.Name))
			}
		}
	}
	if len(t.Inherits) > 0 {
		w.omit("tables that inherit", t.ID())
	}
	if t.AccessMethod != "" {
		w.omit("tables of other access methods", fmt.Sprintf("%s (%s)", t.Name, t.AccessMethod))
	}
	for _, i := range t.StandaloneIndexes() {
		if r := t.ReplicaIdentity; r.Mode == schema.ReplicaIdentityIndex && r.Index == i.Name.Name {
			w.omit("tables whose replica identity is a pgphase_index", t.ID())
		}
	}
	for _, i := range t.Indexes {
		if i.Invalid && i.Constraint == "" {
			w.omit("invalid indexes", i.Name.String())
		}
	}
	for _, c := range t.Columns {
		if c.NotNullPending() {
			w.omit("columns whose NOT NULL is NOT VALID", of(c.Name))
		}
	}
	for _, c := range t.Checks {
		w.omitConstraint(of(c.Name), c.NotValid, c.NotEnforced)
	}
	for _, fk := range t.ForeignKeys {
		w.omitConstraint(of(fk.Name), fk.NotValid, fk.NotEnforced)
	}
	for _, k := range t.Uniques {
		if k.WithoutOverlaps {
			w.omit("keys WITHOUT OVERLAPS", of(k.Name))
		}
	}
	if k := t.PrimaryKey; k != nil && k.WithoutOverlaps {
		w.omit("keys WITHOUT OVERLAPS", of(k.Name))
	}
	for _, trigger := range t.Triggers {
		w.omit("triggers", of(trigger.Name))
	}
	if t.RowSecurity || t.ForceRowSecurity {
		w.omit("tables with row security", t.ID())
	}
}

func (w *writer) omitConstraint(name string, notValid, notEnforced bool) {
	switch {
	case notEnforced:
		w.omit("constraints that are NOT ENFORCED", name)
	case notValid:
		w.omit("constraints that are NOT VALID", name)
	}
}

// differs reports a column of a partition that has something of its own.
func differs(c schema.Column, whole *schema.Column) bool {
	if whole == nil {
		return false
	}
	sameTarget := c.StatisticsTarget == nil && whole.StatisticsTarget == nil ||
		c.StatisticsTarget != nil && whole.StatisticsTarget != nil && *c.StatisticsTarget == *whole.StatisticsTarget
	return c.Nullable != whole.Nullable || !schema.EqualExpressions(c.Default, whole.Default) || c.Storage != whole.Storage ||
		c.Compression != whole.Compression || c.Comment != "" || !sameTarget
}
