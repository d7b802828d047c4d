// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// What only says the same in fewer words is not asked about: neither the right
// to create temporary tables nor a round trip is needed for it.
func TestAdoptShortSpelling(t *testing.T) {
	t.Parallel()
	observed := &schema.Column{
		Name: "c", Type: schema.Type{Text: "character varying(9)", Canonical: "character varying(9)"},
		Default: &schema.Expression{Text: "'x'::character varying", Canonical: "'x'::character varying", Volatility: schema.Immutable},
	}
	for _, test := range []struct {
		typ, def string
		asks     bool
	}{
		{"character varying(9)", "'x'::character varying", false},
		{"varchar(9)", "'x'", false},
		{"varchar(9)", "\n('x'::character varying)\n", false},
		{"varchar(9)", "'y'", true},
		{"varchar(9)", "'x'::text", true},
		{"varchar(10)", "'x'", true},
		{"text", "'x'", true},
	} {
		desired := &schema.Column{Name: "c", Type: schema.Type{Text: test.typ}, Default: &schema.Expression{Text: test.def}}
		if asks := adoptColumn(desired, observed); asks != test.asks {
			t.Errorf("%s DEFAULT %s: asks %t", test.typ, test.def, asks)
		}
		if same := desired.Default.Canonical == observed.Default.Canonical; same == test.asks && test.typ != "text" && test.typ != "varchar(10)" {
			t.Errorf("%s DEFAULT %s is taken for %q", test.typ, test.def, desired.Default.Canonical)
		}
		if desired.Default.Text != test.def {
			t.Errorf("%q became %q", test.def, desired.Default.Text)
		}
	}
}

func TestDeclarableOnImport(t *testing.T) {
	t.Parallel()
	table := schema.Table{
		Name:       schema.QualifiedName{Schema: "public", Name: "t"},
		PrimaryKey: &schema.Key{Name: "p", WithoutOverlaps: true},
		Uniques:    []schema.Key{{Name: "u"}, {Name: "w", WithoutOverlaps: true}},
		Checks:     []schema.Check{{Name: "c"}, {Name: "n", NotEnforced: true}},
	}
	m, diags := encodeTable(t.Context(), table, &tableModel{})
	if diags.HasError() {
		t.Fatal(diags)
	}
	if m.PrimaryKey != nil || len(m.Unique) != 1 || len(m.Checks) != 1 {
		t.Errorf("an import takes what no attribute can express: %v %v %v", m.PrimaryKey, m.Unique, m.Checks)
	}
	m, _ = encodeTable(t.Context(), table, &tableModel{Columns: map[string]columnModel{}, Checks: map[string]checkModel{"n": {}}})
	if len(m.Checks) != 1 {
		t.Error("what a state names is read, however it is")
	}
}
