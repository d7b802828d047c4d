// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// unknownValue is a value of a configuration that is not known at plan time.
type unknownValue struct{}

// testProvider is a provider behind its protocol server.
type testProvider struct {
	t      testing.TB
	server *Server
	typ    tftypes.Object
}

func newTestProvider(t testing.TB) *testProvider {
	t.Helper()
	server := NewServer("test")
	t.Cleanup(server.Close)
	resp, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, resp.Diagnostics)
	}
	return &testProvider{t, server, resp.Provider.ValueType().(tftypes.Object)}
}

// config builds a provider block; backfill is a map of its own.
func (p *testProvider) config(values map[string]any) *tfprotov6.DynamicValue {
	p.t.Helper()
	for name := range values {
		if _, ok := p.typ.AttributeTypes[name]; !ok {
			p.t.Fatalf("the provider has no attribute %q", name)
		}
	}
	value, err := tfprotov6.NewDynamicValue(p.typ, providerObject(p.typ, values))
	if err != nil {
		p.t.Fatal(err)
	}
	return &value
}

func providerObject(typ tftypes.Object, values map[string]any) tftypes.Value {
	attributes := map[string]tftypes.Value{}
	for name, attribute := range typ.AttributeTypes {
		switch v := values[name].(type) {
		case unknownValue:
			attributes[name] = tftypes.NewValue(attribute, tftypes.UnknownValue)
		case map[string]any:
			attributes[name] = providerObject(attribute.(tftypes.Object), v)
		default:
			attributes[name] = tftypes.NewValue(attribute, v)
		}
	}
	return tftypes.NewValue(typ, attributes)
}

// configure validates and configures, as Terraform does, and returns what both
// said.
func (p *testProvider) configure(values map[string]any) (*database, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	config := p.config(values)
	validated, err := p.server.ValidateProviderConfig(p.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, d := range validated.Diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return nil, validated.Diagnostics
		}
	}
	configured, err := p.server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config, TerraformVersion: "1.11.0"})
	if err != nil {
		p.t.Fatal(err)
	}
	diagnostics := slices.Concat(validated.Diagnostics, configured.Diagnostics)
	if databases := p.server.provider.databases; len(databases) > 0 {
		return databases[len(databases)-1], diagnostics
	}
	return nil, diagnostics
}

// mustConfigure fails on any diagnostic.
func (p *testProvider) mustConfigure(values map[string]any) *database {
	p.t.Helper()
	db, diagnostics := p.configure(values)
	if len(diagnostics) > 0 {
		p.t.Fatal(diagnosticTexts(diagnostics))
	}
	return db
}

// diagnosticTexts returns diagnostics as "error at path: summary\ndetail".
func diagnosticTexts(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		b.WriteString(strings.ToLower(d.Severity.String()))
		if d.Attribute != nil {
			b.WriteString(" at " + d.Attribute.String())
		}
		b.WriteString(": " + d.Summary + "\n" + d.Detail + "\n")
	}
	return b.String()
}

// wantDiagnostic fails unless one of the diagnostics begins with, or contains,
// the text; see diagnosticTexts.
func wantDiagnostic(t testing.TB, diagnostics []*tfprotov6.Diagnostic, text string) {
	t.Helper()
	if got := diagnosticTexts(diagnostics); !strings.Contains(got, text) {
		t.Errorf("want %q, got\n%s", text, got)
	}
}

func TestProviderConfigures(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		database := server.Database(t)
		db := newTestProvider(t).mustConfigure(map[string]any{"url": database.URL()})
		identity, err := db.server(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if identity.Version != server.VersionNum || !identity.UTC {
			t.Errorf("identified %+v, want version %d with UTC", identity, server.VersionNum)
		}
		pool, err := db.pool(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := pool.Stat().MaxConns(); n != 4 {
			t.Errorf("at most %d connections, want 4", n)
		}
		var name, encoding string
		if err := pool.QueryRow(t.Context(), "SELECT current_database(), current_setting('client_encoding')").Scan(&name, &encoding); err != nil {
			t.Fatal(err)
		}
		if name != database.Name || encoding != "UTF8" {
			t.Errorf("connected to %s with %s", name, encoding)
		}
	})
}

// A provider that is configured must not have touched the network.
func TestConfigureConnectsToNothing(t *testing.T) {
	t.Parallel()
	db := newTestProvider(t).mustConfigure(map[string]any{"host": "host.invalid"})
	if !db.known() || db.sessions != nil {
		t.Errorf("known %v, sessions %v", db.known(), db.sessions)
	}
}

func TestUnknownConfiguration(t *testing.T) {
	t.Parallel()
	for _, values := range []map[string]any{
		{"url": unknownValue{}},
		{"host": "localhost", "password": unknownValue{}},
	} {
		db := newTestProvider(t).mustConfigure(values)
		if db.known() {
			t.Errorf("%v: known", values)
		}
		if _, err := db.pool(t.Context()); err == nil {
			t.Errorf("%v: connected", values)
		}
	}
	db := newTestProvider(t).mustConfigure(map[string]any{"host": "localhost", "lock_timeout": unknownValue{}, "backfill": unknownValue{}, "deletion_protection": unknownValue{}})
	if !db.known() || !db.deletionProtection {
		t.Errorf("unknown settings: known %v, protected %v", db.known(), db.deletionProtection)
	}
}
