// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import "strings"

// Validate reports what is wrong with the expression as a text: it must be
// exactly one, and nothing of it may reach beyond it. What it means is for the
// server to say. The error is a *SyntaxError.
func (e Expression) Validate() error {
	tokens, err := lex(e.Text)
	if err != nil {
		return err
	}
	if len(tokens) == 0 {
		return &SyntaxError{e.Text, 0, "an expression is missing"}
	}
	for _, t := range tokens {
		if t.text == "," && t.depth == 0 {
			return &SyntaxError{e.Text, t.offset, "a comma, which would start a second expression, stands"}
		}
	}
	return nil
}

// Mentions reports whether the text contains the name as a word or in quotes.
// It can be a function's or a type's name as well: true means "perhaps".
func (e Expression) Mentions(name Name) bool {
	tokens, err := lex(e.Text)
	if err != nil {
		return true
	}
	for _, t := range tokens {
		switch t.kind {
		case word:
			// PostgreSQL folds what is not quoted.
			if strings.ToLower(t.text) == string(name) {
				return true
			}
		case quotedIdentifier:
			if t.text[0] != '"' {
				return true // U&"": decoding it is not worth the trouble
			}
			if strings.ReplaceAll(t.text[1:len(t.text)-1], `""`, `"`) == string(name) {
				return true
			}
		case number, stringLiteral, open, closing, punctuation: // name nothing
		}
	}
	return false
}

// IsLiteral reports whether the text is a bare number, string, NULL, TRUE or
// FALSE: immutable without asking a server.
func (e Expression) IsLiteral() bool {
	tokens, err := lex(e.Text)
	if err != nil {
		return false
	}
	if len(tokens) == 2 && isSign(tokens[0]) && tokens[1].kind == number {
		return true
	}
	return len(tokens) == 1 && (tokens[0].kind == number || tokens[0].kind == stringLiteral || isConstantWord(tokens[0]))
}

// IsAtomic reports whether the text can stand where the grammar has room for a
// restricted expression only (DEFAULT within a column definition) and reads
// well without parentheses: a literal, a name, a function call, each perhaps
// with a cast.
func (e Expression) IsAtomic() bool {
	tokens, err := lex(e.Text)
	if err != nil {
		return false
	}
	if len(tokens) > 0 && isSign(tokens[0]) {
		tokens = tokens[1:]
		if len(tokens) != 1 || tokens[0].kind != number {
			return false
		}
	}
	rest, ok := skipPrimary(tokens)
	if !ok {
		return false
	}
	for len(rest) > 0 {
		if len(rest) < 3 || rest[0].text != ":" || rest[1].text != ":" {
			return false
		}
		if rest, ok = skipPrimary(rest[2:]); !ok {
			return false
		}
	}
	return true
}

// IsNotNullTest reports whether the text is "name IS NOT NULL" and nothing
// else, parentheses apart.
func (e Expression) IsNotNullTest(name Name) bool {
	tokens, err := lex(e.Text)
	if err != nil {
		return false
	}
	var bare []string
	for _, t := range tokens {
		switch t.kind {
		case open, closing:
			if t.text != "(" && t.text != ")" {
				return false
			}
		case word:
			bare = append(bare, strings.ToLower(t.text))
		case quotedIdentifier:
			bare = append(bare, t.text)
		default:
			return false
		}
	}
	quoted := `"` + strings.ReplaceAll(string(name), `"`, `""`) + `"`
	return len(bare) == 4 && (bare[0] == string(name) || bare[0] == quoted) &&
		bare[1] == "is" && bare[2] == "not" && bare[3] == "null"
}

func isSign(t token) bool { return t.text == "-" || t.text == "+" }

func isConstantWord(t token) bool {
	switch strings.ToLower(t.text) {
	case "null", "true", "false":
		return t.kind == word
	}
	return false
}

// skipPrimary skips a literal, or a dotted name with at most one argument list
// and any number of brackets behind it.
func skipPrimary(tokens []token) (rest []token, ok bool) {
	if len(tokens) == 0 {
		return nil, false
	}
	switch tokens[0].kind {
	case number, stringLiteral:
		return tokens[1:], true
	case word, quotedIdentifier:
	default:
		return nil, false
	}
	if strings.EqualFold(tokens[0].text, "not") || strings.EqualFold(tokens[0].text, "case") {
		return nil, false
	}
	rest = tokens[1:]
	for len(rest) >= 2 && rest[0].text == "." && (rest[1].kind == word || rest[1].kind == quotedIdentifier) {
		rest = rest[2:]
	}
	for len(rest) > 0 && rest[0].kind == open {
		depth := rest[0].depth
		rest = rest[1:]
		for rest[0].kind != closing || rest[0].depth != depth {
			rest = rest[1:]
		}
		rest = rest[1:]
	}
	return rest, true
}

// IsParenthesised reports whether one pair of parentheses encloses the text.
func (e Expression) IsParenthesised() bool {
	tokens, err := lex(e.Text)
	if err != nil || len(tokens) == 0 || tokens[0].text != "(" {
		return false
	}
	if tokens[0].offset != 0 || tokens[len(tokens)-1].offset != len(e.Text)-1 {
		return false // a comment before or behind it
	}
	for i, t := range tokens {
		if t.kind == closing && t.depth == 0 {
			return i == len(tokens)-1
		}
	}
	return false
}
