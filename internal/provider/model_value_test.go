// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A model is what the framework makes of a value, or none where the framework
// makes none.
func TestReadModel(t *testing.T) {
	t.Parallel()
	const variations = 4
	models := map[string]func(*testing.T, tftypes.Value) bool{
		"pgphase_table":       agrees[tableModel],
		"pgphase_column":      agrees[columnResourceModel],
		"pgphase_index":       agrees[indexModel],
		"pgphase_foreign_key": agrees[foreignKeyModel],
	}
	random := rand.New(rand.NewPCG(20261120, 1)) // the same in each run
	read, refused := 0, 0
	for _, s := range sequences {
		names := references{}
		for _, block := range parseConfiguration(t, s.change) {
			value := block.value(t, servedTypes()[block.typeName].typ, names)
			names.add(block, value)
			for i := range 1 + variations {
				if i > 0 {
					value = varied(t, random, value)
				}
				if models[block.typeName](t, value) {
					read++
				} else {
					refused++
				}
			}
		}
	}
	t.Logf("%d read, %d not", read, refused)
	if read < 50 || refused < 20 {
		t.Errorf("%d read and %d refused prove little", read, refused)
	}
}

func agrees[M any](t *testing.T, raw tftypes.Value) bool {
	t.Helper()
	var got, want M
	for _, is := range servedTypes() {
		if !is.typ.Equal(raw.Type()) {
			continue
		}
		config := tfsdk.Config{Raw: raw, Schema: is.schema}
		diags := config.Get(t.Context(), &want)
		ok := readModel(t.Context(), raw, is.schema.Type(), &got)
		if ok == diags.HasError() {
			t.Errorf("%s: read %v, the framework says %v", raw, ok, diags)
		}
		if ok && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", raw, got, want)
		}
		return ok
	}
	t.Errorf("no resource type has values like %s", raw)
	return false
}
