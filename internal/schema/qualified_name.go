// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"fmt"
	"strings"
)

// QualifiedName names a relation (or a collation, an operator class) within
// its schema.
type QualifiedName struct {
	Schema Name `json:"schema"`
	Name   Name `json:"name"`
}

// String returns schema.name as SQL, each part quoted only where PostgreSQL
// would quote it. It is also the resource id.
func (q QualifiedName) String() string {
	if q.Schema == "" {
		return q.Name.Quote()
	}
	return q.Schema.Quote() + "." + q.Name.Quote()
}

// IsZero reports whether nothing is named.
func (q QualifiedName) IsZero() bool { return q == QualifiedName{} }

// Validate reports the first part that PostgreSQL could not store.
func (q QualifiedName) Validate() error {
	if err := q.Schema.Validate(); err != nil {
		return err
	}
	return q.Name.Validate()
}

// Compare orders by schema, then by name.
func (q QualifiedName) Compare(other QualifiedName) int {
	if c := strings.Compare(string(q.Schema), string(other.Schema)); c != 0 {
		return c
	}
	return strings.Compare(string(q.Name), string(other.Name))
}

// IDError says why a text is not an id of the wanted shape.
type IDError struct {
	Text   string
	Want   string
	Reason string
}

func (e *IDError) Error() string {
	return fmt.Sprintf("%q is not of the form %s: %s", e.Text, e.Want, e.Reason)
}

// ParseQualifiedName reads schema.name. Parts that PostgreSQL would quote must
// be quoted: public."Users".
func ParseQualifiedName(text string) (QualifiedName, error) {
	parts, err := parseID(text, "schema.name", 2)
	if err != nil {
		return QualifiedName{}, err
	}
	return QualifiedName{parts[0], parts[1]}, nil
}

// ColumnName names a column of a table.
type ColumnName struct {
	Table  QualifiedName `json:"table"`
	Column Name          `json:"column"`
}

// String returns schema.table.column as SQL; it is also the resource id.
func (c ColumnName) String() string { return c.Table.String() + "." + c.Column.Quote() }

// ParseColumnName reads schema.table.column, quoted as in ParseQualifiedName.
func ParseColumnName(text string) (ColumnName, error) {
	parts, err := parseID(text, "schema.table.column", 3)
	if err != nil {
		return ColumnName{}, err
	}
	return ColumnName{QualifiedName{parts[0], parts[1]}, parts[2]}, nil
}

// parseID splits a dotted id. An unquoted part with upper case is refused
// instead of folded: PostgreSQL would fold it, its author most likely did not
// mean that, and a name that means two things is one too many.
func parseID(text, want string, count int) ([]Name, error) {
	fail := func(reason string) ([]Name, error) { return nil, &IDError{text, want, reason} }
	var parts []Name
	rest := text
	for {
		part, tail, reason := parseIDPart(rest)
		if reason != "" {
			return fail(reason)
		}
		if err := part.Validate(); err != nil {
			return fail(err.Error())
		}
		parts = append(parts, part)
		if tail == "" {
			break
		}
		if tail[0] != '.' {
			return fail(fmt.Sprintf("unexpected %q after %s", tail, part.Quote()))
		}
		rest = tail[1:]
	}
	if len(parts) != count {
		return fail(fmt.Sprintf("it has %d of %d parts", len(parts), count))
	}
	return parts, nil
}

func parseIDPart(text string) (part Name, tail, reason string) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, `."`)
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		if word == "" {
			return "", "", "a part is empty"
		}
		if !isPlainIdentifier(word) {
			return "", "", fmt.Sprintf("%s must be written in double quotes: %s", word, Name(word).Quote())
		}
		return Name(word), text[end:], ""
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '"' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		return Name(b.String()), text[i+1:], ""
	}
	return "", "", "a double quote is not closed"
}

// ParseOptionallyQualifiedName reads name or schema.name, quoted as in
// ParseQualifiedName. Schema is empty where it is left to search_path.
func ParseOptionallyQualifiedName(text string) (QualifiedName, error) {
	if parts, err := parseID(text, "name or schema.name", 1); err == nil {
		return QualifiedName{Name: parts[0]}, nil
	}
	parts, err := parseID(text, "name or schema.name", 2)
	if err != nil {
		return QualifiedName{}, err
	}
	return QualifiedName{parts[0], parts[1]}, nil
}
