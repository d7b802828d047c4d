// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

// Conversion says how the values of a column go to another type under its name,
// and back. It has no effect on a column that has the type.
type Conversion struct {
	// Up computes the new value from the column as it was. Nil means the column
	// itself, as far as PostgreSQL assigns it.
	Up *Expression `json:"up,omitempty"`
	// Down computes the old value from the column as it will be. Nil means the
	// cast back where up is a cast, else nothing.
	Down *Expression `json:"down,omitempty"`
	// Facts are what the server says; nil while it has not been asked.
	Facts *ConversionFacts `json:"facts,omitempty"`
}

// ConversionFacts are what only the server knows of a change of type. A cast
// counts where it gives the same in each session: none that follows TimeZone or
// DateStyle.
type ConversionFacts struct {
	// Assigns reports that PostgreSQL assigns the old type to the new one by
	// itself.
	Assigns bool `json:"assigns,omitempty"`
	// Cast and Back are the casts to the new type and back, in the server's
	// words; empty where there is none that counts.
	Cast string `json:"cast,omitempty"`
	Back string `json:"back,omitempty"`
	// Uncarried are indexes and checks that the new type does not allow, each
	// with the reason, a line each.
	Uncarried []string `json:"uncarried,omitempty"`
}

// Declared reports that the configuration says how values are converted.
func (c *Conversion) Declared() bool { return c != nil && (c.Up != nil || c.Down != nil) }
