// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Terraform has each configuration validated twice in a plan. Most of them are
// right, and the framework takes several milliseconds for a table to find that
// out: it looks up each attribute from the root of schema and configuration, and
// makes the types of both anew for it. The checks of this file are the same ones
// in one walk. They only say that there is nothing to say; where there may be
// something, the framework says it.

// checks are what the framework checks of an object.
type checks []attributeChecks

// attributeChecks are those of one attribute.
type attributeChecks struct {
	name               string
	required, readOnly bool
	// validate runs the validators, and reports that they were silent; nil
	// where there are none.
	validate func(ctx context.Context, at checkedAt, value tftypes.Value) bool
	nested   checks
	nesting  nesting
}

type nesting int

const (
	single nesting = iota
	inList
	inMap
)

// checkedAt is where an attribute is.
type checkedAt struct {
	config tfsdk.Config
	path   path.Path
}

// checksOf returns the checks of attributes, or an error that names what only
// the framework can check.
func checksOf(attributes map[string]rschema.Attribute) (checks, error) {
	var list checks
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		c := attributeChecks{name: name, required: a.IsRequired(), readOnly: a.IsComputed() && !a.IsOptional()}
		if a.IsWriteOnly() || a.GetDeprecationMessage() != "" {
			return nil, fmt.Errorf("%s is deprecated or write-only", name)
		}
		var err error
		switch a := a.(type) {
		case rschema.StringAttribute:
			c.validate, err = validateBy(a.GetType(), a.Validators, validateString)
		case rschema.BoolAttribute:
			c.validate, err = validateBy(a.GetType(), a.Validators, validateBool)
		case rschema.Int64Attribute:
			c.validate, err = validateBy(a.GetType(), a.Validators, validateInt64)
		case rschema.ListAttribute:
			c.validate, err = validateBy(a.GetType(), a.Validators, validateList)
		case rschema.SetAttribute:
			c.validate, err = validateBy(a.GetType(), a.Validators, validateSet)
		case rschema.MapAttribute:
			c.validate, err = validateBy(a.GetType(), a.Validators, validateMap)
		case rschema.SingleNestedAttribute:
			c.nesting = single
			if c.validate, err = validateBy(a.GetType(), a.Validators, validateObject); err == nil {
				c.nested, err = checksOf(a.Attributes)
			}
		case rschema.ListNestedAttribute:
			c.nesting = inList
			if c.validate, err = validateBy(a.GetType(), a.Validators, validateList); err == nil {
				c.nested, err = checksOfElement(a.NestedObject)
			}
		case rschema.MapNestedAttribute:
			c.nesting = inMap
			if c.validate, err = validateBy(a.GetType(), a.Validators, validateMap); err == nil {
				c.nested, err = checksOfElement(a.NestedObject)
			}
		default:
			err = fmt.Errorf("a %T", a)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, c)
	}
	return list, nil
}

func checksOfElement(element rschema.NestedAttributeObject) (checks, error) {
	if element.CustomType != nil || len(element.Validators) > 0 {
		return nil, errors.New("the elements have a type or validators of their own")
	}
	return checksOf(element.Attributes)
}

// silent reports that all checks of an object are passed.
func (list checks) silent(ctx context.Context, at checkedAt, object tftypes.Value) bool {
	values, ok := fields(object)
	if !ok {
		return false
	}
	for _, c := range list {
		value, known := values[c.name]
		if !known || c.required && value.IsNull() || c.readOnly && !value.IsNull() {
			return false
		}
		if c.validate == nil && (c.nested == nil || value.IsNull() || !value.IsKnown()) {
			continue
		}
		below := checkedAt{at.config, at.path.AtName(c.name)}
		if c.validate != nil && !c.validate(ctx, below, value) {
			return false
		}
		if c.nested != nil && !value.IsNull() && value.IsKnown() && !c.silentBelow(ctx, below, value) {
			return false
		}
	}
	return true
}

func (c attributeChecks) silentBelow(ctx context.Context, at checkedAt, value tftypes.Value) bool {
	switch c.nesting {
	case inMap:
		elements, ok := fields(value)
		for key, element := range elements {
			ok = ok && c.nested.silent(ctx, checkedAt{at.config, at.path.AtMapKey(key)}, element)
		}
		return ok
	case inList:
		elements, ok := items(value)
		for i, element := range elements {
			ok = ok && c.nested.silent(ctx, checkedAt{at.config, at.path.AtListIndex(i)}, element)
		}
		return ok
	case single:
	}
	return c.nested.silent(ctx, at, value)
}

// silentAbout reports that validation of a configuration would say nothing. The
// resource is asked as the framework asks it.
func (s *Server) silentAbout(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) bool {
	is := servedTypes()[req.TypeName]
	if is == nil || is.checks == nil || req.Config == nil {
		return false
	}
	raw, err := req.Config.Unmarshal(is.typ)
	if err != nil {
		return false
	}
	config := tfsdk.Config{Raw: raw, Schema: is.schema}
	if !is.checks.silent(ctx, checkedAt{config: config, path: path.Empty()}, raw) {
		return false
	}
	r := is.resource()
	var configured resource.ConfigureResponse
	if db := s.provider.current(); db != nil {
		r.Configure(ctx, resource.ConfigureRequest{ProviderData: db}, &configured)
	}
	resp := resource.ValidateConfigResponse(configured)
	r.ValidateConfig(ctx, resource.ValidateConfigRequest{Config: config}, &resp)
	return len(resp.Diagnostics) == 0
}
