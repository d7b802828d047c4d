// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/generate"
	"github.com/pgphase/terraform-provider-pgphase/internal/migrator"
	"github.com/pgphase/terraform-provider-pgphase/internal/provider"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// unmanaged are the kinds of objects that no resource is for.
var unmanaged = []struct {
	kind         catalog.ObjectKind
	what, reason string
}{
	{catalog.KindView, "views", "pgphase does not manage them."},
	{catalog.KindMaterializedView, "materialized views", "pgphase does not manage them, nor their indexes."},
	{catalog.KindForeignTable, "foreign tables", "pgphase does not manage them."},
	{catalog.KindSequence, "sequences of columns", "They are dropped with their columns, whose defaults are declared; an empty database needs them first."},
	{catalog.KindType, "types other than enums", "pgphase does not manage them; the columns that have them are declared."},
}

// otherObjects reports objects of the schemas, or of all, that are no tables.
func otherObjects(snapshot *catalog.Snapshot, schemas []string) []generate.Omission {
	// What is declared, or part of it: enums, and sequences that no column owns or
	// an identity column does.
	declared := map[schema.QualifiedName]bool{}
	for _, name := range snapshot.Enums() {
		declared[name] = true
	}
	for _, name := range snapshot.Sequences() {
		s := snapshot.Sequence(name)
		declared[name] = s.Identity || s.Owner == (schema.ColumnName{})
	}
	var omissions []generate.Omission
	for _, u := range unmanaged {
		omission := generate.Omission{What: u.what, Reason: u.reason}
		for _, name := range snapshot.Objects(u.kind) {
			if _, known := snapshot.Schema(name.Schema); !known || name.Schema == "pgphase" || declared[name] ||
				len(schemas) > 0 && !slices.Contains(schemas, string(name.Schema)) {
				continue
			}
			omission.Objects = append(omission.Objects, name.String())
		}
		if len(omission.Objects) > 0 {
			omissions = append(omissions, omission)
		}
	}
	return omissions
}

// foreignOwners reports tables that the role can read about and not change.
func foreignOwners(database *provider.Database, c generate.Configuration) []generate.Omission {
	omission := generate.Omission{
		What:   fmt.Sprintf("tables that the role %s does not own", database.Identity.User),
		Reason: "They are declared, and can be imported and planned. Only the owner, or a member of that role, can apply a change.",
	}
	for _, t := range c.Tables {
		for _, name := range append([]schema.QualifiedName{t.Name}, t.Partitions...) {
			if !database.MayAlter(name) {
				omission.Objects = append(omission.Objects, fmt.Sprintf("%s (%s)", name, database.Table(name).Owner))
			}
		}
	}
	if len(omission.Objects) == 0 {
		return nil
	}
	return []generate.Omission{omission}
}

// otherMigrators reports tools that change the schema of the database besides
// pgphase, where one of the tables may be theirs.
func otherMigrators(snapshot *catalog.Snapshot, c generate.Configuration) []generate.Omission {
	omission := generate.Omission{
		What: "other tools that migrate this database",
		Reason: "Decide for each table whose columns it has to change: pgphase would undo what they change in columns that are declared. " +
			"The guide \"Other tools\" shows how both live with one table.",
	}
	for _, m := range migrator.In(snapshot.Tables()) {
		omission.Objects = append(omission.Objects, fmt.Sprintf("%s (%s)", m.Tool, m.Records))
	}
	if len(omission.Objects) == 0 || len(c.Tables) == 0 {
		return nil
	}
	return []generate.Omission{omission}
}

func writeReport(stderr io.Writer, directory string, c generate.Configuration, omissions []generate.Omission) {
	where := ""
	if directory != "" {
		where = " in " + directory
	}
	fmt.Fprintf(stderr, "%s with their indexes and foreign keys: %s%s\n",
		counted(countTables(c), "table"), counted(c.Resources(), "resource"), where)
	for _, o := range omissions {
		fmt.Fprintf(stderr, "\n%s: %s\n", o.What, o.Reason)
		for _, object := range o.Objects {
			fmt.Fprintf(stderr, "  %s\n", object)
		}
	}
}

func countTables(c generate.Configuration) int {
	n := len(c.Tables)
	for _, t := range c.Tables {
		n += len(t.Partitions)
	}
	return n
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
