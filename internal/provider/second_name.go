// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// A table that is being renamed has two names, one of them that of a view, and
// is one table: whatever takes a table takes both.

// secondNames maps the names of compatibility views to their tables.
func secondNames(snapshot *catalog.Snapshot) map[schema.QualifiedName]schema.QualifiedName {
	names := map[schema.QualifiedName]schema.QualifiedName{}
	for _, name := range snapshot.Tables() {
		if other := secondName(snapshot.Table(name)); !other.IsZero() {
			names[other] = name
		}
	}
	return names
}

// secondName is the name of the table's compatibility view, or zero.
func secondName(table *schema.Table) schema.QualifiedName {
	for _, t := range table.Transitions {
		if t.Kind == schema.TableRenamed {
			return t.OtherName
		}
	}
	return schema.QualifiedName{}
}

// physical returns the name that the table itself will have when the planned
// renamings of this run are done: what is planned for the table runs then.
func (d *database) physical(name schema.QualifiedName) schema.QualifiedName {
	if r, found := d.announcements.renaming(name); found {
		return r.then
	}
	return d.physicalNow(name)
}

// physicalNow returns the name that the table itself has.
func (d *database) physicalNow(name schema.QualifiedName) schema.QualifiedName {
	r, announced := d.announcements.renaming(name)
	c := &d.catalog
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.snapshot == nil || c.snapshot.Table(name) != nil:
		return name
	case announced && c.snapshot.Table(r.now) != nil:
		return r.now
	case announced && c.snapshot.Table(r.then) != nil:
		return r.then
	}
	if c.seconds == nil {
		c.seconds = secondNames(c.snapshot)
	}
	if table, found := c.seconds[name]; found {
		return table
	}
	return name
}

// asRenamed returns the table under the name that it will have by the time of
// the apply.
func (d *database) asRenamed(table *schema.Table) *schema.Table {
	if table == nil || d.physical(table.Name) == table.Name {
		return table
	}
	renamed := *table
	renamed.Name = d.physical(table.Name)
	return &renamed
}

// attached is a kind whose objects name tables.
type attached[O any] interface {
	// attach returns the object with the names that its tables themselves have.
	attach(object O, physical func(schema.QualifiedName) schema.QualifiedName) O
}

func (r *managedResource[M, O]) attach(object O) O {
	if kind, ok := r.kind.(attached[O]); ok {
		return kind.attach(object, r.db.physical)
	}
	return object
}

func (columnKind) attach(c tableColumn, physical func(schema.QualifiedName) schema.QualifiedName) tableColumn {
	c.Table = physical(c.Table)
	return c
}

func (indexKind) attach(i schema.Index, physical func(schema.QualifiedName) schema.QualifiedName) schema.Index {
	i.Table = physical(i.Table)
	for _, half := range []**schema.Index{&i.Successor, &i.Predecessor} {
		if *half != nil {
			attached := **half
			attached.Table, *half = i.Table, &attached
		}
	}
	return i
}

func (foreignKeyKind) attach(f schema.ForeignKey, physical func(schema.QualifiedName) schema.QualifiedName) schema.ForeignKey {
	f.Table, f.References = physical(f.Table), physical(f.References)
	for _, half := range []**schema.ForeignKey{&f.Successor, &f.Predecessor} {
		if *half != nil {
			attached := **half
			attached.Table, attached.References, *half = f.Table, physical(attached.References), &attached
		}
	}
	return f
}
