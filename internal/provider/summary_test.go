// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	scan := changedOperation{lock: "SHARE UPDATE EXCLUSIVE on public.a", effect: "scans the table", hazards: []string{"scan_long", "scan_wide"}}
	brief := changedOperation{lock: "ACCESS EXCLUSIVE on public.a; SHARE ROW EXCLUSIVE on public.b", effect: "instant: catalog only", hazards: []string{"scan_wide"}}
	drop := changedOperation{lock: "ACCESS EXCLUSIVE on public.d", effect: "drops for good"}
	create := changedOperation{effect: "creates a new table"}
	s := summary{objects: []changedObject{
		{"public.idle", nil},
		{"public.b", []changedOperation{scan}},
		{"public.a", []changedOperation{brief, scan, scan}},
		{"public.d", []changedOperation{drop}},
		{"public.new", []changedOperation{create}},
	}}
	want := `4 of 5 objects change, in 6 operations.

Strongest lock:

    ACCESS EXCLUSIVE        2  public.a, public.d
    SHARE UPDATE EXCLUSIVE  1  public.b
    no existing table       1  public.new

Effects:

    drops for good         1  public.d
    scans the table        2  public.a, public.b
    creates a new table    1  public.new
    instant: catalog only  1  public.a

Hazards:

    scan_long  2  public.a, public.b
    scan_wide  2  public.a, public.b`
	if diff := cmp.Diff(want, s.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if text := (&summary{objects: []changedObject{{name: "public.idle"}}}).String(); text != "" {
		t.Errorf("of nothing to run: %q", text)
	}
}

// Resources come as objects, and in lists and maps, which Terraform may pass as
// tuples and objects.
func TestSummaryFunction(t *testing.T) {
	t.Parallel()
	operation := func(effect string) attr.Value {
		return types.ObjectValueMust(map[string]attr.Type{"effect": types.StringType, "lock": types.StringType, "hazards": types.ListType{ElemType: types.StringType}},
			map[string]attr.Value{"effect": types.StringValue(effect), "lock": types.StringNull(), "hazards": types.ListNull(types.StringType)})
	}
	object := func(id string, operations attr.Value) attr.Value {
		return types.ObjectValueMust(map[string]attr.Type{"id": types.StringType, "operations": operations.Type(t.Context())},
			map[string]attr.Value{"id": types.StringValue(id), "operations": operations})
	}
	list := func(effects ...string) attr.Value {
		var elements []attr.Value
		for _, effect := range effects {
			elements = append(elements, operation(effect))
		}
		return types.ListValueMust(operation("").Type(t.Context()), elements)
	}
	tuple := func(values ...attr.Value) attr.Value {
		var elements []attr.Type
		for _, v := range values {
			elements = append(elements, v.Type(t.Context()))
		}
		return types.TupleValueMust(elements, values)
	}
	call := func(values ...attr.Value) types.String {
		t.Helper()
		var dynamic []attr.Value
		for _, v := range values {
			dynamic = append(dynamic, types.DynamicValue(v))
		}
		var kinds []attr.Type
		for range dynamic {
			kinds = append(kinds, types.DynamicType)
		}
		resp := function.RunResponse{Result: function.NewResultData(types.StringUnknown())}
		newSummaryFunction().Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData([]attr.Value{types.TupleValueMust(kinds, dynamic)})}, &resp)
		if resp.Error != nil {
			t.Fatal(resp.Error)
		}
		return resp.Result.Value().(types.String)
	}
	a, b := object("public.a", list("scans the table")), object("public.b", tuple(operation("scans the table")))
	want := "2 of 2 objects change, in 2 operations.\n\nStrongest lock:\n\n    no existing table  2  public.a, public.b\n\nEffects:\n\n    scans the table  2  public.a, public.b"
	byKey := types.ObjectValueMust(map[string]attr.Type{"x": b.Type(t.Context())}, map[string]attr.Value{"x": b})
	for name, values := range map[string][]attr.Value{
		"two": {a, b}, "a tuple": {tuple(a, b)}, "for_each": {a, byKey}, "null": {a, types.StringNull(), b},
		"a list and a map": {types.ListValueMust(a.Type(t.Context()), []attr.Value{a}), types.MapValueMust(b.Type(t.Context()), map[string]attr.Value{"x": b})},
	} {
		if got := call(values...); got.ValueString() != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := call(a, object("public.c", types.ListUnknown(operation("").Type(t.Context())))); !got.IsUnknown() {
		t.Errorf("with operations that are not known: %s", got)
	}
	if got := call(); got.IsUnknown() || got.ValueString() != "" {
		t.Errorf("of nothing: %s", got)
	}
}
