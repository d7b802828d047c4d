// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// validateBy makes one function of validators. The value is made as the
// framework makes it, by the type, which must not check anything by itself: not
// every number is an integer.
func validateBy[V any](typ attr.Type, validators []V, ask func(context.Context, checkedAt, V, attr.Value) (diag.Diagnostics, bool)) (func(context.Context, checkedAt, tftypes.Value) bool, error) {
	if !isPlain(typ) {
		return nil, fmt.Errorf("the type %s is not the framework's", typ)
	}
	if len(validators) == 0 && !typ.Equal(basetypes.Int64Type{}) {
		return nil, nil //nolint:nilnil // documented by attributeChecks: there are none
	}
	return func(ctx context.Context, at checkedAt, value tftypes.Value) bool {
		made, err := typ.ValueFromTerraform(ctx, value)
		if err != nil {
			return false
		}
		for _, each := range validators {
			if said, asked := ask(ctx, at, each, made); !asked || len(said) > 0 {
				return false
			}
		}
		return true
	}, nil
}

// isPlain reports a type of the framework without checks of its own, as far
// down as it goes.
func isPlain(typ attr.Type) bool {
	switch typ := typ.(type) {
	case basetypes.StringType, basetypes.BoolType, basetypes.Int64Type:
		return true
	case basetypes.ListType:
		return isPlain(typ.ElemType)
	case basetypes.SetType:
		return isPlain(typ.ElemType)
	case basetypes.MapType:
		return isPlain(typ.ElemType)
	case basetypes.ObjectType:
		for _, attribute := range typ.AttrTypes {
			if !isPlain(attribute) {
				return false
			}
		}
		return true
	}
	return false
}

func validateString(ctx context.Context, at checkedAt, by validator.String, value attr.Value) (diag.Diagnostics, bool) {
	var resp validator.StringResponse
	v, ok := value.(basetypes.StringValue)
	if ok {
		by.ValidateString(ctx, validator.StringRequest{Path: at.path, PathExpression: at.path.Expression(), Config: at.config, ConfigValue: v}, &resp)
	}
	return resp.Diagnostics, ok
}

func validateBool(ctx context.Context, at checkedAt, by validator.Bool, value attr.Value) (diag.Diagnostics, bool) {
	var resp validator.BoolResponse
	v, ok := value.(basetypes.BoolValue)
	if ok {
		by.ValidateBool(ctx, validator.BoolRequest{Path: at.path, PathExpression: at.path.Expression(), Config: at.config, ConfigValue: v}, &resp)
	}
	return resp.Diagnostics, ok
}

func validateInt64(ctx context.Context, at checkedAt, by validator.Int64, value attr.Value) (diag.Diagnostics, bool) {
	var resp validator.Int64Response
	v, ok := value.(basetypes.Int64Value)
	if ok {
		by.ValidateInt64(ctx, validator.Int64Request{Path: at.path, PathExpression: at.path.Expression(), Config: at.config, ConfigValue: v}, &resp)
	}
	return resp.Diagnostics, ok
}

func validateList(ctx context.Context, at checkedAt, by validator.List, value attr.Value) (diag.Diagnostics, bool) {
	var resp validator.ListResponse
	v, ok := value.(basetypes.ListValue)
	if ok {
		by.ValidateList(ctx, validator.ListRequest{Path: at.path, PathExpression: at.path.Expression(), Config: at.config, ConfigValue: v}, &resp)
	}
	return resp.Diagnostics, ok
}

func validateSet(ctx context.Context, at checkedAt, by validator.Set, value attr.Value) (diag.Diagnostics, bool) {
	var resp validator.SetResponse
	v, ok := value.(basetypes.SetValue)
	if ok {
		by.ValidateSet(ctx, validator.SetRequest{Path: at.path, PathExpression: at.path.Expression(), Config: at.config, ConfigValue: v}, &resp)
	}
	return resp.Diagnostics, ok
}

func validateMap(ctx context.Context, at checkedAt, by validator.Map, value attr.Value) (diag.Diagnostics, bool) {
	var resp validator.MapResponse
	v, ok := value.(basetypes.MapValue)
	if ok {
		by.ValidateMap(ctx, validator.MapRequest{Path: at.path, PathExpression: at.path.Expression(), Config: at.config, ConfigValue: v}, &resp)
	}
	return resp.Diagnostics, ok
}

func validateObject(ctx context.Context, at checkedAt, by validator.Object, value attr.Value) (diag.Diagnostics, bool) {
	var resp validator.ObjectResponse
	v, ok := value.(basetypes.ObjectValue)
	if ok {
		by.ValidateObject(ctx, validator.ObjectRequest{Path: at.path, PathExpression: at.path.Expression(), Config: at.config, ConfigValue: v}, &resp)
	}
	return resp.Diagnostics, ok
}
