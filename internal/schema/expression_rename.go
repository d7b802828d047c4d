// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import "strings"

// Words that may stand beside a column in what the server prints. Beside any
// other word a name can be part of a type (timestamp without time zone), a
// field (EXTRACT(year FROM ...)), a collation or an alias.
var (
	beforeColumn = wordSet("and or not case when then else between in like ilike similar to from any all array symmetric")
	afterColumn  = wordSet("and or is in not like ilike similar between when then else end collate at")
)

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}

// WithColumn returns the expression over another column in the place of one of
// the names, in the words of the server where those are known. It reports false
// where the text does not tell whether the name is that column.
func (e Expression) WithColumn(from, to Name) (Expression, bool) {
	text := e.Text
	if e.Canonical != "" {
		text = e.Canonical
	}
	tokens, err := lex(text)
	if err != nil {
		return e, false
	}
	var b strings.Builder
	done := 0
	for i, t := range tokens {
		is, sure := t.names(from)
		if !sure {
			return e, false
		}
		if !is {
			continue
		}
		column, sure := standsForColumn(tokens, i)
		if !sure {
			return e, false
		}
		if column {
			b.WriteString(text[done:t.offset] + to.Quote())
			done = t.offset + len(t.text)
		}
	}
	b.WriteString(text[done:])
	return Expression{Text: b.String(), Volatility: e.Volatility}, true
}

// names reports whether a token is the name, and whether that is sure.
func (t token) names(name Name) (is, sure bool) {
	switch {
	case t.kind == word:
		return strings.ToLower(t.text) == string(name), true
	case t.kind == quotedIdentifier && t.text[0] == '"':
		return strings.ReplaceAll(t.text[1:len(t.text)-1], `""`, `"`) == string(name), true
	}
	return false, t.kind != quotedIdentifier
}

// standsForColumn looks at what stands on either side of a name.
func standsForColumn(tokens []token, i int) (column, sure bool) {
	if i > 0 {
		switch before := tokens[i-1]; {
		case before.kind == word && !beforeColumn[strings.ToLower(before.text)]:
			return false, false
		case before.text == "." || before.text == ":":
			return false, true
		}
	}
	if i+1 < len(tokens) {
		switch after := tokens[i+1]; {
		case after.kind == word && !afterColumn[strings.ToLower(after.text)]:
			return false, false
		case after.text == ".":
			return false, true
		case after.text == "(":
			// A function of the same name.
			return false, true
		}
	}
	return true, true
}
