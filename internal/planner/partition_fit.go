// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// misfits are what PostgreSQL would refuse to attach (42804, 42P16).
func (p placement) misfits() []Finding {
	child, parent := p.observed, p.desired.Attachment.Parent
	var lines []string
	differs := func(format string, args ...any) { lines = append(lines, "  "+fmt.Sprintf(format, args...)) }
	for _, want := range parent.Columns {
		have := child.Column(want.Name)
		switch {
		case have == nil:
			differs("the column %s is missing", want.Name)
		case !have.Type.Equal(want.Type):
			differs("the column %s is of the type %s and not %s", want.Name, have.Type.SQL(), want.Type.SQL())
		case !sameQualified(have.Collation, want.Collation):
			differs("the column %s has another collation", want.Name)
		case have.Nullable && !completeColumn(parent, want).Nullable:
			differs("the column %s is not NOT NULL", want.Name)
		case have.NotNullPending() && !want.Nullable && !want.NotNullPending():
			differs("NOT NULL of the column %s is not validated", want.Name)
		case !sameGenerated(want.Generated, have.Generated):
			differs("the column %s is not generated in the same way", want.Name)
		}
	}
	for _, have := range child.Columns {
		if parent.Column(have.Name) == nil {
			differs("the column %s is not one of %s", have.Name, parent.Name)
		}
	}
	for _, want := range parent.Checks {
		switch have := child.Check(want.Name); {
		case have == nil:
			differs("the check %s is missing", want.Name)
		case !have.Expression.Equal(want.Expression):
			differs("the check %s has another expression", want.Name)
		case have.NotValid && !want.NotValid:
			differs("the check %s is not validated", want.Name)
		}
	}
	for _, other := range child.Inherits {
		differs("it inherits from %s", other)
	}
	if len(lines) == 0 {
		return nil
	}
	return []Finding{refusal([]string{"partition_of"}, fmt.Sprintf("Cannot attach %s to %s", child.Name, parent.Name),
		fmt.Sprintf("The table is not like the one that it is to be a part of:\n\n%s\n\nChange it in a plan of its own first, with partition_of left out and its "+
			"columns declared.", strings.Join(lines, "\n")))}
}

func sameGenerated(a, b *schema.Generated) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Virtual == b.Virtual && a.Expression.Equal(b.Expression)
}

// indexes builds those that the whole has and the table has not, as a partition
// that is there gets them.
func (p placement) indexes(table schema.Table) Plan {
	parent := p.desired.Attachment.Parent
	child := schema.Partition{Name: table.Name, Partitioned: table.Partitioned(), Partitions: table.Partitions, Indexes: table.Indexes}
	var plan Plan
	var late []string
	indexes := slices.Clone(parent.Indexes)
	slices.SortFunc(indexes, func(a, b schema.Index) int { return a.Name.Compare(b.Name) })
	for _, index := range indexes {
		var operations []Operation
		switch key, kind := keyBehind(parent, index); {
		case key != nil:
			planner := keyPlanner{change: p.change, table: schema.Table{Name: parent.Name}, kind: kind}
			if findings := planner.foreignPrimaryKeys([]schema.Partition{child}, *key); len(findings) > 0 {
				return Plan{Findings: findings}
			}
			operations = planner.addToPartition(child, *key, index.Name, key.Name)
		case index.Constraint == "":
			operations = buildPartitionIndex(child, unplaced(index), index.Name.Name)
		default:
			late = append(late, "  "+index.Name.String())
		}
		// The attachment of the table attaches its indexes.
		plan.Operations = append(plan.Operations, slices.DeleteFunc(operations, func(o Operation) bool {
			return strings.HasPrefix(o.Statements[0], "ALTER INDEX "+index.Name.String()+" ATTACH PARTITION ")
		})...)
	}
	if len(late) > 0 && !slices.ContainsFunc(table.Indexes, func(i schema.Index) bool { return i.Constraint != "" && !i.Unique }) {
		plan.Findings = append(plan.Findings, Finding{
			Hazard: hazard.PartitionAttachBuildsChildren, Severity: hazard.Warning, Path: []string{"partition_of"},
			Summary: fmt.Sprintf("Attaching %s builds indexes under ACCESS EXCLUSIVE", table.Name),
			Detail:  "PostgreSQL can build those of exclusion constraints in no other way:\n\n" + strings.Join(late, "\n"),
		})
	}
	return plan
}

// foreignKeys proves those that the whole has and the table has not: ATTACH
// PARTITION adopts them, and would else read both tables under ACCESS EXCLUSIVE.
func (p placement) foreignKeys(table schema.Table) Plan {
	parent := p.desired.Attachment.Parent
	child := schema.Partition{Name: table.Name, ForeignKeys: table.ForeignKeys}
	var plan Plan
	for _, fk := range sortedByName(parent.ForeignKeys, func(fk schema.ForeignKey) schema.Name { return fk.Name }) {
		if fk.References == parent.Name {
			continue // its own would be adopted under ACCESS EXCLUSIVE on the whole
		}
		planner := foreignKeyPlanner{change: p.change, table: table}
		fk.Table, fk.Inherited, fk.Comment = table.Name, false, ""
		there := matchingForeignKey(child, fk)
		switch {
		case there == nil:
			fk.Name = freeForeignKeyName(child, fk.Name)
			plan = plan.with(planner.add(fk))
		case there.NotValid && !fk.NotValid:
			fk.Name = there.Name
			plan = plan.with(planner.validate(fk))
		}
		plan.Findings = append(plan.Findings, Finding{
			Hazard: hazard.ForeignKeyAdoptPartitionLocksReferenced, Severity: hazard.Warning, Path: []string{"partition_of"},
			Summary: fmt.Sprintf("Attaching %s locks %s", table.Name, fk.References),
			Detail: "Its foreign key is proven beforehand and becomes a part of that of the partitioned table. That needs no scan, but ACCESS EXCLUSIVE on the referenced table " +
				"for an instant, which is tried again until it is granted within lock_timeout.",
		})
	}
	return plan
}

// unplaced is the index of a partitioned table as a partition can have it.
func unplaced(index schema.Index) schema.Index {
	index.Parent, index.Invalid, index.ReplicaIdentity, index.Clustered = schema.QualifiedName{}, false, false, false
	return index
}

// keyBehind is the primary key or unique constraint that an index is for.
func keyBehind(table schema.Table, index schema.Index) (*schema.Key, ddl.KeyKind) {
	if index.Constraint == "" {
		return nil, ""
	}
	if k := table.PrimaryKey; k != nil && k.Name == index.Constraint {
		return k, ddl.PrimaryKey
	}
	return table.Unique(index.Constraint), ddl.Unique
}

// inheritsKey reports a key that a partition has from the table above it, or
// will have once it is attached.
func inheritsKey(desired schema.Table, key schema.Key) bool {
	if desired.PartitionOf.IsZero() {
		return false
	}
	if key.Inherited {
		return true
	}
	a := desired.Attachment
	return a != nil && slices.ContainsFunc(keysOf(a.Parent), func(k schema.Key) bool { return slices.Equal(k.Columns, key.Columns) })
}

func inheritsCheck(desired schema.Table, check schema.Check) bool {
	if desired.PartitionOf.IsZero() {
		return false
	}
	return check.Inherited || desired.Attachment != nil && desired.Attachment.Parent.Check(check.Name) != nil
}
