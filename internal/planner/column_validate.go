// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// systemColumns are the names that every table has already (manual, section
// 5.6).
var systemColumns = []schema.Name{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// identityTypes are all spellings of the types that an identity column may
// have.
var identityTypes = []string{"smallint", "int2", "integer", "int", "int4", "bigint", "int8"}

// ValidateColumn reports what is wrong with a column whatever the server says.
// Paths start at the column.
func ValidateColumn(desired schema.Column) []Finding {
	var findings []Finding
	fail := func(attribute, detail string) {
		var path []string
		if attribute != "" {
			path = []string{attribute}
		}
		findings = append(findings, refusal(path, fmt.Sprintf("Invalid column %s", desired.Name), detail))
	}
	expression := func(attribute string, e *schema.Expression) {
		if e == nil {
			return
		}
		if err := e.Validate(); err != nil {
			fail(attribute, "In the expression, "+err.Error()+".")
		}
	}
	if err := desired.Name.Validate(); err != nil {
		findings = append(findings, refused(nameHazard(desired.Name), []string{"name"}, fmt.Sprintf("Invalid column %s", desired.Name), "The name "+err.Error()+"."))
	} else if slices.Contains(systemColumns, desired.Name) {
		fail("name", fmt.Sprintf("Every table has a system column %s already.", desired.Name))
	}
	if err := desired.Type.Validate(); err != nil {
		fail("type", "In the type, "+err.Error()+".")
	}
	expression("default", desired.Default)
	expression("backfill", desired.Backfill)
	if g := desired.Generated; g != nil {
		expression("generated", &g.Expression)
		switch {
		case desired.Default != nil:
			fail("default", "A generated column cannot have a default.")
		case desired.Identity != nil:
			fail("identity", "A column cannot be generated from an expression and from a sequence.")
		case desired.Backfill != nil:
			fail("backfill", "A generated column computes its values: it cannot be filled.")
		}
	}
	if desired.Identity != nil {
		switch {
		case desired.Default != nil:
			fail("default", "An identity column takes its values from its sequence: it cannot have a default.")
		case desired.Backfill != nil:
			fail("backfill", "An identity column takes its values from its sequence, those of the rows of today included.")
		case desired.Nullable:
			fail("nullable", "An identity column is NOT NULL: remove nullable = true.")
		}
		if !slices.Contains(identityTypes, integerName(desired.Type)) {
			fail("type", fmt.Sprintf("An identity column is smallint, integer or bigint, not %s.", desired.Type.SQL()))
		}
		if detail := invalidSequence(desired.Identity.Sequence); detail != "" {
			fail("sequence", detail)
		}
	}
	if !slices.Contains([]string{"", "pglz", "lz4"}, desired.Compression) {
		fail("compression", fmt.Sprintf("%q is not a compression method: write pglz or lz4.", desired.Compression))
	}
	if !slices.Contains([]string{"", "plain", "external", "extended", "main"}, desired.Storage) {
		fail("storage", fmt.Sprintf("%q is not a storage: write plain, external, extended or main.", desired.Storage))
	}
	if n := desired.StatisticsTarget; n != nil && (*n < 0 || *n > 10000) {
		fail("statistics", fmt.Sprintf("The statistics target is %d; it goes from 0 to 10000.", *n))
	}
	findings = append(findings, validateReplaces(desired)...)
	return append(findings, validateConversion(desired)...)
}

func integerName(t schema.Type) string {
	name := strings.ToLower(strings.TrimSpace(t.SQL()))
	return strings.Trim(strings.TrimPrefix(name, "pg_catalog."), `"`)
}

func invalidSequence(o schema.SequenceOptions) string {
	switch {
	case o.Increment != nil && *o.Increment == 0:
		return "The increment must not be 0."
	case o.Cache != nil && *o.Cache < 1:
		return fmt.Sprintf("The cache is %d; it must be at least 1.", *o.Cache)
	case o.MinValue != nil && o.MaxValue != nil && *o.MinValue >= *o.MaxValue:
		return fmt.Sprintf("min_value %d must be less than max_value %d.", *o.MinValue, *o.MaxValue)
	case o.Start != nil && o.MinValue != nil && *o.Start < *o.MinValue:
		return fmt.Sprintf("start %d is less than min_value %d.", *o.Start, *o.MinValue)
	case o.Start != nil && o.MaxValue != nil && *o.Start > *o.MaxValue:
		return fmt.Sprintf("start %d is greater than max_value %d.", *o.Start, *o.MaxValue)
	}
	return ""
}
