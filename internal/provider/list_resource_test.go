// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// lists asks as terraform query of Terraform 1.14 does.
func (p *testProvider) lists(typeName string, config map[string]any, whole bool, limit int64) (results []tfprotov6.ListResourceResult) {
	p.t.Helper()
	schema := providerSchemas().ListResourceSchemas[typeName]
	if schema == nil {
		p.t.Fatalf("%s cannot be listed", typeName)
	}
	typ := schema.ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, attribute := range typ.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, config[name])
	}
	dynamic, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, values))
	if err != nil {
		p.t.Fatal(err)
	}
	validated, err := p.server.ValidateListResourceConfig(p.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: typeName, Config: &dynamic})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(validated.Diagnostics) > 0 {
		return []tfprotov6.ListResourceResult{{Diagnostics: validated.Diagnostics}}
	}
	stream, err := p.server.ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{TypeName: typeName, Config: &dynamic, IncludeResource: whole, Limit: limit})
	if err != nil {
		p.t.Fatal(err)
	}
	for result := range stream.Results {
		results = append(results, result)
	}
	return results
}

func listedNames(results []tfprotov6.ListResourceResult) []string {
	var names []string
	for _, r := range results {
		if len(r.Diagnostics) > 0 {
			names = append(names, diagnosticTexts(r.Diagnostics))
		} else {
			names = append(names, r.DisplayName)
		}
	}
	return names
}

func TestListResources(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `
		CREATE SCHEMA app; CREATE EXTENSION pg_stat_statements;
		CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
		CREATE INDEX users_lower_idx ON users (lower(email));
		CREATE TABLE app."My orders" (id int PRIMARY KEY, user_id int CONSTRAINT "To user" REFERENCES users);
		CREATE TABLE flyway_schema_history (installed_rank int);
		CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
		CREATE INDEX events_idx ON events (id);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`)
	p := newTestProvider(t)
	p.mustConfigure(map[string]any{"url": db.URL()})
	for _, test := range []struct {
		typeName string
		config   map[string]any
		want     []string
	}{
		{"pgphase_table", nil, []string{`app."My orders"`, "public.events", "public.users"}},
		{"pgphase_table", map[string]any{"schema": "public"}, []string{"public.events", "public.users"}},
		{"pgphase_table", map[string]any{"schema": "public", "partitions": true, "like": "event%"}, []string{"public.events", "public.events_1"}},
		{"pgphase_table", map[string]any{"regex": "^My|^us", "like": "%s"}, []string{`app."My orders"`, "public.users"}},
		{"pgphase_table", map[string]any{"like": "nothing"}, nil},
		{"pgphase_column", map[string]any{"table": "public.users"}, []string{"public.users.id", "public.users.email"}},
		{"pgphase_column", map[string]any{"like": "%id"}, []string{`app."My orders".id`, `app."My orders".user_id`, "public.events.id", "public.users.id"}},
		{"pgphase_index", nil, []string{"public.events_idx", "public.users_lower_idx"}},
		{"pgphase_index", map[string]any{"partitions": true}, []string{"public.events_idx", "public.users_lower_idx"}},
		{"pgphase_foreign_key", nil, []string{`app."My orders"."To user"`}},
		{"pgphase_foreign_key", map[string]any{"schema": "public"}, nil},
	} {
		if diff := cmp.Diff(test.want, listedNames(p.lists(test.typeName, test.config, false, 0))); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", test.typeName, test.config, diff)
		}
	}
	if got := listedNames(p.lists("pgphase_column", nil, true, 3)); len(got) != 3 {
		t.Errorf("with a limit of 3: %q", got)
	}
	for _, test := range []struct {
		config map[string]any
		want   string
	}{
		{map[string]any{"schema": "nope"}, "There is no schema nope"},
		{map[string]any{"table": "public.nope"}, "Table public.nope does not exist"},
		{map[string]any{"table": "a.b.c"}, "table"},
		{map[string]any{"like": `x\`}, "Invalid pattern"},
		{map[string]any{"regex": "("}, "Invalid regular expression"},
	} {
		if got := listedNames(p.lists("pgphase_index", test.config, false, 0)); len(got) != 1 || !strings.Contains(got[0], test.want) {
			t.Errorf("%v: %q", test.config, got)
		}
	}
}

// What a list says of an object is what its import says: an import block and the
// configuration that Terraform writes from it lead to an empty plan.
func TestListedIsImported(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `
		CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(40) NOT NULL DEFAULT 'x' CHECK (email <> ''), at timestamptz);
		COMMENT ON TABLE users IS 'people';
		CREATE INDEX i ON users (lower(email) DESC) INCLUDE (at) WHERE at IS NOT NULL;
		CREATE TABLE orders (id int PRIMARY KEY, user_id int CONSTRAINT fk REFERENCES users ON DELETE CASCADE);`)
	process := newDirect(t, db.URL()).process()
	identities, err := process.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for typeName, want := range map[string]int{"pgphase_table": 2, "pgphase_column": 5, "pgphase_index": 1, "pgphase_foreign_key": 1} {
		results := process.lists(typeName, nil, true, 0)
		if len(results) != want {
			t.Errorf("%s: %d objects, want %d", typeName, len(results), want)
		}
		for _, listed := range results {
			imported, err := process.server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, Identity: listed.Identity})
			if err := process.check(listed.DisplayName, imported.Diagnostics, err); err != nil {
				t.Fatal(err)
			}
			object := imported.ImportedResources[0]
			read, err := process.server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
				TypeName: typeName, CurrentState: object.State, CurrentIdentity: object.Identity, Private: object.Private,
			})
			if err := process.check(listed.DisplayName, read.Diagnostics, err); err != nil {
				t.Fatal(err)
			}
			if a, b := process.value(typeName, listed.Resource), process.value(typeName, read.NewState); !a.Equal(b) {
				t.Errorf("%s is listed as\n%s\nand imported as\n%s", listed.DisplayName, a, b)
			}
			typ := identities.IdentitySchemas[typeName].ValueType()
			a, aErr := listed.Identity.IdentityData.Unmarshal(typ)
			b, bErr := read.NewIdentity.IdentityData.Unmarshal(typ)
			if aErr != nil || bErr != nil || !a.Equal(b) {
				t.Errorf("%s: the identity is %s, of the import %s", listed.DisplayName, a, b)
			}
		}
	}
}

// A provider that is not configured yet has nothing to list, and says why.
func TestListWithoutServer(t *testing.T) {
	t.Parallel()
	p := newTestProvider(t)
	p.mustConfigure(map[string]any{"url": tftypes.UnknownValue})
	if got := listedNames(p.lists("pgphase_table", nil, false, 0)); len(got) != 1 || !strings.Contains(got[0], "The server is not known") {
		t.Errorf("%q", got)
	}
}
