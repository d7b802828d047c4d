// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode"
)

// Names come from the configuration and the database, and may be anything. They
// appear in code only: there Markdown, mentions and links mean nothing.

// visible writes control and formatting characters as what they are, so that no
// name ends its line or turns the direction of the text.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString("⏎")
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// code is a text in an HTML element: it holds in a line of Markdown, in a cell of
// a table and in a <summary>, where backticks do not. Within a line the contents
// of the element are Markdown still, so that its characters are entities.
func code(text string) string {
	escaped := markdownSpecial.Replace(html.EscapeString(visible(text)))
	return "<code>" + edgeUnderscore.ReplaceAllString(escaped, "$1&#95;") + "</code>"
}

var markdownSpecial = strings.NewReplacer(
	"\\", "&#92;", "`", "&#96;", "*", "&#42;", "[", "&#91;", "]", "&#93;", "|", "&#124;", "~", "&#126;",
	"@", "&#64;", "!", "&#33;", "://", "&#58;//", "www.", "www&#46;", "$", "&#36;",
)

// edgeUnderscore is an underscore that does not follow a letter or a digit: within
// a word it means nothing.
var edgeUnderscore = regexp.MustCompile(`(^|[^a-zA-Z0-9])_`)

// block is a text in a fence that nothing in it closes.
func block(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n", fence, language)
	for line := range strings.Lines(text) {
		for i, part := range strings.Split(strings.TrimSuffix(line, "\n"), "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(visible(part))
		}
		b.WriteByte('\n')
	}
	b.WriteString(fence + "\n")
	return b.String()
}

// comment is a text in a line of an SQL comment.
func comment(text string) string { return visible(text) }
