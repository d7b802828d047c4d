// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

// Expression is an SQL expression as it was written and as PostgreSQL prints
// it back. The two differ nearly always: PostgreSQL stores a parse tree.
type Expression struct {
	// Text is the spelling of its author.
	Text string `json:"text"`
	// Canonical is what pg_get_expr() and its like return under search_path =
	// pg_catalog. It is empty while no server has been asked.
	Canonical string `json:"canonical,omitempty"`
	// Volatility is what the server says of the expression: the most
	// volatile function in it after inlining decides whether a default
	// rewrites the table.
	Volatility Volatility `json:"volatility,omitempty"`
}

// Volatility is pg_proc.provolatile of the most volatile function of an
// expression. The zero value says that it is not known.
type Volatility string

// The volatilities, as in pg_proc.provolatile.
const (
	VolatilityUnknown Volatility = ""
	Immutable         Volatility = "i"
	Stable            Volatility = "s"
	Volatile          Volatility = "v"
)

// Equal reports whether both mean the same to the server, or are the same text
// where the server has not been asked about both.
func (e Expression) Equal(other Expression) bool {
	if e.Text == other.Text {
		return true
	}
	return e.Canonical != "" && e.Canonical == other.Canonical
}

// EqualExpressions compares two optional expressions.
func EqualExpressions(a, b *Expression) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
