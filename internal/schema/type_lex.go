// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"fmt"
	"strings"
)

// columnWords start something that follows a type in a column definition and
// has an attribute of its own.
var columnWords = map[string]string{
	"not": "nullable", "null": "nullable", "default": "default", "collate": "collation",
	"generated": "generated or identity", "storage": "storage", "compression": "compression",
	"primary": "primary_key", "unique": "unique", "check": "checks", "constraint": "checks, unique or primary_key",
	"references": "a pgphase_foreign_key resource",
}

// serialTypes are spelled like types but are not: CREATE TABLE replaces them by
// a type, a sequence and a default (manual, section 8.1.4).
var serialTypes = map[string]string{
	"smallserial": "smallint", "serial2": "smallint",
	"serial": "integer", "serial4": "integer",
	"bigserial": "bigint", "serial8": "bigint",
}

// Validate reports what is wrong with the type as a text: something that is
// not a type name, its modifiers or array brackets. Whether the type exists is
// for the server to say. The error is a *SyntaxError.
func (t Type) Validate() error {
	fail := func(offset int, reason string) error { return &SyntaxError{t.Text, offset, reason} }
	tokens, err := lex(t.Text)
	if err != nil {
		return err
	}
	if len(tokens) == 0 {
		return fail(0, "a type is missing")
	}
	for i, token := range tokens {
		lower := strings.ToLower(token.text)
		switch token.kind {
		case word:
			if attribute, found := columnWords[lower]; found && token.depth == 0 {
				return fail(token.offset, fmt.Sprintf("%s, which belongs into %s and not into the type, stands",
					strings.ToUpper(token.text), attribute))
			}
			if integer, found := serialTypes[lower]; found && len(tokens) == 1 {
				return fail(token.offset, fmt.Sprintf("%s, which is no type (write %s with an identity), stands", lower, integer))
			}
			if lower == "setof" && i == 0 {
				return fail(token.offset, "SETOF, which no column can be, stands")
			}
		case quotedIdentifier:
		case open, closing:
			if i == 0 {
				return fail(token.offset, fmt.Sprintf("%q, where a type name is expected, stands", token.text))
			}
		case number, stringLiteral:
			if token.depth == 0 {
				return fail(token.offset, fmt.Sprintf("%s, which is no part of a type name, stands", token.text))
			}
		case punctuation:
			if token.text == "." || token.depth > 0 && (token.text == "," || isSign(token)) {
				continue
			}
			return fail(token.offset, fmt.Sprintf("%q, which is no part of a type, stands", token.text))
		}
	}
	return nil
}
