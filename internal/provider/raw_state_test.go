// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var rawStateType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
	"name": tftypes.String, "count": tftypes.Number, "on": tftypes.Bool,
	"operations":  tftypes.List{ElementType: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"sql": tftypes.String}}},
	"destructive": tftypes.Bool, "strongest_lock": tftypes.String,
	"tags":    tftypes.Set{ElementType: tftypes.String},
	"options": tftypes.Map{ElementType: tftypes.String},
	"columns": tftypes.Map{ElementType: tftypes.Object{AttributeTypes: map[string]tftypes.Type{"type": tftypes.String, "operations": tftypes.Number}}},
}}

// What transcode accepts means what the framework reads of it.
func TestTranscode(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 300)
	for name, state := range map[string]string{
		"everything":         `{"name":"a","count":-7,"on":true,"tags":["x","y"],"options":{"k":"v"},"columns":{"c":{"type":"text","operations":1}},"operations":[],"destructive":false,"strongest_lock":null}`,
		"nothing":            `{}`,
		"nulls":              `{"name":null,"count":null,"on":null,"tags":null,"options":null,"columns":null}`,
		"empty":              `{"name":"","tags":[],"options":{},"columns":{}}`,
		"indented":           "\n{ \"name\" :\t\"a\" ,\r\n \"tags\" : [ \"x\" , \"y\" ] , \"columns\": { \"c\" : { } } , \"count\" : 12 }\n",
		"escapes":            `{"name":"a\"\\\né😀\/","options":{"a\"b":"c\\"}}`,
		"long texts":         `{"name":"` + long + `","tags":["` + long[:200] + `","` + long[:31] + `","` + long[:32] + `"]}`,
		"large numbers":      `{"count":9223372036854775807}`,
		"the last apply":     `{"name":"a","operations":[{"sql":"DROP"}],"destructive":true,"strongest_lock":"ACCESS EXCLUSIVE"}`,
		"its names below":    `{"columns":{"operations":{"operations":5}}}`,
		"more than a fixmap": `{"options":{"a":"","b":"","c":"","d":"","e":"","f":"","g":"","h":"","i":"","j":"","k":"","l":"","m":"","n":"","o":"","p":"","q":""}}`,
	} {
		packed, ok := transcode([]byte(state), shapeOf(rawStateType))
		if !ok {
			t.Errorf("%s: not accepted", name)
			continue
		}
		got, err := tfprotov6.DynamicValue{MsgPack: packed}.Unmarshal(rawStateType)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// Attributes that are missing are null here, as forgetLastApply leaves them.
		want, err := tfprotov6.RawState{JSON: forgetLastApply([]byte(state))}.Unmarshal(rawStateType)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestTranscodeLeavesTheRestToTheFramework(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{
		"an attribute that is gone":  `{"name":"a","gone":1}`,
		"one that is gone below":     `{"columns":{"c":{"gone":null}}}`,
		"one that is there twice":    `{"name":"a","name":"b"}`,
		"a number for a text":        `{"name":1}`,
		"a text for a number":        `{"count":"1"}`,
		"a text for a truth":         `{"on":"true"}`,
		"a list for a map":           `{"options":[]}`,
		"a map for a list":           `{"tags":{}}`,
		"a fraction":                 `{"count":1.5}`,
		"a power of ten":             `{"count":1e3}`,
		"more than 64 bits":          `{"count":9223372036854775808}`,
		"broken UTF-8":               "{\"name\":\"\xff\"}",
		"broken JSON":                `{"name":"a"`,
		"no object":                  `[]`,
		"null":                       `null`,
		"nothing":                    ``,
		"another type of operations": `{"operations":{}}`,
	} {
		if packed, ok := transcode([]byte(state), shapeOf(rawStateType)); ok {
			t.Errorf("%s: %q", name, packed)
		}
	}
	if shapeOf(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"any": tftypes.List{ElementType: tftypes.DynamicPseudoType}}}) != nil {
		t.Error("a type that is known at run time only has a shape")
	}
}

// Every resource type is answered for without the framework.
func TestServedTypes(t *testing.T) {
	t.Parallel()
	for name, schema := range providerSchemas().ResourceSchemas {
		switch name {
		case "pgphase_schema", "pgphase_enum", "pgphase_sequence":
			continue // a configuration has few of them, and they go the way of the framework
		}
		served := servedTypes()[name]
		if served == nil || served.stored == nil || served.schema.Version != schema.Version || served.checks == nil {
			t.Errorf("%s: %+v", name, served)
		}
	}
}
