// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

// Type is a data type as it was written and as PostgreSQL writes it.
type Type struct {
	// Text is the spelling of its author: int, varchar(9), citext.
	Text string `json:"text"`
	// Canonical is format_type() under search_path = pg_catalog: integer,
	// character varying(9), public.citext. It is empty while no server has
	// been asked.
	Canonical string `json:"canonical"`
	// Facts is what the server knows of the type; nil while it has not been
	// asked.
	Facts *TypeFacts `json:"facts,omitempty"`
}

// SQL returns the text that statements use: the canonical one, which does not
// depend on search_path, where it is known.
func (t Type) SQL() string {
	if t.Canonical != "" {
		return t.Canonical
	}
	return t.Text
}

// Equal reports whether both are the same type, whatever their spelling.
func (t Type) Equal(other Type) bool { return t.SQL() == other.SQL() }

// TypeFacts are the columns of pg_type that a plan depends on.
type TypeFacts struct {
	// Kind is pg_type.typtype: b base, c composite, d domain, e enum,
	// p pseudo, r range, m multirange.
	Kind string `json:"kind"`
	// Length is pg_type.typlen: a number of bytes, or -1 for variable length.
	Length int `json:"length"`
	// Align is pg_type.typalign: c, s, i or d (1, 2, 4 or 8 bytes).
	Align string `json:"align"`
	// Storage is pg_type.typstorage in words: the storage of a column that has
	// none of its own.
	Storage string `json:"storage,omitempty"`
	// Array reports whether it is an array type.
	Array bool `json:"array,omitempty"`
	// Base is, for a domain, the type below it (with its own facts).
	Base *Type `json:"base,omitempty"`
	// Constrained reports, for a domain, a CHECK or NOT NULL on it or on a
	// domain below it: adding a column of it rewrites the table (measured).
	Constrained bool `json:"constrained,omitempty"`
	// CastsTo are the canonical names (without modifier) of the types that a
	// value is binary coercible to: pg_cast.castmethod = 'b'.
	CastsTo []string `json:"casts_to,omitempty"`
}
