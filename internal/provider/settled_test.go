// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestSettlement(t *testing.T) {
	t.Parallel()
	r := &managedResource[tableModel, schema.Table]{kind: tableKind{}, db: newDatabase(nil, settings{deletionProtection: true})}
	element := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"type": tftypes.String, "nullable": tftypes.Bool}}
	config := func(nullable any, names ...string) tftypes.Value {
		columns := map[string]tftypes.Value{}
		for _, name := range names {
			columns[name] = tftypes.NewValue(element, map[string]tftypes.Value{
				"type": tftypes.NewValue(tftypes.String, "text"), "nullable": tftypes.NewValue(tftypes.Bool, nullable),
			})
		}
		return tftypes.NewValue(tftypes.Map{ElementType: element}, columns)
	}
	base := r.settlement(config(nil, "a", "b"))
	if again := r.settlement(config(nil, "b", "a")); again != base {
		t.Error("the order of a map makes a difference")
	}
	for name, other := range map[string]tftypes.Value{
		"another value":    config(false, "a", "b"),
		"an element less":  config(nil, "a"),
		"an element more":  config(nil, "a", "b", "c"),
		"another name":     config(nil, "a", "c"),
		"nothing declared": tftypes.NewValue(tftypes.Map{ElementType: element}, nil),
	} {
		if r.settlement(other) == base {
			t.Errorf("%s makes no difference", name)
		}
	}
	r.db.deletionProtection = false
	if r.settlement(config(nil, "a", "b")) == base {
		t.Error("the provider's default of deletion_protection makes no difference")
	}
}

func TestUnchangedObjectStaysSettled(t *testing.T) {
	t.Parallel()
	index := schema.Index{Name: schema.QualifiedName{Schema: "public", Name: "i"}, Method: "btree"}
	private := privateData{}
	writeObserved(t.Context(), private, index, "applied")
	refreshed := privateData{}
	refreshObserved(t.Context(), private, refreshed, index)
	if string(refreshed[observedKey]) != string(private[observedKey]) {
		t.Errorf("%s\n%s", private[observedKey], refreshed[observedKey])
	}
	index.Unique = true
	refreshObserved(t.Context(), private, refreshed, index)
	if settledSnapshot(t.Context(), refreshed) != nil {
		t.Error("a changed object counts as settled")
	}
}
