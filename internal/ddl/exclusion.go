// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import (
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// ExclusionConstraint returns an exclusion constraint as a clause of CREATE
// TABLE and ADD. ADD builds its index: there is no other way.
func ExclusionConstraint(exclusion schema.Exclusion) string {
	var b strings.Builder
	b.WriteString("CONSTRAINT " + exclusion.Name.Quote() + " EXCLUDE USING ")
	b.WriteString(schema.Name(ExclusionMethod(exclusion)).Quote() + " (")
	for i, element := range exclusion.Elements {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(IndexKey(element.IndexKey) + " WITH " + strings.TrimSpace(element.Operator))
	}
	b.WriteString(")")
	if len(exclusion.Include) > 0 {
		b.WriteString(" INCLUDE (" + schema.QuoteNames(exclusion.Include) + ")")
	}
	if len(exclusion.Options) > 0 {
		b.WriteString(" WITH (" + optionList(exclusion.Options) + ")")
	}
	if exclusion.Tablespace != "" {
		b.WriteString(" USING INDEX TABLESPACE " + exclusion.Tablespace.Quote())
	}
	if exclusion.Where != nil {
		b.WriteString(" WHERE " + Parenthesised(*exclusion.Where))
	}
	b.WriteString(Deferral(exclusion.Deferral))
	return b.String()
}

// ExclusionMethod returns the access method, which is gist where none is named.
func ExclusionMethod(exclusion schema.Exclusion) string {
	if exclusion.Method == "" {
		return "gist"
	}
	return exclusion.Method
}
