// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package planner

import (
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// TypeChange is what ALTER COLUMN ... TYPE does to stored data.
type TypeChange int

const (
	// TypeUnchanged is the same type, however it is spelled.
	TypeUnchanged TypeChange = iota
	// TypeRelabels changes the catalog alone. Plain indexes are kept.
	TypeRelabels
	// TypeRebuildsIndexes keeps the table and builds every index that has the
	// column as a key anew, under ACCESS EXCLUSIVE.
	TypeRebuildsIndexes
	// TypeRewrites writes the table and all of its indexes anew, or is not
	// possible without an expression that says how.
	TypeRewrites
)

// ClassifyTypeChange says what a change of type does on a server with such
// settings. The rule is that of ATColumnChangeRequiresRewrite(): PostgreSQL
// writes the conversion as an expression and strips relabelling, length
// coercions that cannot change a value, domains without constraints, and the
// casts between timestamp and timestamptz where the time zone is UTC; whatever
// remains is a rewrite. An index is kept where type and operator class of its
// keys stay compatible (CheckIndexCompatible()).
func ClassifyTypeChange(s Server, from, to schema.Type) TypeChange {
	if from.Equal(to) {
		return TypeUnchanged
	}
	if to.Facts != nil && to.Facts.Kind == domainKind && to.Facts.Constrained {
		return TypeRewrites
	}
	source, target := baseType(from), baseType(to)
	old, wanted := parseType(source), parseType(target)
	if isDomain(from) {
		// The modifier of a domain is that of the domain, not of the column:
		// the expression has none.
		old.modifiers, old.fields = nil, ""
	}
	kept := TypeRelabels
	if polymorphic(source) && (isDomain(from) || isDomain(to)) {
		kept = TypeRebuildsIndexes
	}
	switch {
	case old.name == wanted.name && old.array == wanted.array:
		if lengthKept(old, wanted) {
			return kept
		}
		return TypeRewrites
	case old.array || wanted.array:
		return TypeRewrites
	case timestampPair(old.name, wanted.name):
		if s.UTC && (!wanted.modified() || wanted.precision() >= maxTimePrecision) {
			return TypeRebuildsIndexes
		}
		return TypeRewrites
	case wanted.modified() || !binaryCoercible(source, wanted.name):
		return TypeRewrites
	case sameOperators(old.name, wanted.name):
		return kept
	}
	return TypeRebuildsIndexes
}

const (
	domainKind       = "d"
	maxTimePrecision = 6
)

func isDomain(t schema.Type) bool { return t.Facts != nil && t.Facts.Kind == domainKind }

// baseType returns the type below all domains.
func baseType(t schema.Type) schema.Type {
	for isDomain(t) && t.Facts.Base != nil {
		t = *t.Facts.Base
	}
	return t
}

// sameBaseType compares types without their modifiers and domains.
func sameBaseType(a, b schema.Type) bool {
	x, y := parseType(baseType(a)), parseType(baseType(b))
	return x.name == y.name && x.array == y.array
}

// polymorphic reports types whose default operator classes are declared for
// anyarray, anyenum and their like: an index is then tied to the very type.
func polymorphic(t schema.Type) bool {
	return t.Facts != nil && (t.Facts.Array || strings.Contains("cemr", t.Facts.Kind)) //nolint:gocritic // the letters are the set, the kind is the one to find
}

func timestampPair(a, b string) bool {
	const naive, aware = "timestamp without time zone", "timestamp with time zone"
	return a == naive && b == aware || a == aware && b == naive
}

// binaryCoercible reports a cast without function (pg_cast.castmethod = 'b').
func binaryCoercible(source schema.Type, target string) bool {
	return source.Facts != nil && slices.ContainsFunc(source.Facts.CastsTo, func(name string) bool {
		return parseType(schema.Type{Canonical: name}).name == target
	})
}

// operatorFamilies are the groups of binary coercible types that share their
// default operator classes, in each access method that has any for them.
var operatorFamilies = [][]string{
	{"text", "character varying"},
	{"cidr", "inet"},
	{
		"oid", "regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper",
		"regoperator", "regproc", "regprocedure", "regrole", "regtype",
	},
}

func sameOperators(a, b string) bool {
	return slices.ContainsFunc(operatorFamilies, func(family []string) bool {
		return slices.Contains(family, a) && slices.Contains(family, b)
	})
}
