// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// alteredUnder is altered with the names advised on.
func alteredUnder(naming planner.Naming, after func(*schema.Table)) planner.Plan {
	plan := altered(17, nil, after)
	observed, desired := tableCase{after: after}.tables()
	plan.Findings = append(plan.Findings, planner.AdviseNames(naming, planner.NewTableNames(desired, &observed))...)
	return plan
}

func TestHazardsOfNaming(t *testing.T) {
	t.Parallel()
	column := func(name schema.Name) func(*schema.Table) {
		return add(schema.Column{Name: name, Type: text, Nullable: true})
	}
	long := planner.Naming{planner.ColumnName: regexp.MustCompile(`^[a-z_]{4,}$`)}
	fires(t, hazard.NamingPolicy, alteredUnder(long, column("n")))
	silent(t, hazard.NamingPolicy, alteredUnder(long, column("note")))
	// What is there already may have any name: id is shorter.
	silent(t, hazard.NamingPolicy, alteredUnder(long, commentedTable))
	// Without a pattern it is advice, and about quotes.
	fires(t, hazard.NamingPolicy, alteredUnder(nil, column("Note")))
	fires(t, hazard.NamingPolicy, alteredUnder(nil, column("order")))
	silent(t, hazard.NamingPolicy, alteredUnder(nil, column("n")))
	silent(t, hazard.NamingPolicy, alteredUnder(planner.Naming{planner.ColumnName: regexp.MustCompile(`^[A-Z]`)}, column("Note")))
	if f := findingsOf(hazard.NamingPolicy, alteredUnder(nil, column("Note")))[0]; f.Severity != hazard.Info {
		t.Errorf("nobody asked for it, and it is of severity %s", f.Severity)
	}
	if f := findingsOf(hazard.NamingPolicy, alteredUnder(long, column("n")))[0]; f.Severity != hazard.Warning || !slices.Equal(f.Path, []string{"columns", "n"}) {
		t.Errorf("%s at %q", f.Severity, f.Path)
	}
}

// Each kind of name has its own pattern, and is new until the object is there
// under it.
func TestNewNames(t *testing.T) {
	t.Parallel()
	all := func(t *schema.Table) {
		t.Uniques = []schema.Key{{Name: "users_u", Columns: []schema.Name{"email"}}}
		t.Checks = []schema.Check{{Name: "users_c", Expression: *expr("email <> ''", schema.Immutable)}}
		t.Exclusions = []schema.Exclusion{{Name: "users_e"}}
	}
	_, table := tableCase{after: all}.tables()
	users := table.Name
	index := schema.Index{Name: schema.QualifiedName{Schema: "public", Name: "users_i"}, Table: users}
	key := schema.ForeignKey{Table: users, Name: "users_f"}
	column := schema.Column{Name: "note"}
	names := slices.Concat(planner.NewTableNames(table, nil), planner.NewColumnNames(users, column, nil), planner.NewIndexNames(users, index, nil), planner.NewForeignKeyNames(key, nil),
		planner.NewNeighbourName(planner.SchemaName, schema.QualifiedName{Name: "app"}), planner.NewNeighbourName(planner.EnumName, users), planner.NewNeighbourName(planner.SequenceName, users))
	for _, kind := range planner.NameKinds() {
		naming := planner.Naming{kind: regexp.MustCompile(`^never$`)}
		found := planner.AdviseNames(naming, names)
		if len(found) == 0 {
			t.Errorf("no name of kind %s is new", kind)
		}
		for _, f := range found {
			if f.Severity != hazard.Warning || f.Summary == "" || len(f.Path) == 0 {
				t.Errorf("%s: %+v", kind, f)
			}
		}
	}
	renamed := index
	renamed.Name.Name = "users_j"
	for name, none := range map[string][]planner.NewName{
		"table": planner.NewTableNames(table, &table), "column": planner.NewColumnNames(users, column, &column),
		"index": planner.NewIndexNames(users, index, &index), "foreign key": planner.NewForeignKeyNames(key, &key),
	} {
		if len(none) > 0 {
			t.Errorf("%s: the names %v are there", name, none)
		}
	}
	if got := planner.NewIndexNames(users, renamed, &index); len(got) != 1 {
		t.Errorf("a rename gives a new name: %v", got)
	}
}
