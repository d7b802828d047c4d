// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package generate

import (
	"bytes"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// Configuration is what declares some tables.
type Configuration struct {
	// Groups are what belongs to no table; those that have nothing are left out.
	Groups []Group
	// Tables are in the order of their names.
	Tables []Table
	// Imports are the import blocks of all resources. Once they are applied they
	// can be deleted.
	Imports []byte
	// Omissions are what the configuration does not say.
	Omissions []Omission

	resources int
}

// Table is a table with its indexes and foreign keys.
type Table struct {
	Name schema.QualifiedName
	// Label is the label of its resource, and unique.
	Label string
	// HCL is formatted as terraform fmt does.
	HCL []byte
	// Partitions are those that HCL declares besides, at any depth.
	Partitions []schema.QualifiedName
}

// Text is the whole configuration in one text.
func (c Configuration) Text() []byte {
	var parts [][]byte
	for _, g := range c.Groups {
		parts = append(parts, g.HCL)
	}
	for _, t := range c.Tables {
		parts = append(parts, t.HCL)
	}
	if len(c.Imports) > 0 {
		parts = append(parts, c.Imports)
	}
	return bytes.Join(parts, []byte("\n"))
}

// Resources is the number of resources, and of import blocks.
func (c Configuration) Resources() int { return c.resources }

// Options change what a configuration declares.
type Options struct {
	// ToolTables declares the tables in which other tools keep their records
	// as well.
	ToolTables bool
	// Neighbours are declared as well.
	Neighbours Neighbours
}

// New writes the configuration of tables. What the resources cannot say is left
// out of it and reported.
func New(tables []*schema.Table, options Options) Configuration {
	tables = slices.Clone(tables)
	slices.SortFunc(tables, func(a, b *schema.Table) int { return a.Name.Compare(b.Name) })
	w := &writer{options: options, given: map[schema.QualifiedName]*schema.Table{}, partitions: map[schema.QualifiedName][]*schema.Table{}}
	for _, t := range tables {
		w.given[t.Name] = t
	}
	tables = slices.DeleteFunc(tables, w.omitted)
	w.neighbours(options.Neighbours)
	w.label(tables)
	for _, t := range tables {
		w.omitParts(*t)
		if !t.PartitionOf.IsZero() {
			w.partitions[t.PartitionOf] = append(w.partitions[t.PartitionOf], t)
		}
	}
	for _, t := range tables {
		if w.labels[t.PartitionOf] == "" {
			w.table(*t)
		}
	}
	w.Imports = bytes.Join(w.imports, []byte("\n"))
	return w.Configuration
}

type writer struct {
	Configuration

	options Options
	// given are the tables that are asked for.
	given map[schema.QualifiedName]*schema.Table
	// partitions are those that are declared, by the table above them.
	partitions  map[schema.QualifiedName][]*schema.Table
	labels      map[schema.QualifiedName]string
	indexLabels map[schema.QualifiedName]string
	keyLabels   map[schema.ColumnName]string
	neighbour   neighbourLabels
	imports     [][]byte
	blocks      [][]byte
}

// label gives every resource its label before any is referred to.
func (w *writer) label(tables []*schema.Table) {
	w.labels = map[schema.QualifiedName]string{}
	w.indexLabels = map[schema.QualifiedName]string{}
	w.keyLabels = map[schema.ColumnName]string{}

	var all []labelled
	for _, t := range tables {
		all = append(all, qualifiedLabel(t.Name))
	}
	for i, label := range assign(all) {
		w.labels[tables[i].Name] = label
	}
	var indexes []schema.QualifiedName
	var keys []schema.ColumnName
	var indexLabels, keyLabels []labelled
	for _, t := range tables {
		for _, index := range t.StandaloneIndexes() {
			indexes = append(indexes, index.Name)
			indexLabels = append(indexLabels, qualifiedLabel(index.Name))
		}
		for _, fk := range t.DeclaredForeignKeys() {
			keys = append(keys, schema.ColumnName{Table: t.Name, Column: fk.Name})
			keyLabels = append(keyLabels, labelled{identifier(fk.Name), w.labels[t.Name] + "_" + identifier(fk.Name)})
		}
	}
	for i, label := range assign(indexLabels) {
		w.indexLabels[indexes[i]] = label
	}
	for i, label := range assign(keyLabels) {
		w.keyLabels[keys[i]] = label
	}
}

func (w *writer) table(t schema.Table) {
	w.blocks = nil
	entry := Table{Name: t.Name, Label: w.labels[t.Name]}
	w.declare(t, &entry)
	entry.HCL = bytes.Join(w.blocks, []byte("\n"))
	w.Tables = append(w.Tables, entry)
}

// declare writes the resources of a table and of its partitions.
func (w *writer) declare(t schema.Table, entry *Table) {
	w.resource("pgphase_table", w.labels[t.Name], t.ID(), w.refer(tableBody(t, w.reference(t.PartitionOf))))
	for _, index := range t.StandaloneIndexes() {
		w.resource("pgphase_index", w.indexLabels[index.Name], index.Name.String(), indexBody(index, w.reference(t.Name)))
	}
	for _, fk := range t.DeclaredForeignKeys() {
		name := schema.ColumnName{Table: t.Name, Column: fk.Name}
		body := foreignKeyBody(fk, w.reference(t.Name), w.reference(fk.References))
		if references := w.given[fk.References]; references != nil {
			if index := provingIndex(fk, *references); index != nil && w.indexLabels[index.Name] != "" {
				body.add("depends_on", list{traversal{"pgphase_index", w.indexLabels[index.Name]}})
			}
		}
		w.resource("pgphase_foreign_key", w.keyLabels[name], name.String(), body)
	}
	for _, p := range w.partitions[t.Name] {
		entry.Partitions = append(entry.Partitions, p.Name)
		w.declare(*p, entry)
	}
}

// reference is the id of a table: of its resource where there is one.
func (w *writer) reference(table schema.QualifiedName) value {
	if label, ok := w.labels[table]; ok {
		return traversal{"pgphase_table", label, "id"}
	}
	return text(table.String())
}

func (w *writer) resource(kind, label, id string, body *object) {
	if !normalized(body) {
		w.omit("objects with a name or text that is not normalized Unicode", id)
		return
	}
	w.blocks = append(w.blocks, append(block("resource", []string{kind, label}, body), '\n'))
	w.resources++
	imported := &object{}
	imported.add("to", traversal{kind, label})
	imported.add("id", text(id))
	w.imports = append(w.imports, append(block("import", nil, imported), '\n'))
}
