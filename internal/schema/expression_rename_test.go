// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestExpressionWithColumn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from     schema.Name
		text     string
		want     string
		doubtful bool
	}{
		{from: "id", text: "(id > 0)", want: "(shadow > 0)"},
		{from: "id", text: "((id % 10) = 0) AND (idx IS NOT NULL)", want: "((shadow % 10) = 0) AND (idx IS NOT NULL)"},
		{from: "id", text: "id IS NOT NULL", want: "shadow IS NOT NULL"},
		{from: "id", text: "('id'::text = (id)::text)", want: "('id'::text = (shadow)::text)"},
		{from: "id", text: "public.id(id)", want: "public.id(shadow)"},
		{from: "id", text: "id(other)", want: "id(other)"},
		{from: "id", text: "((addr).id = id)", want: "((addr).id = shadow)"},
		{from: "date", text: "(x)::date = date", want: "(x)::date = shadow"},
		{from: "Odd", text: `"Odd" > odd`, want: `shadow > odd`},
		{from: "id", text: "other > 0", want: "other > 0"},
		{from: "zone", text: "(x)::timestamp without time zone", doubtful: true},
		{from: "year", text: "EXTRACT(year FROM x) > 1", doubtful: true},
		{from: "id", text: `U&"\0069d" > 0`, doubtful: true},
		{from: "id", text: "(id > 0", doubtful: true},
	} {
		got, sure := schema.Expression{Text: "as written", Canonical: c.text}.WithColumn(c.from, "shadow")
		if sure == c.doubtful || sure && got.Text != c.want {
			t.Errorf("%s for %s: %q, sure %v; want %q, sure %v", c.from, c.text, got.Text, sure, c.want, !c.doubtful)
		}
	}
}
