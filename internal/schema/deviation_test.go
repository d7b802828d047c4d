// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestDeviations(t *testing.T) {
	t.Parallel()
	name := schema.QualifiedName{Schema: "public", Name: "users"}
	text := schema.Type{Text: "text", Canonical: "text"}
	then := schema.Table{
		Name: name, OID: 1, Comment: "people",
		Columns: []schema.Column{
			{Name: "id", Type: schema.Type{Text: "int", Canonical: "integer"}, Position: 1},
			{Name: "email", Type: text, Nullable: true, Position: 2},
			{Name: "gone", Type: text, Nullable: true, Position: 3},
		},
		PrimaryKey:  &schema.Key{Name: "users_pkey", Columns: []schema.Name{"id"}},
		Checks:      []schema.Check{{Name: "c", Expression: schema.Expression{Text: "a", Canonical: "a"}}},
		Indexes:     []schema.Index{{Name: schema.QualifiedName{Schema: "public", Name: "i"}, Table: name, Method: "btree", Definition: "before"}},
		ForeignKeys: []schema.ForeignKey{{Name: "fk", Table: name}},
	}
	now := then
	// What an equal table may differ in is nothing.
	now.OID, now.Owner, now.Name = 2, "somebody", schema.QualifiedName{Schema: "public", Name: "people"}
	now.Indexes = []schema.Index{{Name: schema.QualifiedName{Schema: "public", Name: "i"}, Table: now.Name, Method: "btree", Definition: "after"}}
	if found := schema.Deviations(&then, &now); len(found) > 0 {
		t.Errorf("of an equal table: %+v", found)
	}
	now = then
	now.Comment = ""
	now.Columns = []schema.Column{
		{Name: "new", Type: text},
		{Name: "email", Type: schema.Type{Text: "varchar", Canonical: "character varying"}, Position: 4},
		then.Columns[0],
	}
	now.PrimaryKey = nil
	now.Checks = []schema.Check{{Name: "c", Expression: schema.Expression{Text: "b", Canonical: "b"}}, {Name: "d"}}
	now.Indexes, now.ForeignKeys = nil, nil
	want := []schema.Deviation{
		{Kind: schema.ConstraintPart, Name: "check constraint c", Part: "c", Lines: []string{"expression was a, is b"}},
		{Kind: schema.ColumnPart, Name: "column email", Part: "email", Lines: []string{"nullable was true, is false", "type was text, is character varying"}},
		{Kind: schema.ColumnPart, Name: "column gone", Part: "gone", Missing: true},
		{Kind: schema.ConstraintPart, Name: "foreign key fk", Part: "fk", Missing: true},
		{Kind: schema.IndexPart, Name: "index i", Part: "i", Missing: true},
		{Kind: schema.ConstraintPart, Name: "primary key users_pkey", Part: "users_pkey", Missing: true},
		{Kind: schema.TablePart, Name: "table public.users", Lines: []string{`comment was "people", is not set`}},
	}
	if diff := cmp.Diff(want, schema.Deviations(&then, &now)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]schema.Deviation{{Kind: schema.TablePart, Name: "table public.users", Missing: true}}, schema.Deviations(&then, nil)); diff != "" {
		t.Errorf("of a table that is gone: -want +got:\n%s", diff)
	}
	if found := schema.Deviations(nil, &now); found != nil {
		t.Errorf("of what was not known: %+v", found)
	}
}
