// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// parsedType is a type as format_type() writes it, taken apart.
type parsedType struct {
	// name has neither modifier nor brackets: timestamp without time zone.
	name      string
	modifiers []string
	// fields are those of an interval: day to second.
	fields string
	array  bool
}

// parseType takes the text of a type apart. Only spellings of format_type() are
// understood; every other type is one without modifiers, of which nothing is
// assumed.
func parseType(t schema.Type) parsedType {
	var p parsedType
	text := t.SQL()
	for strings.HasSuffix(text, "[]") {
		text, p.array = strings.TrimSuffix(text, "[]"), true
	}
	if open := strings.LastIndexByte(text, '('); open >= 0 {
		if length := strings.IndexByte(text[open:], ')'); length >= 0 {
			for m := range strings.SplitSeq(text[open+1:open+length], ",") {
				p.modifiers = append(p.modifiers, strings.TrimSpace(m))
			}
			text = text[:open] + text[open+length+1:]
		}
	}
	if rest, found := strings.CutPrefix(text, "interval "); found {
		text, p.fields = "interval", rest
	}
	switch text {
	case "character":
		// character alone is character(1); without any limit it is bpchar.
		text = "bpchar"
	case `"bit"`:
		text = "bit"
	}
	p.name = text
	return p
}

func (p parsedType) modified() bool { return len(p.modifiers) > 0 || p.fields != "" }

func (p parsedType) number(i int) int {
	if i >= len(p.modifiers) {
		return -1
	}
	n, err := strconv.Atoi(p.modifiers[i])
	if err != nil {
		return -1
	}
	return n
}

// precision is that of fractional seconds, or -1.
func (p parsedType) precision() int { return p.number(0) }

// lengthKept reports whether the length coercion between two modifiers of one
// type cannot change a value, as the planner support functions of the built-in
// types decide it. For types of extensions none is known, and for arrays there
// is none.
func lengthKept(old, wanted parsedType) bool {
	if !wanted.modified() {
		return true
	}
	if slices.Equal(old.modifiers, wanted.modifiers) && old.fields == wanted.fields && old.modified() {
		return true
	}
	if old.array {
		return false
	}
	switch wanted.name {
	case "character varying", "bit varying":
		return old.modified() && old.number(0) <= wanted.number(0)
	case "numeric":
		return old.modified() && old.number(1) == wanted.number(1) && old.number(0) <= wanted.number(0)
	case "timestamp without time zone", "timestamp with time zone", "time without time zone", "time with time zone":
		return wanted.precision() >= maxTimePrecision || old.modified() && old.precision() <= wanted.precision()
	case "interval":
		return intervalKept(old, wanted)
	}
	return false
}

// intervalKept follows interval_support(): the smallest field must not become
// larger, and where seconds are kept their precision must not shrink.
func intervalKept(old, wanted parsedType) bool {
	if leastField(wanted) > leastField(old) {
		return false
	}
	if leastField(old) > 0 {
		return true
	}
	precision := func(p parsedType) int {
		if p.precision() < 0 {
			return maxTimePrecision + 1
		}
		return p.precision()
	}
	return precision(wanted) >= maxTimePrecision || precision(wanted) >= precision(old)
}

// leastField ranks the smallest field of an interval: 0 is second, 5 is year.
func leastField(p parsedType) int {
	fields := strings.Fields(p.fields)
	if len(fields) == 0 {
		return 0
	}
	return max(0, slices.Index([]string{"second", "minute", "hour", "day", "month", "year"}, fields[len(fields)-1]))
}
