// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where a text stops being what it has to be. It is found
// without a server, so it is about quoting and nesting only.
type SyntaxError struct {
	// Text is what was read.
	Text string
	// Offset counts bytes of Text from 0.
	Offset int
	// Reason is a clause: "a string is not closed".
	Reason string
}

func (e *SyntaxError) Error() string {
	line := 1 + strings.Count(e.Text[:e.Offset], "\n")
	column := 1 + utf8.RuneCountInString(e.Text[strings.LastIndexByte(e.Text[:e.Offset], '\n')+1:e.Offset])
	if line == 1 {
		return fmt.Sprintf("%s at character %d of %q", e.Reason, column, e.Text)
	}
	return fmt.Sprintf("%s at line %d, character %d of %q", e.Reason, line, column, e.Text)
}

type tokenKind int

const (
	word tokenKind = iota
	quotedIdentifier
	number
	stringLiteral
	open
	closing
	punctuation
)

// token is a lexical element of SQL (manual, section 4.1); comments and space
// are none.
type token struct {
	kind   tokenKind
	text   string
	offset int
	// depth is the number of parentheses and brackets around it; those
	// themselves count as outside.
	depth int
}

type lexer struct {
	text   string
	pos    int
	nested []token
	tokens []token
}

// lex splits an SQL fragment into tokens. It refuses what could reach beyond
// the fragment once it is part of a statement: something left open, a
// semicolon, a line comment without its end.
func lex(text string) ([]token, error) {
	l := &lexer{text: text}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return nil, l.fail(i, "a NUL character, which PostgreSQL cannot store, stands")
	}
	if !utf8.ValidString(text) {
		return nil, l.fail(0, "bytes that are not UTF-8 stand")
	}
	for l.pos < len(text) {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	if n := len(l.nested); n > 0 {
		return nil, l.fail(l.nested[n-1].offset, fmt.Sprintf("%q is not closed that opens", l.nested[n-1].text))
	}
	return l.tokens, nil
}

func (l *lexer) fail(offset int, reason string) error { return &SyntaxError{l.text, offset, reason} }

func (l *lexer) rest() string { return l.text[l.pos:] }

func (l *lexer) emit(kind tokenKind, end int) {
	l.tokens = append(l.tokens, token{kind, l.text[l.pos:end], l.pos, len(l.nested)})
	l.pos = end
}

func (l *lexer) next() error {
	c := l.text[l.pos]
	switch {
	case strings.IndexByte(" \t\n\r\f\v", c) >= 0:
		l.pos++
		return nil
	case strings.HasPrefix(l.rest(), "--"):
		end := strings.IndexAny(l.rest(), "\n\r")
		if end < 0 {
			return l.fail(l.pos, "a -- comment without an end of line, which would swallow what follows, starts")
		}
		l.pos += end + 1
		return nil
	case strings.HasPrefix(l.rest(), "/*"):
		return l.blockComment()
	case c == ';':
		return l.fail(l.pos, "a semicolon, which would end the statement, stands")
	case c == '(' || c == '[':
		l.emit(open, l.pos+1)
		l.nested = append(l.nested, l.tokens[len(l.tokens)-1])
		return nil
	case c == ')' || c == ']':
		return l.close(c)
	case c == '\'':
		return l.quoted(l.pos, '\'', stringLiteral, false)
	case c == '"':
		return l.quoted(l.pos, '"', quotedIdentifier, false)
	case c == '$':
		return l.dollarQuoted()
	case isWordStart(c):
		return l.word()
	case c >= '0' && c <= '9', c == '.' && l.pos+1 < len(l.text) && isDigit(l.text[l.pos+1]):
		return l.number()
	default:
		l.emit(punctuation, l.pos+1)
		return nil
	}
}

// wholeNumber is what every supported version, or the newest, reads as a number.
var wholeNumber = regexp.MustCompile(`^(?:(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?|0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)$`)

// number reads a number. One that runs into letters or a $ is refused:
// PostgreSQL 14 begins a name or a string there, later versions do not.
func (l *lexer) number() error {
	end := l.pos
	for ; end < len(l.text); end++ {
		c := l.text[end]
		sign := (c == '+' || c == '-') && (l.text[end-1] == 'e' || l.text[end-1] == 'E') && end+1 < len(l.text) && isDigit(l.text[end+1])
		if !isDigit(c) && !isWordStart(c) && c != '.' && !sign {
			break
		}
	}
	if !wholeNumber.MatchString(l.text[l.pos:end]) || end < len(l.text) && l.text[end] == '$' {
		return l.fail(l.pos, "a number with something else right behind it stands")
	}
	l.emit(number, end)
	return nil
}

func (l *lexer) close(c byte) error {
	n := len(l.nested)
	if n == 0 {
		return l.fail(l.pos, fmt.Sprintf("%q, which nothing opens, stands", string(c)))
	}
	opened := l.nested[n-1]
	if (opened.text == "(") != (c == ')') {
		return l.fail(l.pos, fmt.Sprintf("%q, where %q is still open, stands", string(c), opened.text))
	}
	l.nested = l.nested[:n-1]
	l.emit(closing, l.pos+1)
	return nil
}

// blockComment skips a comment; they nest (manual, section 4.1.5).
func (l *lexer) blockComment() error {
	depth := 0
	for i := l.pos; i < len(l.text); i++ {
		switch {
		case strings.HasPrefix(l.text[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(l.text[i:], "*/"):
			depth--
			i++
			if depth == 0 {
				l.pos = i + 1
				return nil
			}
		}
	}
	return l.fail(l.pos, "a /* comment is not closed that starts")
}

// continuation is what may stand between two parts of one string, with the
// quote that opens the second one (manual, section 4.1.2.1). It matters where a
// backslash means something in the second part because of an E before the first.
var continuation = regexp.MustCompile(`^(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'`)

// quoted reads from the opening quote at start; the token begins at l.pos,
// where a prefix such as E or U& may stand.
func (l *lexer) quoted(start int, quote byte, kind tokenKind, escapes bool) error {
	for i := start + 1; i < len(l.text); i++ {
		switch {
		case escapes && l.text[i] == '\\':
			i++
		case l.text[i] != quote:
		case i+1 < len(l.text) && l.text[i+1] == quote:
			i++
		case escapes && continuation.MatchString(l.text[i+1:]):
			i += len(continuation.FindString(l.text[i+1:]))
		case quote == '"' && i == start+1:
			return l.fail(start, "an empty quoted name stands")
		default:
			l.emit(kind, i+1)
			return nil
		}
	}
	if quote == '"' {
		return l.fail(start, "a quoted name is not closed that starts")
	}
	return l.fail(start, "a string is not closed that starts")
}

func (l *lexer) dollarQuoted() error {
	end := l.pos + 1
	for end < len(l.text) && (isWordStart(l.text[end]) || end > l.pos+1 && isDigit(l.text[end])) {
		end++
	}
	if end == len(l.text) || l.text[end] != '$' {
		return l.fail(l.pos, "a $ that neither quotes a string nor belongs to a name stands")
	}
	tag := l.text[l.pos : end+1]
	length := strings.Index(l.text[end+1:], tag)
	if length < 0 {
		return l.fail(l.pos, fmt.Sprintf("a string that %s closes is not closed and starts", tag))
	}
	l.emit(stringLiteral, end+1+length+len(tag))
	return nil
}

func (l *lexer) word() error {
	end := l.pos + 1
	for end < len(l.text) && (isWordStart(l.text[end]) || isDigit(l.text[end]) || l.text[end] == '$') {
		end++
	}
	prefix, after := strings.ToLower(l.text[l.pos:end]), l.text[end:]
	switch {
	case prefix == "e" && strings.HasPrefix(after, "'"):
		return l.quoted(end, '\'', stringLiteral, true)
	case (prefix == "b" || prefix == "x" || prefix == "n") && strings.HasPrefix(after, "'"):
		return l.quoted(end, '\'', stringLiteral, false)
	case prefix == "u" && strings.HasPrefix(after, "&'"):
		return l.quoted(end+1, '\'', stringLiteral, false)
	case prefix == "u" && strings.HasPrefix(after, `&"`):
		return l.quoted(end+1, '"', quotedIdentifier, false)
	}
	l.emit(word, end)
	return nil
}

// isWordStart reports what may start a name: letters, underscore and every
// byte of a multi-byte character, as in PostgreSQL's scan.l.
func isWordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
