// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// spelled builds a value: strings and nil are leaves, maps become maps, lists
// become lists. A column is a map here, which makes no difference to a walk.
func spelled(value any) tftypes.Value {
	switch v := value.(type) {
	case map[string]any:
		elements := map[string]tftypes.Value{}
		types := map[string]tftypes.Type{}
		for name, element := range v {
			elements[name] = spelled(element)
			types[name] = elements[name].Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, elements)
	case []any:
		elements := make([]tftypes.Value, len(v))
		types := make([]tftypes.Type, len(v))
		for i, element := range v {
			elements[i] = spelled(element)
			types[i] = elements[i].Type()
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types}, elements)
	case string:
		return tftypes.NewValue(tftypes.String, v)
	}
	return tftypes.NewValue(tftypes.String, nil)
}

type object = map[string]any

func TestKeepSpelling(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ state, then, now, want any }{
		"unchanged":         {"int", "integer", "integer", "int"},
		"changed by hand":   {"int", "integer", "bigint", "bigint"},
		"one of two":        {object{"a": "int", "b": "now()"}, object{"a": "integer", "b": "now()"}, object{"a": "bigint", "b": "now()"}, object{"a": "bigint", "b": "now()"}},
		"kept beside it":    {object{"a": "int", "b": "NOW()"}, object{"a": "integer", "b": "now()"}, object{"a": "bigint", "b": "now()"}, object{"a": "bigint", "b": "NOW()"}},
		"new in the server": {object{"a": "int"}, object{"a": "integer"}, object{"a": "integer", "b": "text"}, object{"a": "int", "b": "text"}},
		"gone":              {object{"a": "int", "b": "x"}, object{"a": "integer", "b": "x"}, object{"a": "integer"}, object{"a": "int"}},
		"lists":             {[]any{"LOWER(x)", "y"}, []any{"lower(x)", "y"}, []any{"lower(x)", "z"}, []any{"LOWER(x)", "z"}},
		"a longer list":     {[]any{"LOWER(x)"}, []any{"lower(x)"}, []any{"lower(x)", "z"}, []any{"lower(x)", "z"}},
		"now null":          {"'x'", "'x'::text", nil, nil},
		"was null":          {nil, nil, "'x'::text", "'x'::text"},
		"deeper":            {object{"c": object{"d": object{"t": "int", "n": "1"}}}, object{"c": object{"d": object{"t": "integer", "n": "1"}}}, object{"c": object{"d": object{"t": "integer", "n": "2"}}}, object{"c": object{"d": object{"t": "int", "n": "2"}}}},
	} {
		if got := keepSpelling(spelled(test.state), spelled(test.then), spelled(test.now)); !got.Equal(spelled(test.want)) {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestServerSpelling(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ plan, state, observed, want any }{
		"as before":    {"int", "int", "integer", "integer"},
		"another word": {"int4", "int", "integer", "int4"},
		"one of two":   {object{"a": "int", "b": "2"}, object{"a": "int", "b": "1"}, object{"a": "integer", "b": "1"}, object{"a": "integer", "b": "2"}},
		"a new one":    {object{"a": "int", "b": "2"}, object{"a": "int"}, object{"a": "integer"}, object{"a": "integer", "b": "2"}},
	} {
		if got := serverSpelling(spelled(test.plan), spelled(test.state), spelled(test.observed)); !got.Equal(spelled(test.want)) {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestPriorSpelling(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ plan, state, desired, observed, want any }{
		"other words":       {"int4", "int", "integer", "integer", "int"},
		"another thing":     {"bigint", "int", "bigint", "integer", "bigint"},
		"set anew":          {"'x'", nil, "'x'::text", nil, "'x'"},
		"removed":           {nil, "'x'", nil, "'x'::text", nil},
		"one of two":        {object{"a": "int4", "b": "2"}, object{"a": "int", "b": "1"}, object{"a": "integer", "b": "2"}, object{"a": "integer", "b": "1"}, object{"a": "int", "b": "2"}},
		"a new one":         {object{"a": "int4", "b": "2"}, object{"a": "int"}, object{"a": "integer", "b": "2"}, object{"a": "integer"}, object{"a": "int", "b": "2"}},
		"a list grows":      {[]any{"X", "Y"}, []any{"x"}, []any{"x", "y"}, []any{"x"}, []any{"X", "Y"}},
		"lists of one size": {[]any{"X", "Z"}, []any{"x", "y"}, []any{"x", "z"}, []any{"x", "y"}, []any{"x", "Z"}},
	} {
		got := priorSpelling(spelled(test.plan), spelled(test.state), spelled(test.desired), spelled(test.observed))
		if !got.Equal(spelled(test.want)) {
			t.Errorf("%s: got %s", name, got)
		}
	}
}
