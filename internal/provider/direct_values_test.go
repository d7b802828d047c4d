// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// resourceBlock is one resource of a configuration.
type resourceBlock struct {
	typeName, name string
	attributes     hclsyntax.Attributes
}

func (b resourceBlock) address() string { return b.typeName + "." + b.name }

// parseConfiguration returns the resources in the order of the text, which has
// to be the order of their references.
func parseConfiguration(t testing.TB, text string) []resourceBlock {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, text)
	}
	var blocks []resourceBlock
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		blocks = append(blocks, resourceBlock{block.Labels[0], block.Labels[1], block.Body.Attributes})
	}
	return blocks
}

// references are the ids of resources by type and name.
type references map[string]map[string]cty.Value

func (r references) add(block resourceBlock, planned tftypes.Value) {
	var attributes map[string]tftypes.Value
	var id string
	if planned.As(&attributes) != nil || attributes["id"].As(&id) != nil {
		return
	}
	if r[block.typeName] == nil {
		r[block.typeName] = map[string]cty.Value{}
	}
	r[block.typeName][block.name] = cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal(id)})
}

// value evaluates the block. Terraform fills what it leaves out with null.
func (b resourceBlock) value(t testing.TB, typ tftypes.Type, names references) tftypes.Value {
	t.Helper()
	scope := &hcl.EvalContext{Variables: map[string]cty.Value{}}
	for typeName, ids := range names {
		scope.Variables[typeName] = cty.ObjectVal(ids)
	}
	attributes := map[string]any{}
	for name, attribute := range b.attributes {
		value, diags := attribute.Expr.Value(scope)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		text, err := ctyjson.Marshal(value, value.Type())
		if err != nil {
			t.Fatal(err)
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var plain any
		if err := decoder.Decode(&plain); err != nil {
			t.Fatal(err)
		}
		attributes[name] = plain
		if _, ok := typ.(tftypes.Object).AttributeTypes[name]; !ok {
			t.Fatalf("%s has no attribute %s", b.address(), name)
		}
	}
	return typedValue(t, typ, attributes)
}

// typedValue converts as Terraform does: a number is a string where one is
// wanted, and an attribute that is not there is null.
func typedValue(t testing.TB, typ tftypes.Type, plain any) tftypes.Value {
	t.Helper()
	if plain == nil {
		return tftypes.NewValue(typ, nil)
	}
	elements := func(element tftypes.Type) []tftypes.Value {
		values := []tftypes.Value{}
		for _, v := range plain.([]any) {
			values = append(values, typedValue(t, element, v))
		}
		return values
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		given := plain.(map[string]any)
		values := map[string]tftypes.Value{}
		for name, attribute := range typ.AttributeTypes {
			values[name] = typedValue(t, attribute, given[name])
		}
		for name := range given {
			if _, ok := values[name]; !ok {
				t.Fatalf("there is no attribute %s in %s", name, typ)
			}
		}
		return tftypes.NewValue(typ, values)
	case tftypes.Map:
		values := map[string]tftypes.Value{}
		for name, v := range plain.(map[string]any) {
			values[name] = typedValue(t, typ.ElementType, v)
		}
		return tftypes.NewValue(typ, values)
	case tftypes.List:
		return tftypes.NewValue(typ, elements(typ.ElementType))
	case tftypes.Set:
		return tftypes.NewValue(typ, elements(typ.ElementType))
	}
	switch {
	case typ.Is(tftypes.String):
		return tftypes.NewValue(typ, fmt.Sprint(plain))
	case typ.Is(tftypes.Number):
		number, _, err := big.ParseFloat(fmt.Sprint(plain), 10, 512, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		return tftypes.NewValue(typ, number)
	}
	return tftypes.NewValue(typ, plain)
}

// plainValue is the inverse: what a state file holds.
func plainValue(t testing.TB, value tftypes.Value) any {
	t.Helper()
	if value.IsNull() || !value.IsKnown() {
		return nil
	}
	as := func(target any) {
		if err := value.As(target); err != nil {
			t.Fatal(err)
		}
	}
	switch typ := value.Type(); {
	case typ.Is(tftypes.String):
		var text string
		as(&text)
		return text
	case typ.Is(tftypes.Bool):
		var flag bool
		as(&flag)
		return flag
	case typ.Is(tftypes.Number):
		number := new(big.Float)
		as(&number)
		return json.Number(number.Text('f', -1))
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		var values map[string]tftypes.Value
		as(&values)
		plain := map[string]any{}
		for name, v := range values {
			plain[name] = plainValue(t, v)
		}
		return plain
	default:
		var values []tftypes.Value
		as(&values)
		plain := []any{}
		for _, v := range values {
			plain = append(plain, plainValue(t, v))
		}
		return plain
	}
}

// proposed is what Terraform proposes to a provider: the configuration, and
// where it is silent about a computed attribute the prior value.
func proposed(attributes []*tfprotov6.SchemaAttribute, prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() {
		return config
	}
	was, is := members(prior), members(config)
	values := map[string]tftypes.Value{}
	for _, a := range attributes {
		before, ok := was[a.Name]
		if !ok {
			before = tftypes.NewValue(a.ValueType(), nil)
		}
		switch now := is[a.Name]; {
		case a.Computed && now.IsNull():
			values[a.Name] = before
		case a.NestedType != nil:
			values[a.Name] = proposedNested(a.NestedType, before, now)
		default:
			values[a.Name] = now
		}
	}
	return tftypes.NewValue(config.Type(), values)
}

func proposedNested(nested *tfprotov6.SchemaObject, prior, config tftypes.Value) tftypes.Value {
	if config.IsNull() {
		return config
	}
	switch nested.Nesting {
	case tfprotov6.SchemaObjectNestingModeSingle:
		return proposed(nested.Attributes, prior, config)
	case tfprotov6.SchemaObjectNestingModeMap:
		was, values := members(prior), map[string]tftypes.Value{}
		for key, element := range members(config) {
			before, ok := was[key]
			if !ok {
				before = tftypes.NewValue(element.Type(), nil)
			}
			values[key] = proposed(nested.Attributes, before, element)
		}
		return tftypes.NewValue(config.Type(), values)
	case tfprotov6.SchemaObjectNestingModeList:
		var was, is, values []tftypes.Value
		_, _ = prior.As(&was), config.As(&is)
		for i, element := range is {
			before := tftypes.NewValue(element.Type(), nil)
			if i < len(was) {
				before = was[i]
			}
			values = append(values, proposed(nested.Attributes, before, element))
		}
		return tftypes.NewValue(config.Type(), values)
	default:
		return config
	}
}

// members are the attributes of an object or the elements of a map; none of
// a null.
func members(value tftypes.Value) map[string]tftypes.Value {
	var values map[string]tftypes.Value
	if value.IsNull() || !value.IsKnown() || value.As(&values) != nil {
		return nil
	}
	return values
}
