// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/migrator"
	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

const undeclaredUsage = `Usage: terraform show -json | pgphase undeclared [flags] -state -

Compares a state, or a saved plan, with the database, and names the tables, columns,
indexes and constraints that nobody declares. A plan alone cannot tell: it sees one
resource at a time. The database is only read. Partitions, tables of extensions and
those in which other tools keep their records are left out.

The exit code is 0 when there is nothing, and 3 when there is something.

Flags:
`

// undeclaredError is a comparison that has found something; it has been
// printed.
type undeclaredError struct{ count int }

func (e *undeclaredError) Error() string { return counted(e.count, "object") + " that nobody declares" }

type undeclaredOptions struct {
	url, state string
	schemas    texts
}

func parseUndeclared(arguments []string, stdout io.Writer) (undeclaredOptions, error) {
	var o undeclaredOptions
	flags := flag.NewFlagSet("pgphase undeclared", flag.ContinueOnError)
	flags.StringVar(&o.url, "url", "", urlUsage)
	flags.StringVar(&o.state, "state", "", "`file` with what terraform show -json prints of a state or of a saved plan; - is standard input")
	flags.Var(&o.schemas, "schema", "`name` of a schema; can be repeated. Default: every schema of which the state has a table")
	err := parse(flags, arguments, undeclaredUsage, stdout)
	if err == nil && o.state == "" {
		err = &usageError{"-state is missing: terraform show -json | pgphase undeclared -state -"}
	}
	return o, err
}

func runUndeclared(ctx context.Context, arguments []string, stdin io.Reader, stdout io.Writer) error {
	o, err := parseUndeclared(arguments, stdout)
	if err != nil {
		return err
	}
	input := stdin
	if o.state != "-" {
		file, err := os.Open(o.state)
		if err != nil {
			return fmt.Errorf("read the state: %w", err)
		}
		defer file.Close()
		input = file
	}
	declared, err := readDeclared(input)
	if err != nil {
		return err
	}
	database, err := provider.ReadCatalog(ctx, o.url)
	if err != nil {
		return err
	}
	groups, err := declared.compare(database.Snapshot, o.schemas)
	if err != nil {
		return err
	}
	found := 0
	for _, g := range groups {
		if len(g.objects) == 0 {
			continue
		}
		if found > 0 {
			fmt.Fprintln(stdout)
		}
		fmt.Fprintf(stdout, "%s:\n  %s\n", g.kind, strings.Join(g.objects, "\n  "))
		found += len(g.objects)
	}
	if found > 0 {
		return &undeclaredError{found}
	}
	return nil
}

// declaredObjects are those of a state, by id.
type declaredObjects struct {
	tables map[string]declaredTable
	// parts are the ids of columns, indexes and foreign keys that are resources
	// of their own; owners are the tables of each kind of them.
	parts  map[string]bool
	owners map[string]map[string]bool
}

// declaredTable is a pgphase_table of a state.
type declaredTable struct {
	Columns        map[string]json.RawMessage `json:"columns"`
	Unique         map[string]json.RawMessage `json:"unique"`
	Checks         map[string]json.RawMessage `json:"checks"`
	Exclusions     map[string]json.RawMessage `json:"exclusions"`
	IgnoredColumns []string                   `json:"ignored_columns"`
	PrimaryKey     *struct {
		Name string `json:"name"`
	} `json:"primary_key"`
}

func (t declaredTable) hasColumn(name schema.Name) bool {
	_, declared := t.Columns[string(name)]
	return declared || slices.Contains(t.IgnoredColumns, string(name))
}

func (t declaredTable) hasConstraint(name schema.Name) bool {
	for _, kind := range []map[string]json.RawMessage{t.Unique, t.Checks, t.Exclusions} {
		if _, declared := kind[string(name)]; declared {
			return true
		}
	}
	return t.PrimaryKey != nil && t.PrimaryKey.Name == string(name)
}

// stateModule is a module as terraform show -json prints it
// (https://developer.hashicorp.com/terraform/internals/json-format).
type stateModule struct {
	Resources []struct {
		Mode   string          `json:"mode"`
		Type   string          `json:"type"`
		Values json.RawMessage `json:"values"`
	} `json:"resources"`
	ChildModules []stateModule `json:"child_modules"`
}

// readDeclared reads the output of terraform show -json.
func readDeclared(input io.Reader) (declaredObjects, error) {
	d := declaredObjects{tables: map[string]declaredTable{}, parts: map[string]bool{}, owners: map[string]map[string]bool{}}
	type values struct {
		Root stateModule `json:"root_module"`
	}
	var shown struct {
		Version string  `json:"format_version"`
		Values  *values `json:"values"`
		Planned *values `json:"planned_values"`
	}
	if err := json.NewDecoder(input).Decode(&shown); err != nil {
		return d, fmt.Errorf("the state is not what terraform show -json prints: %w", err)
	}
	if shown.Version == "" {
		return d, errors.New("the state is not what terraform show -json prints: it has no format_version")
	}
	root := shown.Values
	if shown.Planned != nil {
		root = shown.Planned
	}
	if root == nil { // an empty state
		return d, nil
	}
	return d, d.add(root.Root)
}

func (d declaredObjects) add(module stateModule) error {
	for _, r := range module.Resources {
		if r.Mode != "managed" || !strings.HasPrefix(r.Type, "pgphase_") {
			continue
		}
		var values struct {
			ID string `json:"id"`
			declaredTable
		}
		switch r.Type {
		case "pgphase_table":
			if err := json.Unmarshal(r.Values, &values); err != nil {
				return fmt.Errorf("the state has a %s that cannot be read: %w", r.Type, err)
			}
			d.tables[values.ID] = values.declaredTable
		case "pgphase_column", "pgphase_index", "pgphase_foreign_key":
			// The columns of a foreign key are a list.
			var part struct {
				ID    string `json:"id"`
				Table string `json:"table"`
			}
			if err := json.Unmarshal(r.Values, &part); err != nil {
				return fmt.Errorf("the state has a %s that cannot be read: %w", r.Type, err)
			}
			d.parts[r.Type+" "+part.ID] = true
			if d.owners[r.Type] == nil {
				d.owners[r.Type] = map[string]bool{}
			}
			d.owners[r.Type][part.Table] = true
		}
	}
	for _, child := range module.ChildModules {
		if err := d.add(child); err != nil {
			return err
		}
	}
	return nil
}

// undeclaredGroup are objects of one kind that nobody declares, by name.
type undeclaredGroup struct {
	kind    string
	objects []string
}

// compare returns what the tables of the schemas have and nobody declares. Of a
// table that is not declared itself, only the kinds are looked at of which
// something is: an index beside those of another tool is not ours to name
// unless we manage the indexes of that table.
func (d declaredObjects) compare(snapshot *catalog.Snapshot, schemas []string) ([]undeclaredGroup, error) {
	tables, err := selectTables(snapshot, schemas, nil)
	if err != nil {
		return nil, err
	}
	ours := map[schema.Name]bool{}
	for _, t := range tables {
		_, declared := d.tables[t.ID()]
		ours[t.Name.Schema] = ours[t.Name.Schema] || declared || len(schemas) > 0
	}
	groups := []undeclaredGroup{{kind: "tables"}, {kind: "columns"}, {kind: "indexes"}, {kind: "constraints"}}
	add := func(i int, object string) { groups[i].objects = append(groups[i].objects, object) }
	for _, t := range tables {
		id := t.ID()
		table, declared := d.tables[id]
		managed := func(kind string) bool { return declared || d.owners[kind][id] }
		switch {
		case !t.PartitionOf.IsZero() && !declared, migrator.Of(t.Name) != "" && !declared:
			continue
		case !managed("pgphase_column") && !managed("pgphase_index") && !managed("pgphase_foreign_key"):
			if ours[t.Name.Schema] {
				add(0, id)
			}
			continue
		}
		of := func(name schema.Name) string { return schema.ColumnName{Table: t.Name, Column: name}.String() }
		if declared && len(t.Transitions) == 0 {
			for _, c := range t.Columns {
				if !t.PartitionOf.IsZero() {
					break // they are those of the partitioned table
				}
				if !table.hasColumn(c.Name) && !d.parts["pgphase_column "+of(c.Name)] {
					add(1, of(c.Name))
				}
			}
			for _, c := range constraintsOf(*t) {
				if !table.hasConstraint(c) {
					add(3, of(c))
				}
			}
		}
		for _, i := range t.Indexes {
			if managed("pgphase_index") && i.Constraint == "" && i.Parent.IsZero() && !ownHelper(i.Name.Name) && !d.parts["pgphase_index "+i.Name.String()] {
				add(2, fmt.Sprintf("%s on %s", i.Name, t.Name))
			}
		}
		for _, fk := range t.ForeignKeys {
			if managed("pgphase_foreign_key") && !fk.Inherited && !ownHelper(fk.Name) && !d.parts["pgphase_foreign_key "+of(fk.Name)] {
				add(3, of(fk.Name))
			}
		}
	}
	for i := range groups {
		slices.Sort(groups[i].objects)
	}
	return groups, nil
}

// constraintsOf are the constraints of a table that a pgphase_table can declare.
func constraintsOf(t schema.Table) []schema.Name {
	var names []schema.Name
	if k := t.PrimaryKey; k != nil && !k.WithoutOverlaps && !k.Inherited {
		names = append(names, k.Name)
	}
	for _, k := range t.Uniques {
		if !k.WithoutOverlaps && !k.Inherited {
			names = append(names, k.Name)
		}
	}
	for _, c := range t.Checks {
		if !c.NotEnforced && !c.Inherited {
			names = append(names, c.Name)
		}
	}
	for _, e := range t.Exclusions {
		if !e.Inherited {
			names = append(names, e.Name)
		}
	}
	return slices.DeleteFunc(names, ownHelper)
}

// ownHelper reports an object that pgphase has made for a change that goes on.
func ownHelper(name schema.Name) bool { return strings.HasPrefix(string(name), "pgphase_") }
