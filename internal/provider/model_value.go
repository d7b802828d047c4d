// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"math/big"
	"reflect"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// readModel reads a value into a model as tfsdk.Config.Get does, in a fraction
// of the time: that compiles a regular expression for each field of each struct
// that it meets. It reports false for everything that is not plainly right;
// then the model is not to be used, and the framework says what is wrong.
func readModel(ctx context.Context, raw tftypes.Value, typ attr.Type, model any) bool {
	return readInto(ctx, raw, typ, reflect.ValueOf(model).Elem())
}

func readInto(ctx context.Context, raw tftypes.Value, typ attr.Type, to reflect.Value) bool {
	switch target := to.Addr().Interface().(type) {
	case *types.String:
		return readPrimitive(raw, target, types.StringNull, types.StringUnknown, types.StringValue)
	case *types.Bool:
		return readPrimitive(raw, target, types.BoolNull, types.BoolUnknown, types.BoolValue)
	case *types.Int64:
		return readPrimitive(raw, target, types.Int64Null, types.Int64Unknown, func(n big.Float) types.Int64 {
			whole, _ := n.Int64()
			return types.Int64Value(whole)
		}) && (raw.IsNull() || !raw.IsKnown() || isInt64(raw))
	case attr.Value:
		value, err := typ.ValueFromTerraform(ctx, raw)
		if err != nil || !reflect.TypeOf(value).AssignableTo(to.Type()) {
			return false
		}
		to.Set(reflect.ValueOf(value))
		return true
	}
	if !raw.IsKnown() {
		return false
	}
	switch to.Kind() { //nolint:exhaustive // models have no others
	case reflect.Pointer:
		if raw.IsNull() {
			to.SetZero()
			return true
		}
		to.Set(reflect.New(to.Type().Elem()))
		return readInto(ctx, raw, typ, to.Elem())
	case reflect.Slice:
		return readSlice(ctx, raw, typ, to)
	case reflect.Map:
		return readMap(ctx, raw, typ, to)
	case reflect.Struct:
		return readStruct(ctx, raw, typ, to)
	}
	return false
}

func readPrimitive[G, V any](raw tftypes.Value, to *V, null, unknown func() V, known func(G) V) bool {
	var value G
	switch {
	case !raw.IsKnown():
		*to = unknown()
	case raw.IsNull():
		*to = null()
	case raw.As(&value) != nil:
		return false
	default:
		*to = known(value)
	}
	return true
}

func isInt64(raw tftypes.Value) bool {
	var n big.Float
	if raw.As(&n) != nil {
		return false
	}
	_, accuracy := n.Int64()
	return accuracy == big.Exact
}

func readSlice(ctx context.Context, raw tftypes.Value, typ attr.Type, to reflect.Value) bool {
	within, ok := typ.(attr.TypeWithElementType)
	if !ok {
		return false
	}
	if raw.IsNull() {
		to.SetZero()
		return true
	}
	elements, ok := items(raw)
	to.Set(reflect.MakeSlice(to.Type(), len(elements), len(elements)))
	for i, element := range elements {
		ok = ok && readInto(ctx, element, within.ElementType(), to.Index(i))
	}
	return ok
}

func readMap(ctx context.Context, raw tftypes.Value, typ attr.Type, to reflect.Value) bool {
	within, ok := typ.(attr.TypeWithElementType)
	if !ok || to.Type().Key().Kind() != reflect.String {
		return false
	}
	if raw.IsNull() {
		to.SetZero()
		return true
	}
	elements, ok := fields(raw)
	to.Set(reflect.MakeMapWithSize(to.Type(), len(elements)))
	for key, element := range elements {
		value := reflect.New(to.Type().Elem()).Elem()
		ok = ok && readInto(ctx, element, within.ElementType(), value)
		to.SetMapIndex(reflect.ValueOf(key).Convert(to.Type().Key()), value)
	}
	return ok
}

func readStruct(ctx context.Context, raw tftypes.Value, typ attr.Type, to reflect.Value) bool {
	within, ok := typ.(attr.TypeWithAttributeTypes)
	if !ok {
		return false
	}
	values, ok := fields(raw)
	attributes, known := within.AttributeTypes(), fieldsOf(to.Type())
	if !ok || len(known) != len(attributes) {
		return false
	}
	for name, index := range known {
		value, has := values[name]
		if attribute := attributes[name]; !has || attribute == nil || !readInto(ctx, value, attribute, to.FieldByIndex(index)) {
			return false
		}
	}
	return true
}

// fieldIndexes has those of each struct that was read.
var fieldIndexes sync.Map

// fieldsOf finds the fields of a struct by their attributes, as the framework
// does: those of embedded structs are its own.
func fieldsOf(of reflect.Type) map[string][]int {
	if known, ok := fieldIndexes.Load(of); ok {
		return known.(map[string][]int) //nolint:forcetypeassert // nothing else is stored
	}
	found := map[string][]int{}
	for _, field := range reflect.VisibleFields(of) {
		if name := field.Tag.Get("tfsdk"); name != "" && name != "-" {
			found[name] = field.Index
		}
	}
	fieldIndexes.Store(of, found)
	return found
}
