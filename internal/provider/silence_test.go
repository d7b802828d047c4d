// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Own checks are silent about no configuration about which those of the
// framework are not, and about nearly all others: those that people write, and
// what becomes of them when parts are lost, unknown, exchanged or wrong.
func TestSilence(t *testing.T) {
	t.Parallel()
	const variations = 4
	p := &process{&testProvider{t: t, server: NewServer("test")}, providerSchemas().ResourceSchemas}
	random := rand.New(rand.NewPCG(20261120, 0)) // the same in each run
	silent, said, doubted := 0, 0, 0
	check := func(block resourceBlock, value tftypes.Value) {
		req := &tfprotov6.ValidateResourceConfigRequest{TypeName: block.typeName, Config: p.dynamic(block.typeName, value)}
		want, err := p.server.protocolServer.ValidateResourceConfig(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		switch got := p.server.silentAbout(t.Context(), req); {
		case got && len(want.Diagnostics) > 0:
			t.Errorf("%s: silent, the framework says %s\n%v", block.address(), diagnosticTexts(want.Diagnostics), plainValue(t, value))
		case got:
			silent++
		case len(want.Diagnostics) > 0:
			said++
		default:
			doubted++
		}
	}
	for _, s := range sequences {
		names := references{}
		for _, block := range parseConfiguration(t, s.base) {
			value := block.value(t, p.schemas[block.typeName].ValueType(), names)
			names.add(block, value)
			check(block, value)
			for range variations {
				check(block, varied(t, random, value))
			}
		}
	}
	t.Logf("%d silent, %d not, %d left to the framework without need", silent, said, doubted)
	// An unknown element of a list is the framework's.
	if silent < 50 || said < 50 || doubted*50 > silent {
		t.Errorf("%d silent, %d not and %d left to the framework prove little", silent, said, doubted)
	}
}

// varied changes one part of a value.
func varied(t *testing.T, random *rand.Rand, value tftypes.Value) tftypes.Value {
	t.Helper()
	var paths []*tftypes.AttributePath
	err := tftypes.Walk(value, func(at *tftypes.AttributePath, part tftypes.Value) (bool, error) {
		if len(at.Steps()) > 0 {
			paths = append(paths, at)
		}
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(paths, func(a, b *tftypes.AttributePath) int { return strings.Compare(a.String(), b.String()) })
	chosen := paths[random.IntN(len(paths))]
	// Most attributes are null; others tell more.
	for range 3 {
		if part, _, err := tftypes.WalkAttributePath(value, chosen); err == nil && part.(tftypes.Value).IsNull() {
			chosen = paths[random.IntN(len(paths))]
		}
	}
	changed, err := tftypes.Transform(value, func(at *tftypes.AttributePath, part tftypes.Value) (tftypes.Value, error) {
		if !at.Equal(chosen) {
			return part, nil
		}
		typ := part.Type()
		switch choice := random.IntN(4); {
		case choice == 0:
			return tftypes.NewValue(typ, nil), nil
		case choice == 1:
			return tftypes.NewValue(typ, tftypes.UnknownValue), nil
		case typ.Is(tftypes.String):
			words := []string{"", "x", strings.Repeat("n", 64), "a.b", "(", "'", `"quoted"`, "expand", "bigint"}
			return tftypes.NewValue(typ, words[random.IntN(len(words))]), nil
		case typ.Is(tftypes.Number):
			numbers := []any{-1, 0, 1.5, 1 << 40}
			return tftypes.NewValue(typ, numbers[random.IntN(len(numbers))]), nil
		case typ.Is(tftypes.Bool):
			return tftypes.NewValue(typ, random.IntN(2) == 0), nil
		case typ.Is(tftypes.List{}) || typ.Is(tftypes.Set{}):
			return tftypes.NewValue(typ, []tftypes.Value{}), nil
		case typ.Is(tftypes.Map{}):
			return tftypes.NewValue(typ, map[string]tftypes.Value{}), nil
		}
		return part, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// ownType is a type with checks of its own, as far as anybody can see.
type ownType struct{ basetypes.StringType }

type anyObject struct{ validator.Object }

// What only the framework can check is left to it.
func TestChecksOf(t *testing.T) {
	t.Parallel()
	for name, attribute := range map[string]rschema.Attribute{
		"a type of one's own":       rschema.StringAttribute{Optional: true, CustomType: ownType{}},
		"one below":                 rschema.ListAttribute{Optional: true, ElementType: ownType{}},
		"one in an object":          rschema.MapAttribute{Optional: true, ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{"a": ownType{}}}},
		"a deprecated one":          rschema.StringAttribute{Optional: true, DeprecationMessage: "Use another one."},
		"a write-only one":          rschema.StringAttribute{Optional: true, WriteOnly: true},
		"a type that is not there":  rschema.Float64Attribute{Optional: true},
		"a dynamic one":             rschema.DynamicAttribute{Optional: true},
		"validators of elements":    rschema.ListNestedAttribute{Optional: true, NestedObject: rschema.NestedAttributeObject{Validators: []validator.Object{anyObject{}}}},
		"a deprecated one below":    rschema.SingleNestedAttribute{Optional: true, Attributes: map[string]rschema.Attribute{"a": rschema.StringAttribute{DeprecationMessage: "x"}}},
		"a deprecated one in a map": rschema.MapNestedAttribute{Optional: true, NestedObject: rschema.NestedAttributeObject{Attributes: map[string]rschema.Attribute{"a": rschema.BoolAttribute{DeprecationMessage: "x"}}}},
	} {
		if list, err := checksOf(map[string]rschema.Attribute{"it": attribute}); err == nil {
			t.Errorf("%s: %v", name, list)
		}
	}
}
