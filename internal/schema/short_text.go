// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"regexp"
	"strings"
)

// The server prints types and expressions so that nothing is left to guess, and
// people write less. What these functions return means the same to the server,
// which is known without asking it.

// typeModifier is what a type has in parentheses: (9), (10,2).
var typeModifier = regexp.MustCompile(`\([^()]*\)`)

// shortTypes are the everyday names, by the words around a modifier.
var shortTypes = []struct{ before, after, short string }{
	{"character varying", "", "varchar"},
	{"timestamp", " without time zone", "timestamp"},
	{"timestamp", " with time zone", "timestamptz"},
	{"time", " without time zone", "time"},
	{"time", " with time zone", "timetz"},
}

// Short is the everyday spelling of the type: varchar(9), timestamptz, text[].
func (t Type) Short() string {
	text := t.SQL()
	element := strings.TrimRight(text, "[]")
	modifier := typeModifier.FindString(element)
	for _, s := range shortTypes {
		if element == s.before+modifier+s.after {
			return s.short + modifier + text[len(element):]
		}
	}
	return text
}

// Bare is the expression without the parentheses around all of it, in the words
// of the server where those are known.
func (e Expression) Bare() string {
	text := e.Text
	if e.Canonical != "" {
		text = e.Canonical
	}
	text = strings.TrimSpace(text)
	for (Expression{Text: text}).IsParenthesised() {
		inner := strings.TrimSpace(text[1 : len(text)-1])
		if (Expression{Text: inner}).Validate() != nil { // (a, b) is a row
			break
		}
		text = inner
	}
	return text
}

// castLiteral is a string with a cast, as the server prints constants.
var castLiteral = regexp.MustCompile(`^('(?:[^']|'')*')::(.+)$`)

var (
	negativeInteger = regexp.MustCompile(`^'(-\d+)'$`)
	negativeDecimal = regexp.MustCompile(`^'(-\d+\.\d+)'$`)
)

// ShortDefault is the default without the cast to the column's own type, which
// the server adds to a literal: 'free' for 'free'::text. It is empty where there
// is none.
func (c Column) ShortDefault() string {
	if c.Default == nil {
		return ""
	}
	text := c.Default.Bare()
	literal := castLiteral.FindStringSubmatch(text)
	if literal == nil {
		return text
	}
	unmodified := typeModifier.ReplaceAllString(c.Type.SQL(), "")
	if literal[2] != unmodified && (unmodified != "character" || literal[2] != "bpchar") {
		return text
	}
	if n := negativeInteger.FindStringSubmatch(literal[1]); n != nil && unmodified == "integer" {
		return n[1]
	}
	if n := negativeDecimal.FindStringSubmatch(literal[1]); n != nil && unmodified == "numeric" {
		return n[1]
	}
	return literal[1]
}

// Wrapped is the bare expression with every AND and OR that is outside of
// parentheses at the beginning of a line, unless it has lines already.
func (e Expression) Wrapped() string {
	text := e.Bare()
	tokens, err := lex(text)
	if err != nil || strings.Contains(text, "\n") {
		return text
	}
	var b strings.Builder
	done := 0
	for i, t := range tokens {
		if i > 0 && t.kind == word && t.depth == 0 && (t.text == "AND" || t.text == "OR") {
			b.WriteString(strings.TrimRight(text[done:t.offset], " ") + "\n")
			done = t.offset
		}
	}
	b.WriteString(text[done:])
	return b.String()
}

// SaysAs reports whether the texts of both differ in nothing but the kind of
// space between words and in parentheses around all of it: the server reads the
// same.
func (e Expression) SaysAs(other Expression) bool {
	a, sure := Expression{Text: e.Text}.spaced()
	b, also := Expression{Text: other.Text}.spaced()
	return sure && also && a == b
}

// spaced is the bare text with one space where there is any.
func (e Expression) spaced() (string, bool) {
	text := e.Bare()
	tokens, err := lex(text)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	end := 0
	for _, t := range tokens {
		if t.offset > end {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
		end = t.offset + len(t.text)
	}
	return b.String(), true
}
