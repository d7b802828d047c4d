// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// One object has two spellings: the one of its author, in configuration and
// state, and the one that PostgreSQL gives back. The functions of this file
// work on whole values, so that no attribute needs code of its own.

// keepSpelling returns now in the spelling of state wherever the server's
// object did not change: then is what the server had when state was written,
// now what it has. Both are in the server's spelling.
func keepSpelling(state, then, now tftypes.Value) tftypes.Value {
	if then.Equal(now) {
		return state
	}
	return walk(now, []tftypes.Value{state, then}, func(now tftypes.Value, others []tftypes.Value) tftypes.Value {
		return keepSpelling(others[0], others[1], now)
	})
}

// serverSpelling returns plan in the server's spelling wherever it says what
// state says: observed is the object behind state. Only texts are spelled in
// two ways. What the state says and the server does not have is still to come
// (NOT NULL and the default of a column that replaces another one), so nothing
// is added or taken away.
//
// The default of a column that gets another type stays in the words of the plan:
// the server's are those of a value of the old type, '7'::text.
func serverSpelling(plan, state, observed tftypes.Value) tftypes.Value {
	if !isLeaf(plan) {
		spelled := walk(plan, []tftypes.Value{state, observed}, func(plan tftypes.Value, others []tftypes.Value) tftypes.Value {
			return serverSpelling(plan, others[0], others[1])
		})
		if retyped(plan, state) {
			return withDefaultOf(spelled, plan)
		}
		return spelled
	}
	if plan.Type().Is(tftypes.String) && plan.Equal(state) && observed.Type().Is(tftypes.String) && !observed.IsNull() {
		return observed
	}
	return plan
}

// retyped reports a column that is planned with another type than it has in the
// state.
func retyped(plan, state tftypes.Value) bool {
	wanted, ok := fields(plan)
	had, both := fields(state)
	if !ok || !both {
		return false
	}
	_, column := wanted["default"]
	return column && !wanted["type"].Equal(had["type"])
}

func withDefaultOf(column, plan tftypes.Value) tftypes.Value {
	attributes, _ := fields(column)
	attributes = maps.Clone(attributes) // As() hands out the map of the value itself
	planned, _ := fields(plan)
	attributes["default"] = planned["default"]
	return tftypes.NewValue(column.Type(), attributes)
}

// priorSpelling returns plan in the spelling of state wherever desired and
// observed, both in the server's spelling, are the same: a type or expression
// that was only written in other words is no change. Terraform accepts the
// prior value for an attribute that is set in configuration and in state.
func priorSpelling(plan, state, desired, observed tftypes.Value) tftypes.Value {
	if plan.Equal(state) {
		return plan
	}
	if isLeaf(plan) {
		if !state.IsNull() && !plan.IsNull() && desired.Equal(observed) {
			return state
		}
		return plan
	}
	return walk(plan, []tftypes.Value{state, desired, observed}, func(plan tftypes.Value, others []tftypes.Value) tftypes.Value {
		return priorSpelling(plan, others[0], others[1], others[2])
	})
}

// walk rebuilds an object, map, list or tuple from its elements; others are
// walked along. Where one of them has no element of that name or place, the
// element is kept. A leaf is kept as well.
func walk(value tftypes.Value, others []tftypes.Value, visit func(tftypes.Value, []tftypes.Value) tftypes.Value) tftypes.Value {
	if isLeaf(value) {
		return value
	}
	if elements, ok := fields(value); ok {
		rebuilt := make(map[string]tftypes.Value, len(elements))
		for name, element := range elements {
			rebuilt[name] = element
			if along, ok := alongFields(others, name); ok {
				rebuilt[name] = visit(element, along)
			}
		}
		return tftypes.NewValue(value.Type(), rebuilt)
	}
	elements, ok := items(value)
	if !ok {
		return value
	}
	rebuilt := make([]tftypes.Value, len(elements))
	for i, element := range elements {
		rebuilt[i] = element
		if along, ok := alongItems(others, i, len(elements)); ok {
			rebuilt[i] = visit(element, along)
		}
	}
	return tftypes.NewValue(value.Type(), rebuilt)
}

// isLeaf reports a value that is compared as a whole: a primitive, a set
// (whose elements have no place), null and unknown.
func isLeaf(value tftypes.Value) bool {
	if value.IsNull() || !value.IsKnown() {
		return true
	}
	switch value.Type().(type) {
	case tftypes.Object, tftypes.Map, tftypes.List, tftypes.Tuple:
		return false
	}
	return true
}

func fields(value tftypes.Value) (map[string]tftypes.Value, bool) {
	if value.IsNull() || !value.IsKnown() {
		return nil, false
	}
	elements := map[string]tftypes.Value{}
	return elements, value.As(&elements) == nil
}

func items(value tftypes.Value) ([]tftypes.Value, bool) {
	if value.IsNull() || !value.IsKnown() {
		return nil, false
	}
	var elements []tftypes.Value
	return elements, value.As(&elements) == nil
}

func alongFields(values []tftypes.Value, name string) ([]tftypes.Value, bool) {
	along := make([]tftypes.Value, len(values))
	for i, value := range values {
		elements, ok := fields(value)
		if !ok {
			return nil, false
		}
		if along[i], ok = elements[name]; !ok {
			return nil, false
		}
	}
	return along, true
}

func alongItems(values []tftypes.Value, place, length int) ([]tftypes.Value, bool) {
	along := make([]tftypes.Value, len(values))
	for i, value := range values {
		elements, ok := items(value)
		if !ok || len(elements) != length {
			return nil, false
		}
		along[i] = elements[place]
	}
	return along, true
}

// text reads a known string.
func text(value tftypes.Value) (schema.Name, bool) {
	var s string
	if value.IsNull() || !value.IsKnown() || value.As(&s) != nil {
		return "", false
	}
	return schema.Name(s), true
}
