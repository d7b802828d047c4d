// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"math"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// withoutDefaults leaves out of a column what says no more than nothing would:
// the catalog cannot tell the storage of the type from no storage, and neither
// may the comparison.
func withoutDefaults(column schema.Column) schema.Column {
	if column.Storage == typeStorage(column.Type) {
		column.Storage = ""
	}
	if column.Default != nil && isNull(*column.Default) {
		column.Default = nil
	}
	if c := column.Collation; c.Name == "default" && (c.Schema == "" || c.Schema == "pg_catalog") && !isDomain(column.Type) {
		column.Collation = schema.QualifiedName{}
	}
	if column.Identity != nil {
		identity := *column.Identity
		identity.Sequence = sequenceWithoutDefaults(identity.Sequence, integerName(column.Type))
		column.Identity = &identity
	}
	return column
}

// isNull reports the constant NULL, for which PostgreSQL stores no default.
func isNull(e schema.Expression) bool {
	text := e.Canonical
	if text == "" {
		text = strings.TrimSpace(e.Text)
	}
	return strings.EqualFold(text, "NULL")
}

// typeStorage is the storage that a type brings along, or empty where nobody
// has asked.
func typeStorage(t schema.Type) string {
	if t.Facts == nil {
		return ""
	}
	return t.Facts.Storage
}

// sequenceWithoutDefaults knows the defaults of CREATE SEQUENCE, which depend on
// type and direction.
func sequenceWithoutDefaults(o schema.SequenceOptions, integer string) schema.SequenceOptions {
	lowest, highest := int64(math.MinInt64), int64(math.MaxInt64)
	switch integer {
	case "smallint", "int2":
		lowest, highest = math.MinInt16, math.MaxInt16
	case "integer", "int", "int4":
		lowest, highest = math.MinInt32, math.MaxInt32
	}
	ascending := o.Increment == nil || *o.Increment > 0
	if ascending {
		lowest = 1
	} else {
		highest = -1
	}
	unless := func(value *int64, usual int64) *int64 {
		if value != nil && *value == usual {
			return nil
		}
		return value
	}
	o.Increment, o.Cache = unless(o.Increment, 1), unless(o.Cache, 1)
	o.MinValue, o.MaxValue = unless(o.MinValue, lowest), unless(o.MaxValue, highest)
	first := o.MinValue
	if !ascending {
		first = o.MaxValue
	}
	switch {
	case first != nil:
		o.Start = unless(o.Start, *first)
	case ascending:
		o.Start = unless(o.Start, lowest)
	default:
		o.Start = unless(o.Start, highest)
	}
	return o
}
