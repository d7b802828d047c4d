// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// What a database has goes into a model and back without a loss, for every
// attribute of every kind.
func TestModelsLoseNothing(t *testing.T) {
	t.Parallel()
	expression := schema.Expression{Text: "lower(name)", Canonical: "lower(name)"}
	key := schema.IndexKey{
		Expression: &expression, Collation: schema.QualifiedName{Schema: "app", Name: "german"},
		OperatorClass: schema.QualifiedName{Schema: "app", Name: "my_ops"}, OperatorClassOptions: map[string]string{"siglen": "32"},
		Descending: true, NullsFirst: new(false),
	}
	table := schema.Table{
		Name: schema.QualifiedName{Schema: "app", Name: "My users"},
		Columns: []schema.Column{
			{Name: "generated", Nullable: true, Type: schema.Type{Text: "text"}, Generated: &schema.Generated{Expression: schema.Expression{Text: "upper(name)"}, Virtual: true}},
			{Name: "id", Type: schema.Type{Text: "bigint"}, Identity: &schema.Identity{Always: true, Sequence: schema.SequenceOptions{
				Start: new(int64(5)), Increment: new(int64(2)), MinValue: new(int64(1)), MaxValue: new(int64(99)), Cache: new(int64(3)), Cycle: true,
			}}},
			{
				Name: "name", Type: schema.Type{Text: "text"}, Default: &schema.Expression{Text: "'x'"}, Collation: schema.QualifiedName{Schema: "app", Name: "german"},
				Compression: "lz4", Storage: "main", StatisticsTarget: new(0), Comment: "a name",
			},
		},
		PrimaryKey: &schema.Key{Name: "pk", Columns: []schema.Name{"id"}, Include: []schema.Name{"name"}, Comment: "key", Tablespace: "fast", Options: map[string]string{"fillfactor": "80"}},
		Uniques:    []schema.Key{{Name: "u", Columns: []schema.Name{"name"}, NullsNotDistinct: true, Deferral: schema.Deferral{Deferrable: true, InitiallyDeferred: true}}},
		Checks:     []schema.Check{{Name: "c", Expression: schema.Expression{Text: "id > 0"}, NoInherit: true, NotValid: true, Comment: "positive"}},
		Exclusions: []schema.Exclusion{{
			Name: "e", Method: "gist", Elements: []schema.ExclusionElement{{IndexKey: key, Operator: "&&"}},
			Include: []schema.Name{"id"}, Where: &schema.Expression{Text: "id > 1"}, Deferral: schema.Deferral{Deferrable: true},
		}},
		Comment: "people", Options: map[string]string{"fillfactor": "70"}, Unlogged: true, Tablespace: "slow",
		ReplicaIdentity: schema.ReplicaIdentity{Mode: schema.ReplicaIdentityIndex, Index: "u"},
		PartitionBy:     &schema.PartitionKey{Strategy: "list", Keys: []schema.IndexKey{{Column: "name", Collation: schema.QualifiedName{Schema: "app", Name: "german"}}}},
	}
	lossless(t, tableKind{}, table, importedTable(table.Name))

	column := tableColumn{Table: table.Name, Column: table.Columns[2]}
	lossless(t, columnKind{}, column, importedColumn(column.name()))

	index := schema.Index{
		Name: schema.QualifiedName{Schema: "app", Name: "My index"}, Table: table.Name, Method: "gin",
		Keys: []schema.IndexKey{key, {Column: "name", NullsFirst: new(true)}}, Include: []schema.Name{"id"}, Where: &expression,
		Unique: true, NullsNotDistinct: true, Options: map[string]string{"fastupdate": "off"}, Tablespace: "fast", Comment: "an index",
	}
	lossless(t, indexKind{}, index, importedIndex(index.Name))

	fk := schema.ForeignKey{
		Table: table.Name, Name: "fk", Columns: []schema.Name{"id", "name"}, References: schema.QualifiedName{Schema: "app", Name: "others"},
		ReferencedColumns: []schema.Name{"a", "b"}, MatchFull: true, OnDelete: schema.SetNull, OnDeleteColumns: []schema.Name{"name"}, OnUpdate: schema.Cascade,
		Deferral: schema.Deferral{Deferrable: true, InitiallyDeferred: true}, NotValid: true, Comment: "of others",
	}
	lossless(t, foreignKeyKind{}, fk, importedForeignKey(fk.Table, fk.Name))
}

func lossless[M, O any](t *testing.T, k kind[M, O], object O, like M) {
	t.Helper()
	model, diags := k.encode(t.Context(), object, &like)
	if diags.HasError() {
		t.Fatal(diags)
	}
	got, diags := k.decode(t.Context(), &model)
	if diags.HasError() {
		t.Fatal(diags)
	}
	// The server's words are the words of the model.
	plain := cmp.Transformer("text", func(e schema.Expression) string { return e.Text })
	if diff := cmp.Diff(object, got, plain); diff != "" {
		t.Errorf("%s:\n%s", k.typeName(), diff)
	}
}

func TestParseIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"public.users": "public.users", `app."My users"`: `app."My users"`, `"a.b"."c""d"`: `"a.b"."c""d"`, "users": "", "a.b.c": "", "": "", `"open.users`: "",
	} {
		model, err := tableKind{}.parseID(id)
		if got := model.qualifiedName(); (err == nil) != (want != "") || err == nil && got.String() != want {
			t.Errorf("%q: %s, %v", id, got, err)
		}
	}
}

func TestQualifiedNameOrNull(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name schema.QualifiedName
		want types.String
	}{
		{schema.QualifiedName{}, types.StringNull()},
		{schema.QualifiedName{Schema: "pg_catalog", Name: "C"}, types.StringValue(`"C"`)},
		{schema.QualifiedName{Schema: "app", Name: "german"}, types.StringValue("app.german")},
		{schema.QualifiedName{Name: "text_ops"}, types.StringValue("text_ops")},
	} {
		if got := qualifiedNameOrNull(test.name); !got.Equal(test.want) {
			t.Errorf("%s: %s", test.name, got)
		}
	}
}

// An empty map that the author wrote stays one, and no map stays none.
func TestStringMapLike(t *testing.T) {
	t.Parallel()
	empty := types.MapValueMust(types.StringType, map[string]attr.Value{})
	null := types.MapNull(types.StringType)
	for _, like := range []types.Map{empty, null} {
		if got := stringMapLike(nil, like); !got.Equal(like) {
			t.Errorf("like %s: %s", like, got)
		}
	}
	if got := stringMapLike(map[string]string{"a": "b"}, null); len(got.Elements()) != 1 {
		t.Errorf("got %s", got)
	}
}
