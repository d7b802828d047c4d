// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// swap is the one short transaction that all was prepared for: what belongs to
// the visible column goes, the columns change their names, and the counterparts
// take the names of what has gone. Nobody sees the table without any of it.
func (x exchange) swap(trigger []string, record string) Operation {
	column := *x.table.Column(x.visible)
	indexes, checks, keys := x.indexes(), x.checks(), x.foreignKeys()
	name := x.table.Name
	operation := alterTable(x.table, []hazard.ID{hazard.ColumnTypeChangeBreaksClients, hazard.TriggerCreateBlocksWrites, hazard.TriggerDropExclusive})
	var s []string
	add := func(statements ...string) { s = append(s, statements...) }

	// All locks first and in one order: two such transactions cannot deadlock.
	if others := x.tied(); len(others) > 0 {
		add(ddl.LockTable(name))
		for _, other := range others {
			add(ddl.LockTable(other))
			operation.Locks = append(operation.Locks, Lock{Mode: schema.AccessExclusive, Table: other, Partitions: x.referencesPartitioned(other)})
		}
		operation.Hazards = hazards(append(operation.Hazards, hazard.ColumnTypeChangeForeignKeyRecheck)...)
	}
	for _, fk := range keys {
		add(ddl.DropConstraint(fk.old.Table, fk.old.Name))
	}
	for _, c := range checks {
		add(ddl.DropConstraint(name, c.old.Name))
	}
	for _, i := range indexes {
		if i.key != nil {
			add(ddl.DropConstraint(name, i.key.Name))
		} else {
			add(ddl.DropIndex(i.old.Name))
		}
	}
	add(x.moveValues(column)...)
	if !column.Nullable {
		add(ddl.DropNotNull(name, x.visible))
	}
	add(ddl.RenameColumn(name, x.visible, x.retired), ddl.RenameColumn(name, x.hidden, x.visible))
	if column.NotNull != nil {
		have := notNullName(x.table, x.hidden)
		if c := x.table.Column(x.hidden); c.NotNull != nil {
			have = c.NotNull.Name
		}
		if have != column.NotNull.Name {
			add(ddl.RenameConstraint(name, have, column.NotNull.Name))
		}
	}
	for _, i := range indexes {
		if i.key != nil {
			add(ddl.AddKey(name, ddl.KeyUsingIndex(*i.key, i.kind, i.new.Name.Name)))
			if i.key.Comment != "" {
				add(ddl.CommentOnConstraint(name, i.key.Name, i.key.Comment))
			}
		} else {
			add(ddl.RenameIndex(i.new.Name, i.old.Name.Name))
		}
		add(x.indexExtras(i)...)
	}
	for _, c := range checks {
		add(ddl.RenameConstraint(name, c.new.Name, c.old.Name))
		if c.old.Comment != "" {
			add(ddl.CommentOnConstraint(name, c.old.Name, c.old.Comment))
		}
	}
	for _, fk := range keys {
		add(ddl.RenameConstraint(fk.old.Table, fk.new.Name, fk.old.Name))
		if fk.old.Comment != "" {
			add(ddl.CommentOnConstraint(fk.old.Table, fk.old.Name, fk.old.Comment))
		}
	}
	add(x.describe(column)...)
	add(trigger...)
	add(record)
	operation.Statements = s
	return operation
}

// analyze gathers the statistics that queries need from the swap on: those of a
// column go with it, and those of expressions with their index.
func (x exchange) analyze() Operation {
	for _, i := range x.indexes() {
		if hasExpression(i.old) {
			return analyzeExpressions(x.table.Name)
		}
	}
	return Operation{
		Class: Online, Statements: []string{ddl.Analyze(x.table.Name, x.hidden)}, Effect: Effect{Samples: true},
		Locks: []Lock{{Mode: schema.ShareUpdateExclusive, Table: x.table.Name}},
	}
}

// tied are the other tables whose foreign keys are exchanged.
func (x exchange) tied() []schema.QualifiedName {
	var tables []schema.QualifiedName
	for _, fk := range x.foreignKeys() {
		tables = append(tables, fk.old.Table, fk.old.References)
	}
	tables = slices.DeleteFunc(tables, func(n schema.QualifiedName) bool { return n == x.table.Name })
	slices.SortFunc(tables, schema.QualifiedName.Compare)
	return slices.Compact(tables)
}

// referencesPartitioned reports that a tied table is partitioned.
func (x exchange) referencesPartitioned(name schema.QualifiedName) bool {
	return slices.ContainsFunc(x.foreignKeys(), func(fk counterKey) bool { return fk.old.References == name && fk.old.ReferencesPartitioned })
}

// moveValues hands on what gives the column its values: default, sequence,
// identity.
func (x exchange) moveValues(column schema.Column) []string {
	var s []string
	name := x.table.Name
	if x.hadDefault {
		s = append(s, ddl.SetDefault(name, x.visible, nil))
	}
	if column.Default != nil {
		s = append(s, ddl.SetDefault(name, x.hidden, column.Default))
	}
	if sequence := column.OwnedSequence; !sequence.IsZero() {
		s = append(s, ddl.OwnSequence(sequence, name, x.hidden), ddl.WidenSequence(sequence))
	}
	if column.Identity != nil {
		sequence := column.Identity.SequenceName
		if sequence.IsZero() {
			sequence = schema.QualifiedName{Schema: name.Schema, Name: name.Name + "_" + x.visible + "_seq"}
		}
		temporary := schema.QualifiedName{Schema: sequence.Schema, Name: schema.DerivedName("sequence", name.Schema, name.Name, x.visible)}
		s = append(s, ddl.AddIdentityNamed(name, x.hidden, *column.Identity, temporary))
		s = append(s, ddl.TakeOverSequence(sequence, temporary)...)
		s = append(s, ddl.DropIdentity(name, x.visible), ddl.RenameSequence(temporary, sequence.Name))
	}
	return s
}

func (x exchange) indexExtras(i counterIndex) []string {
	var s []string
	old := i.old
	if there := x.table.Index(i.old.Name.Name); there != nil {
		old = *there
	}
	if old.Comment != "" && i.key == nil {
		s = append(s, ddl.CommentOnIndex(i.old.Name, old.Comment))
	}
	if old.Clustered {
		s = append(s, ddl.ClusterOn(x.table.Name, i.old.Name.Name))
	}
	if r := x.table.ReplicaIdentity; r.Mode == schema.ReplicaIdentityIndex && r.Index == i.old.Name.Name {
		s = append(s, ddl.SetReplicaIdentity(x.table.Name, r))
	}
	return s
}

// describe gives the column what the old one was described by.
func (x exchange) describe(column schema.Column) []string {
	var s []string
	if column.Comment != "" {
		s = append(s, ddl.CommentOnColumn(x.table.Name, x.visible, column.Comment), ddl.CommentOnColumn(x.table.Name, x.retired, ""))
	}
	if column.StatisticsTarget != nil {
		s = append(s, ddl.SetStatistics(x.table.Name, x.visible, column.StatisticsTarget))
	}
	s = append(s, ddl.TakeOverColumnOptions(x.table.Name, x.retired, x.visible))
	for _, grant := range x.table.Grants {
		if grant.Column == x.visible {
			s = append(s, ddl.GrantColumn(x.table.Name, grant))
		}
	}
	return s
}

// after is the table as the swap leaves it.
func (x exchange) after() schema.Table {
	table := x.table
	names := x.counterpartNames()
	visible, hidden := *table.Column(x.visible), *table.Column(x.hidden)
	retired := schema.Column{Name: x.retired, Type: visible.Type, Collation: visible.Collation, Nullable: true, Position: visible.Position}
	visible.Type, visible.Collation, visible.Position = hidden.Type, hidden.Collation, hidden.Position
	visible.Storage, visible.Compression = hidden.Storage, hidden.Compression
	table.Columns = slices.DeleteFunc(slices.Clone(table.Columns), func(c schema.Column) bool { return c.Name == x.hidden })
	table = withColumn(withColumn(table, visible), retired)
	table.Indexes = slices.DeleteFunc(slices.Clone(table.Indexes), func(i schema.Index) bool { return contains(names, i.Name.Name) })
	table.Checks = slices.DeleteFunc(slices.Clone(table.Checks), func(c schema.Check) bool {
		return contains(names, c.Name) || c.Name == notNullHelper(table, x.hidden)
	})
	gone := func(k schema.ForeignKey) bool { return contains(names, k.Name) }
	table.ForeignKeys = slices.DeleteFunc(slices.Clone(table.ForeignKeys), gone)
	table.ReferencedBy = slices.DeleteFunc(slices.Clone(table.ReferencedBy), gone)
	return table
}
