// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Neighbours are the objects that a table may need and that are no part of it:
// its schema, the enum types of its columns, the sequences of their defaults.

// Namespace is a schema. The package has the better name.
type Namespace struct {
	Name    Name   `json:"name"`
	Comment string `json:"comment,omitempty"`
}

// Enum is an enum type.
type Enum struct {
	Name QualifiedName `json:"name"`
	// Values are the labels in their sort order.
	Values  []string `json:"values"`
	Comment string   `json:"comment,omitempty"`
}

// InvalidLabel says why PostgreSQL would refuse a label; "" where it would not.
// The empty text is a label.
func InvalidLabel(label string) string {
	switch {
	case len(label) > MaxNameBytes:
		return fmt.Sprintf("it has %d bytes, and PostgreSQL takes %d at most", len(label), MaxNameBytes)
	case strings.ContainsRune(label, 0):
		return "it contains a NUL character, which PostgreSQL cannot store"
	case !utf8.ValidString(label):
		return "it is not valid UTF-8"
	}
	return ""
}

// Type is the type as a column has it: what the server would say of it. A new
// table may have such a column before there is anything to ask the server about.
func (e Enum) Type() Type {
	return Type{Text: e.Name.String(), Canonical: e.Name.String(), Facts: &TypeFacts{Kind: "e", Length: 4, Align: "i", Storage: "plain"}}
}

// ArrayType is the type of its arrays.
func (e Enum) ArrayType() Type {
	name := e.Name.String() + "[]"
	return Type{Text: name, Canonical: name, Facts: &TypeFacts{Kind: "b", Length: -1, Align: "i", Storage: "extended", Array: true}}
}

// Sequence is a sequence of its own. Where it stands (last_value) is data, and
// no part of it.
type Sequence struct {
	Name QualifiedName `json:"name"`
	// Type is smallint, integer or bigint.
	Type    string          `json:"type"`
	Options SequenceOptions `json:"options,omitzero"`
	Comment string          `json:"comment,omitempty"`

	// Observed.

	// Owner is the column that it is dropped with: OWNED BY, or that of an
	// identity.
	Owner ColumnName `json:"owner,omitzero"`
	// Identity reports the sequence of an identity column, which the column
	// declares.
	Identity bool `json:"identity,omitempty"`
}
