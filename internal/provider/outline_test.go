// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestReadOutline(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	many := object{}
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r"} {
		many[name] = object{"type": "text", "name": "not this one"}
	}
	for name, test := range map[string]struct {
		state any
		want  outline
	}{
		"a table": {
			object{"id": "s.t", "schema": "s", "name": "t", "columns": object{"a": object{"name": "x", "columns": object{}}}, "ignored_columns": []string{"b", "c"}, "comment": nil},
			outline{schema: "s", name: "t", columns: []schema.Name{"a"}, ignored: []schema.Name{"b", "c"}},
		},
		"an index":             {object{"table": "s.t", "name": "i", "keys": []any{object{"name": "x"}}}, outline{table: "s.t", name: "i"}},
		"a foreign key":        {object{"table": "s.t", "name": "f", "columns": []string{"a"}}, outline{table: "s.t", name: "f"}},
		"nothing that is null": {object{"schema": nil, "name": nil, "table": nil, "columns": nil, "ignored_columns": nil}, outline{}},
	} {
		state, err := msgpack.Marshal(test.state)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := readOutline(state)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(outline{})); !ok || diff != "" {
			t.Errorf("%s: %v, %s", name, ok, diff)
		}
		for cut := range state {
			if got, ok := readOutline(state[:cut]); ok {
				t.Errorf("%s: %v of its first %d bytes", name, got, cut)
			}
		}
	}
	state, err := msgpack.Marshal(object{"columns": many})
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := readOutline(state); !ok || len(got.columns) != len(many) {
		t.Errorf("%v: %v", ok, got)
	}
	unknown := []byte("\x81\xa4name\xd4\x00\x00") // as cty encodes it
	if got, ok := readOutline(unknown); ok {
		t.Errorf("an unknown name is %q", got.name)
	}
	for name, state := range map[string][]byte{"null": {0xc0}, "a list": {0x90}, "nothing": {}} {
		if got, ok := readOutline(state); ok && cmp.Diff(outline{}, got, cmp.AllowUnexported(outline{})) != "" {
			t.Errorf("%s is %v", name, got)
		}
	}
}
