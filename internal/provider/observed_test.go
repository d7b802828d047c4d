// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// privateData is private data of a resource in memory.
type privateData map[string][]byte

func (p privateData) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return p[key], nil
}

func (p privateData) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	return nil
}

func TestObserved(t *testing.T) {
	t.Parallel()
	column := tableColumn{
		Table: schema.QualifiedName{Schema: "app", Name: "users"},
		Column: schema.Column{
			Name: "a b", Type: schema.Type{Text: "int", Canonical: "integer", Facts: &schema.TypeFacts{Kind: "b", Length: 4}},
			Default: &schema.Expression{Text: "'\"'", Canonical: "'\"'::text"},
		},
	}
	private := privateData{}
	if diags := writeObserved(t.Context(), private, column, nil, settlement{}); diags.HasError() {
		t.Fatal(diags)
	}
	got, diags := readObserved[tableColumn](t.Context(), private)
	if diags.HasError() || got == nil {
		t.Fatal(got, diags)
	}
	if diff := cmp.Diff(column, *got); diff != "" {
		t.Error(diff)
	}
	// The same object is the same bytes: Terraform compares them.
	again := privateData{}
	writeObserved(t.Context(), again, *got, nil, settlement{})
	if string(again[observedKey]) != string(private[observedKey]) {
		t.Errorf("%s\n%s", private[observedKey], again[observedKey])
	}
}

func TestObservedOfAnother(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data  string
		fails bool
	}{
		"nothing":        {"", false},
		"another format": {`{"format":1,"object":"AAAA"}`, false},
		"not JSON":       {`{`, true},
		"not compressed": {fmt.Sprintf(`{"format":%d,"object":"AAAA"}`, observedFormat), true},
	} {
		private := privateData{}
		if test.data != "" {
			private[observedKey] = []byte(test.data)
		}
		got, diags := readObserved[schema.Table](t.Context(), private)
		if got != nil || diags.HasError() != test.fails {
			t.Errorf("%s: %v, %v", name, got, diags)
		}
		if test.fails && !strings.Contains(diags.Errors()[0].Detail(), "importing it again repairs it") {
			t.Errorf("%s: %v", name, diags)
		}
	}
}
