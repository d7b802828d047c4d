// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"slices"
	"strings"
)

// EqualButForCasts reports whether two expressions in the words of the server
// differ in nothing but the casts that it writes for other types of columns:
// id % 10 of an integer is (id % (10)::bigint) of a bigint.
func (e Expression) EqualButForCasts(other Expression) bool {
	a, sure := e.withoutCasts()
	b, also := other.withoutCasts()
	return sure && also && slices.Equal(a, b)
}

// withoutCasts are the tokens without parentheses, casts and the quotes of
// numbers.
func (e Expression) withoutCasts() ([]string, bool) {
	text := e.Text
	if e.Canonical != "" {
		text = e.Canonical
	}
	tokens, err := lex(text)
	if err != nil {
		return nil, false
	}
	var rest []string
	for i := 0; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t.text == ":" && i+1 < len(tokens) && tokens[i+1].text == ":":
			for i++; i+1 < len(tokens) && (tokens[i+1].kind == quotedIdentifier || tokens[i+1].text == "." || typeWord(tokens[i+1])); {
				i++
			}
		case t.text == "(" || t.text == ")":
		case t.kind == stringLiteral:
			value := strings.Trim(t.text, "'")
			if number, negative := strings.CutPrefix(value, "-"); negative {
				rest, value = append(rest, "-"), number
			}
			rest = append(rest, value)
		default:
			rest = append(rest, t.text)
		}
	}
	return rest, true
}

// typeWord reports a word that goes on with the name of a type.
func typeWord(t token) bool { return t.kind == word && !afterColumn[strings.ToLower(t.text)] }
