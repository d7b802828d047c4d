// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// What a comparison is for follows from the phase, and how many rows it has
// found from what it was asked for.
func TestDifferingDetail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		phase schema.Phase
		count int
		want  []string
	}{
		{schema.Contract, 2, []string{"before it drops the old one", "    id = 1\n    id = 2\n", "verify = false"}},
		{schema.Migrate, 7, []string{"before it exchanges their names", "    (7 rows)\n    id = 1", "to NULL"}},
		{schema.Expand, ddl.ExampleLimit, []string{"would be lost", "(100 rows or more)"}},
		{schema.NoPhase, 2, []string{"would be lost"}},
	} {
		text := differingDetail(&executor.VerifyError{
			Operation: planner.Operation{Phase: c.phase}, Examples: []string{"id = 1", "id = 2"}, Count: c.count,
		})
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%q, %d rows: %q is missing:\n%s", c.phase, c.count, want, text)
			}
		}
	}
}
