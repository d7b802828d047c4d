// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// The integer types, each within the next one.
var integers = []string{"smallint", "integer", "bigint"}

var integerBounds = map[string][2]string{
	"smallint": {"-32768", "32767"},
	"integer":  {"'-2147483648'::integer", "2147483647"},
	"bigint":   {"'-9223372036854775808'::bigint", "'9223372036854775807'::bigint"},
}

// conversion says how values go from one type to another and back, and whether
// both are known to be safe: up may never fail, or writes of running code would;
// and down gives NULL for what the old type cannot hold. Of every other pair the
// values decide, so that somebody has to say what becomes of them.
func conversion(from, to schema.Type, column schema.Name) (down string, known bool) {
	old, wanted := parseType(from), parseType(to)
	if old.array || wanted.array || isDomain(from) || isDomain(to) || wanted.modified() || old.modified() {
		return "", false
	}
	name := column.Quote()
	rank, wider := slices.Index(integers, old.name), slices.Index(integers, wanted.name)
	switch {
	case rank >= 0 && wider > rank, rank >= 0 && wanted.name == "numeric":
		bounds := integerBounds[old.name]
		return "CASE WHEN " + name + " >= " + bounds[0] + " AND " + name + " <= " + bounds[1] + " THEN (" + name + ")::" + old.name + " END", true
	}
	return "", false
}

// ways are how the values of both sides follow from each other. An expression
// knows either side by the visible name.
type ways struct {
	up, down string
	// lenient reports that values may not convert.
	lenient bool
	// lost reports that nothing leads back.
	lost bool
}

// waysOf says how the values go to another type and back: as the configuration
// has it, else by what PostgreSQL does. An expression for up means something to
// its author, which the cast back need not be the reverse of; where up is a cast
// itself, it is.
func waysOf(from, to schema.Type, column schema.Name, c *schema.Conversion) ways {
	if down, known := conversion(from, to, column); known && !c.Declared() {
		return ways{up: column.Quote(), down: down}
	}
	w := ways{up: column.Quote(), down: ddl.NoValue, lenient: true, lost: true}
	if c == nil {
		return w
	}
	facts := schema.ConversionFacts{}
	if c.Facts != nil {
		facts = *c.Facts
	}
	if c.Up != nil {
		w.up = spelled(*c.Up)
	}
	switch {
	case c.Down != nil:
		w.down, w.lost = spelled(*c.Down), false
	case facts.Back != "" && (c.Up == nil || w.up == facts.Cast):
		w.down, w.lost = facts.Back, false
	}
	return w
}

// joinable reports types whose values a foreign key can compare, and that
// changing one into the other leaves what they are equal to.
func joinable(a, b schema.Type) bool {
	texts := func(t schema.Type) bool {
		p := parseType(t)
		return !p.array && !isDomain(t) && (p.name == "text" || p.name == "character varying")
	}
	return isInteger(a) && isInteger(b) || sameBaseType(a, b) || texts(a) && texts(b)
}

// isInteger reports a type of the operator family integer_ops, within which
// foreign keys may join columns of different types.
func isInteger(t schema.Type) bool {
	p := parseType(t)
	return !p.array && !isDomain(t) && slices.Contains(integers, p.name)
}
