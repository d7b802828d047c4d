// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// summaryFunction sums up what a plan does, in one text. Terraform shows
// warnings and planned values resource by resource, and asks no provider for a
// word at the end of a plan; a check block or an output that calls this function
// has it.
type summaryFunction struct{}

var _ function.Function = summaryFunction{}

func newSummaryFunction() function.Function { return summaryFunction{} }

func (summaryFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "summary"
}

func (summaryFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Sums up what a plan does",
		MarkdownDescription: "Counts the operations of resources by the strongest lock, by effect and by hazard, and names objects of each. The text is empty when there is nothing to run. " +
			"Of a resource that is destroyed nothing is counted, as it has no planned value: its statements are in a warning.",
		VariadicParameter: function.DynamicParameter{
			Name: "resources", AllowNullValue: true, AllowUnknownValues: true,
			MarkdownDescription: "Resources, or lists and maps of them: `pgphase_table.users`, or `pgphase_table.all` of a resource with `for_each`.",
		},
		Return: function.StringReturn{},
	}
}

func (summaryFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var resources []types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &resources); resp.Error != nil {
		return
	}
	s := &summary{}
	for _, resource := range resources {
		s.add(resource)
	}
	if s.unknown {
		resp.Error = resp.Result.Set(ctx, types.StringUnknown())
		return
	}
	resp.Error = resp.Result.Set(ctx, s.String())
}

// add finds objects with operations in a value.
func (s *summary) add(value attr.Value) {
	if value == nil || value.IsNull() {
		return
	}
	if value.IsUnknown() {
		s.unknown = true
		return
	}
	switch value := value.(type) {
	case types.Dynamic:
		s.add(value.UnderlyingValue())
	case types.Tuple:
		for _, element := range value.Elements() {
			s.add(element)
		}
	case types.List:
		for _, element := range value.Elements() {
			s.add(element)
		}
	case types.Map:
		for _, element := range value.Elements() {
			s.add(element)
		}
	case types.Object:
		attributes := value.Attributes()
		operations, resource := attributes[operationsAttribute]
		if !resource {
			for _, element := range attributes {
				s.add(element)
			}
			return
		}
		s.addObject(attributes["id"], operations)
	}
}

// addObject reads what the attribute operations shows.
func (s *summary) addObject(id, operations attr.Value) {
	if id == nil || id.IsUnknown() || operations.IsUnknown() {
		s.unknown = true
		return
	}
	object := changedObject{name: stringOf(id)}
	for _, element := range elementsOf(operations) {
		operation, ok := element.(types.Object)
		if !ok {
			continue
		}
		attributes := operation.Attributes()
		var hazards []string
		for _, id := range elementsOf(attributes["hazards"]) {
			hazards = append(hazards, stringOf(id))
		}
		object.operations = append(object.operations, changedOperation{
			lock: stringOf(attributes["lock"]), effect: stringOf(attributes["effect"]), hazards: hazards,
		})
	}
	s.objects = append(s.objects, object)
}

// elementsOf are those of a list or, where Terraform has converted it, a tuple.
func elementsOf(value attr.Value) []attr.Value {
	switch value := value.(type) {
	case types.List:
		return value.Elements()
	case types.Tuple:
		return value.Elements()
	}
	return nil
}

func stringOf(value attr.Value) string {
	if text, ok := value.(types.String); ok {
		return text.ValueString()
	}
	return ""
}
