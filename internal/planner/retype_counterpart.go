// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"cmp"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// exchange gives the hidden column the place of the visible one. It is the same
// in both directions.
type exchange struct {
	change          Change
	table           schema.Table
	visible, hidden schema.Name
	// retired is the name that the visible column gets.
	retired schema.Name
	// hadDefault reports that the visible column has a default by now.
	hadDefault bool
	// originals are the expressions from before an exchange that is undone.
	originals map[schema.Name][]string
}

// over is an expression of an index or a check over the hidden column: the one
// that it had before, where it differs in casts alone.
func (x exchange) over(of schema.Name, e schema.Expression) (schema.Expression, bool) {
	for _, text := range x.originals[of] {
		if original := (schema.Expression{Text: text, Volatility: e.Volatility}); original.EqualButForCasts(e) {
			return original.WithColumn(x.visible, x.hidden)
		}
	}
	return e.WithColumn(x.visible, x.hidden)
}

// texts are the expressions over the visible column, for the way back.
func (x exchange) texts() map[schema.Name][]string {
	texts := map[schema.Name][]string{}
	note := func(of schema.Name, e *schema.Expression) {
		if e != nil {
			texts[of] = append(texts[of], spelled(*e))
		}
	}
	for _, i := range x.indexes() {
		for _, key := range i.old.Keys {
			note(i.old.Name.Name, key.Expression)
		}
		note(i.old.Name.Name, i.old.Where)
	}
	for _, c := range x.checks() {
		note(c.old.Name, &c.old.Expression)
	}
	return texts
}

// counterpartName derives from the definition as well: a counterpart that is
// there under the name is what is wanted.
func counterpartName(table schema.QualifiedName, of schema.Name, definition string) schema.Name {
	// Of a derived name the end is the hash.
	version := schema.DerivedName("definition", schema.Name(definition))
	return schema.DerivedName("retype", table.Schema, table.Name, of+version[len(version)-9:])
}

func (x exchange) mapName(name schema.Name) schema.Name {
	if name == x.visible {
		return x.hidden
	}
	return name
}

func (x exchange) mapNames(names []schema.Name) []schema.Name {
	mapped := slices.Clone(names)
	for i := range mapped {
		mapped[i] = x.mapName(mapped[i])
	}
	return mapped
}

// mapIndex makes the index one of the hidden column.
func (x exchange) mapIndex(index *schema.Index) bool {
	all := true
	over := func(e *schema.Expression) *schema.Expression {
		if e == nil {
			return nil
		}
		mapped, sure := x.over(index.Name.Name, *e)
		all = all && sure
		return &mapped
	}
	index.Keys, index.Include, index.Where = slices.Clone(index.Keys), x.mapNames(index.Include), over(index.Where)
	if len(index.Include) == 0 {
		index.Include = nil
	}
	for i := range index.Keys {
		index.Keys[i].Column, index.Keys[i].Expression = x.mapName(index.Keys[i].Column), over(index.Keys[i].Expression)
	}
	return all
}

// counterIndex is an index of the visible column, its counterpart, and the key
// that it backs.
type counterIndex struct {
	old, new schema.Index
	key      *schema.Key
	kind     ddl.KeyKind
}

func (x exchange) keys() []counterIndex {
	var found []counterIndex
	add := func(key schema.Key, kind ddl.KeyKind) {
		if contains(key.Columns, x.visible) || contains(key.Include, x.visible) {
			found = append(found, x.counterIndex(keyIndex(x.table.Name, key), &key, kind))
		}
	}
	if x.table.PrimaryKey != nil {
		add(*x.table.PrimaryKey, ddl.PrimaryKey)
	}
	for _, key := range sortedByName(x.table.Uniques, func(k schema.Key) schema.Name { return k.Name }) {
		add(key, ddl.Unique)
	}
	return found
}

// indexes are keys first, as foreign keys need them.
func (x exchange) indexes() []counterIndex {
	found := x.keys()
	for _, index := range sortedByName(x.table.Indexes, func(i schema.Index) schema.Name { return i.Name.Name }) {
		if index.Constraint == "" && contains(columnsOf(index), x.visible) {
			found = append(found, x.counterIndex(index, nil, ""))
		}
	}
	return found
}

func (x exchange) counterIndex(index schema.Index, key *schema.Key, kind ddl.KeyKind) counterIndex {
	counterpart := schema.Index{
		Name: index.Name, Table: x.table.Name, Method: index.Method, Keys: index.Keys, Include: index.Include, Where: index.Where,
		Unique: index.Unique, NullsNotDistinct: index.NullsNotDistinct, Options: index.Options, Tablespace: index.Tablespace,
	}
	x.mapIndex(&counterpart)
	counterpart.Name.Name = counterpartName(x.table.Name, index.Name.Name, ddl.CreateIndexConcurrently(counterpart))
	return counterIndex{old: index, new: counterpart, key: key, kind: kind}
}

// counterCheck is a check of the visible column and its counterpart.
type counterCheck struct{ old, new schema.Check }

func (x exchange) checks() []counterCheck {
	var found []counterCheck
	for _, check := range sortedByName(x.table.Checks, func(c schema.Check) schema.Name { return c.Name }) {
		if !contains(checkColumns(x.table, check), x.visible) {
			continue
		}
		counterpart := schema.Check{NoInherit: check.NoInherit}
		counterpart.Expression, _ = x.over(check.Name, check.Expression)
		counterpart.Name = counterpartName(x.table.Name, check.Name, counterpart.Expression.Text)
		found = append(found, counterCheck{check, counterpart})
	}
	return found
}

// counterKey is a foreign key of or to the visible column and its counterpart.
type counterKey struct{ old, new schema.ForeignKey }

func (x exchange) foreignKeys() []counterKey {
	var found []counterKey
	add := func(fk schema.ForeignKey) {
		counterpart := fk
		if fk.Table == x.table.Name {
			counterpart.Columns, counterpart.OnDeleteColumns = x.mapNames(fk.Columns), x.mapNames(fk.OnDeleteColumns)
		}
		if fk.References == x.table.Name {
			counterpart.ReferencedColumns = x.mapNames(fk.ReferencedColumns)
		}
		if slices.Equal(counterpart.Columns, fk.Columns) && slices.Equal(counterpart.ReferencedColumns, fk.ReferencedColumns) {
			return
		}
		counterpart.Comment, counterpart.NotValid, counterpart.Name = "", false, ""
		counterpart.Name = counterpartName(fk.Table, fk.Name, ddl.AddForeignKey(counterpart))
		found = append(found, counterKey{fk, counterpart})
	}
	for _, fk := range x.allForeignKeys() {
		add(fk)
	}
	return found
}

// allForeignKeys are those of the table and those to it, each once.
func (x exchange) allForeignKeys() []schema.ForeignKey {
	all := slices.Clone(x.table.ForeignKeys)
	for i := range all {
		all[i].Table = x.table.Name
	}
	for _, fk := range x.table.ReferencedBy {
		if fk.Table != x.table.Name {
			all = append(all, fk)
		}
	}
	slices.SortFunc(all, func(a, b schema.ForeignKey) int {
		if c := a.Table.Compare(b.Table); c != 0 {
			return c
		}
		return schema.QualifiedName{Name: a.Name}.Compare(schema.QualifiedName{Name: b.Name})
	})
	return all
}

// takeTurns is about a table on the other side of a foreign key with a
// transition of its own, of which an interrupted apply has left helpers. The
// next apply may finish both, and what it runs on one table must not depend on
// how far it is with the other: the table that comes first by its name goes
// first, and carries what the other one has built along. The other one, whose
// plan this is, leaves alone what is gone by then, and waits.
func (x exchange) takeTurns() (left exchange, awaits []schema.QualifiedName) {
	all := x.allForeignKeys()
	theirs := func(k schema.ForeignKey) (theirs bool) {
		k.Table = cmp.Or(k.Table, x.table.Name)
		other := k.References
		if other == x.table.Name {
			other = k.Table
		}
		if other.Compare(x.table.Name) >= 0 {
			return false
		}
		for _, of := range all {
			if isCounterpart(k, of) {
				awaits = append(awaits, other)
				// Ours names the hidden column in the place of the visible one.
				theirs = theirs || x.namesHidden(k) == x.namesHidden(of)
			}
		}
		return theirs
	}
	x.table.ForeignKeys = slices.DeleteFunc(slices.Clone(x.table.ForeignKeys), theirs)
	x.table.ReferencedBy = slices.DeleteFunc(slices.Clone(x.table.ReferencedBy), theirs)
	slices.SortFunc(awaits, schema.QualifiedName.Compare)
	return x, slices.Compact(awaits)
}

func (x exchange) namesHidden(fk schema.ForeignKey) bool {
	return fk.Table == x.table.Name && contains(fk.Columns, x.hidden) || fk.References == x.table.Name && contains(fk.ReferencedColumns, x.hidden)
}

// isCounterpart reports that some transition has built a foreign key to take the
// place of another.
func isCounterpart(key, of schema.ForeignKey) bool {
	name := key.Name
	key.Comment, key.NotValid, key.Name = "", false, ""
	return key.Table == of.Table && counterpartName(of.Table, of.Name, ddl.AddForeignKey(key)) == name
}

// prepare builds all counterparts, as far as they are not there: long work under
// weak locks.
func (x exchange) prepare() []Operation {
	operations := x.stale()
	for _, i := range x.indexes() {
		there := x.table.Index(i.new.Name.Name)
		if there != nil && there.Invalid {
			operations, there = append(operations, dropIndexConcurrently(x.table.Name, i.new.Name)), nil
		}
		if there == nil {
			operations = append(operations, createIndexConcurrently(i.new))
		}
	}
	for _, c := range x.checks() {
		there := x.table.Check(c.new.Name)
		if there == nil {
			operations = append(operations, alterTable(x.table, nil, ddl.AddConstraintNotValid(x.table.Name, ddl.CheckConstraint(c.new))))
		}
		if (there == nil || there.NotValid) && !c.old.NotValid {
			operations = append(operations, validation(x.table, ddl.ValidateConstraint(x.table.Name, c.new.Name)))
		}
	}
	all := x.allForeignKeys()
	for _, fk := range x.foreignKeys() {
		of := schema.Table{Name: fk.old.Table}
		p := foreignKeyPlanner{change: x.change, table: of}
		i := slices.IndexFunc(all, func(k schema.ForeignKey) bool { return k.Table == fk.new.Table && k.Name == fk.new.Name })
		if i >= 0 && !sameForeignKey(all[i], fk.new) {
			// One that an interrupted apply has left: the other side has
			// exchanged its columns since.
			operations, i = append(operations, p.drop(all[i])), -1
		}
		if i < 0 {
			operations = append(operations, p.addNotValid(of, fk.new))
		}
		if (i < 0 || all[i].NotValid) && !fk.old.NotValid {
			operations = append(operations, p.validateOn(of, fk.new))
		}
	}
	return operations
}

// stale drops counterparts of what has been redefined or dropped meanwhile.
func (x exchange) stale() []Operation {
	return x.dropped(x.counterpartNames())
}

func (x exchange) counterpartNames() []schema.Name {
	var names []schema.Name
	for _, i := range x.indexes() {
		names = append(names, i.new.Name.Name)
	}
	for _, c := range x.checks() {
		names = append(names, c.new.Name)
	}
	for _, fk := range x.foreignKeys() {
		names = append(names, fk.new.Name)
	}
	return names
}

// dropped drops what names the hidden column, but for the constraints and
// indexes to keep and the helper that proves it NOT NULL: foreign keys first,
// which need the indexes.
func (x exchange) dropped(keep []schema.Name) []Operation {
	var operations []Operation
	for _, fk := range x.allForeignKeys() {
		if x.namesHidden(fk) && !contains(keep, fk.Name) {
			operations = append(operations, foreignKeyPlanner{table: schema.Table{Name: fk.Table}}.drop(fk))
		}
	}
	for _, index := range x.table.Indexes {
		if index.Constraint == "" && contains(columnsOf(index), x.hidden) && !contains(keep, index.Name.Name) {
			operations = append(operations, dropIndexConcurrently(x.table.Name, index.Name))
		}
	}
	for _, check := range x.table.Checks {
		if contains(checkColumns(x.table, check), x.hidden) && !contains(keep, check.Name) && check.Name != notNullHelper(x.table, x.hidden) {
			operations = append(operations, alterTable(x.table, nil, ddl.DropConstraint(x.table.Name, check.Name)))
		}
	}
	return operations
}
