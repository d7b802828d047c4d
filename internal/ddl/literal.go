// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl

import "strings"

// Literal returns a text as an SQL string constant. A backslash makes it an
// escape string, as quote_literal() does, so that it means the same whatever
// standard_conforming_strings says.
func Literal(text string) string {
	quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	if strings.Contains(text, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

// literalOrNull is what COMMENT ... IS takes: NULL removes the comment.
func literalOrNull(text string) string {
	if text == "" {
		return "NULL"
	}
	return Literal(text)
}
