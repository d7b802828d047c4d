// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// identities are objects by id and by identity.
var identities = []struct {
	typeName, id string
	identity     map[string]string
}{
	{"pgphase_table", `app."My users"`, map[string]string{"schema": "app", "name": "My users"}},
	{"pgphase_column", `app."My users".email`, map[string]string{"schema": "app", "table": "My users", "name": "email"}},
	{"pgphase_index", `app.users_email_idx`, map[string]string{"schema": "app", "name": "users_email_idx"}},
	{"pgphase_foreign_key", `app."My users"."To boss"`, map[string]string{"schema": "app", "table": "My users", "name": "To boss"}},
}

// Terraform from 1.12 on keeps and imports by identities; what it asks of a
// provider is asked here.
func TestResourceIdentity(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, `
		CREATE SCHEMA app;
		CREATE TABLE app."My users" (id int PRIMARY KEY, email text, boss int, CONSTRAINT "To boss" FOREIGN KEY (boss) REFERENCES app."My users");
		CREATE INDEX users_email_idx ON app."My users" (email);`)
	p := newTestProvider(t)
	p.mustConfigure(map[string]any{"url": db.URL()})
	schemas, err := p.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range identities {
		typ := schemas.IdentitySchemas[test.typeName].ValueType().(tftypes.Object)
		want := identityValue(t, typ, test.identity)
		for by, request := range map[string]*tfprotov6.ImportResourceStateRequest{
			"id":       {TypeName: test.typeName, ID: test.id},
			"identity": {TypeName: test.typeName, Identity: &tfprotov6.ResourceIdentityData{IdentityData: want}},
		} {
			imported, err := p.server.ImportResourceState(t.Context(), request)
			if err != nil || len(imported.Diagnostics) > 0 {
				t.Fatalf("import %s by %s: %v %s", test.id, by, err, diagnosticTexts(imported.Diagnostics))
			}
			resource := imported.ImportedResources[0]
			read, err := p.server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
				TypeName: test.typeName, CurrentState: resource.State, CurrentIdentity: resource.Identity, Private: resource.Private,
			})
			if err != nil || len(read.Diagnostics) > 0 {
				t.Fatalf("read %s: %v %s", test.id, err, diagnosticTexts(read.Diagnostics))
			}
			got, err := read.NewIdentity.IdentityData.Unmarshal(typ)
			if err != nil {
				t.Fatal(err)
			}
			if wanted, _ := want.Unmarshal(typ); !got.Equal(wanted) {
				t.Errorf("%s by %s: identity %s, want %s", test.id, by, got, wanted)
			}
		}
	}
}

func identityValue(t testing.TB, typ tftypes.Object, attributes map[string]string) *tfprotov6.DynamicValue {
	t.Helper()
	values := map[string]tftypes.Value{}
	for name := range typ.AttributeTypes {
		values[name] = tftypes.NewValue(tftypes.String, attributes[name])
	}
	value, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, values))
	if err != nil {
		t.Fatal(err)
	}
	return &value
}

// A rename changes the identity of an object, which must not be an error.
func TestIdentityIsMutable(t *testing.T) {
	t.Parallel()
	for _, r := range New("test")().Resources(t.Context()) {
		var resp resource.MetadataResponse
		r().Metadata(t.Context(), resource.MetadataRequest{ProviderTypeName: "pgphase"}, &resp)
		if !resp.ResourceBehavior.MutableIdentity {
			t.Errorf("%s: its identity is fixed", resp.TypeName)
		}
	}
}
