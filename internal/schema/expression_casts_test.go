// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema_test

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestExpressionEqualButForCasts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"((id > 0) AND ((id % 1000000) <> 999999))", "((id > 0) AND ((id % (1000000)::bigint) <> 999999))", true},
		{"(id > '-5'::integer)", "(id > '-5'::bigint)", true},
		{"(id > (5)::numeric) AND (x IS NULL)", "(id > 5) AND x IS NULL", true},
		{"'-1'::integer", "(-1)", true},
		{"'-1'::integer", "(-2)", false},
		{"(id > 5)", "(id > 6)", false},
		{"(id > 5) AND (id < 9)", "(id > 5) OR (id < 9)", false},
		{"((id)::double precision > 5)", "(id > 5)", true},
		{"(id > 5", "(id > 5", false},
	} {
		a, b := schema.Expression{Text: c.a}, schema.Expression{Text: "as written", Canonical: c.b}
		if got := a.EqualButForCasts(b); got != c.want || b.EqualButForCasts(a) != got {
			t.Errorf("%s and %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
