// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog

import (
	"fmt"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// keyPart is one key of an index or a partition key, as the catalog has it.
type keyPart struct {
	// Column is empty for an expression.
	Column schema.Name
	// Text is the column or expression as the definition prints it.
	Text          string
	Collation     *schema.QualifiedName
	OperatorClass schema.QualifiedName `json:"operator_class"`
	Options       []string
	// Flags are bits of pg_index.indoption: 1 is DESC, 2 is NULLS FIRST.
	Flags int
}

// indexKeys turns parts into keys. Whether collation and operator class are
// the default ones is not stored: it depends on the type of the expression,
// and only PostgreSQL itself knows. pg_get_indexdef() prints them exactly when
// they are not, so its text is walked along the parts that are known.
func indexKeys(definition string, parts []keyPart) ([]schema.IndexKey, error) {
	rest := definition
	keys := make([]schema.IndexKey, 0, len(parts))
	for i, part := range parts {
		separator := ", "
		if i == 0 {
			separator = "("
			if _, method, found := strings.Cut(rest, " USING "); found {
				rest = method
			}
		}
		_, after, found := strings.Cut(rest, separator+part.Text)
		if !found {
			return nil, fmt.Errorf("%q does not contain the key %q", definition, part.Text)
		}
		rest = after
		key := schema.IndexKey{Column: part.Column, Descending: part.Flags&1 != 0}
		if part.Column == "" {
			text := part.Text
			// Those of the definition, not of the expression.
			if (schema.Expression{Text: text}).IsParenthesised() {
				text = text[1 : len(text)-1]
			}
			e := observedExpression(text, schema.VolatilityUnknown)
			key.Expression = &e
		}
		tail := rest
		if part.Collation != nil {
			if after, found := strings.CutPrefix(tail, " COLLATE "+printedName(*part.Collation)); found {
				tail = after
				key.Collation = *part.Collation
			}
		}
		if after, found := strings.CutPrefix(tail, " "+printedName(part.OperatorClass)); found &&
			(after == "" || strings.ContainsRune(" ,()", rune(after[0]))) {
			key.OperatorClass = part.OperatorClass
			key.OperatorClassOptions = parseOptions(nil, "", part.Options)
		}
		if nullsFirst := part.Flags&2 != 0; nullsFirst != key.Descending {
			key.NullsFirst = &nullsFirst
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// printedName is how PostgreSQL prints a name while search_path is pg_catalog.
// A collation is always printed with its schema only when it is not visible.
func printedName(name schema.QualifiedName) string {
	if name.Schema == "pg_catalog" {
		return name.Name.Quote()
	}
	return name.String()
}

// splitTopLevel splits a printed list at the commas outside of parentheses,
// brackets and quotes. PostgreSQL prints no comments and no dollar quotes.
func splitTopLevel(list string) []string {
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(list); i++ {
		switch c := list[i]; c {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '\'', '"':
			escapes := c == '\'' && i > 0 && list[i-1] == 'E'
			for i++; i < len(list) && list[i] != c; i++ {
				if escapes && list[i] == '\\' {
					i++
				}
			}
		case ',':
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(list[start:i]))
				start = i + 1
			}
		}
	}
	if last := strings.TrimSpace(list[start:]); last != "" {
		parts = append(parts, last)
	}
	return parts
}
