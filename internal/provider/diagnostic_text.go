// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import "strings"

// indent sets SQL apart from prose, as Terraform prints indented lines as
// they are.
func indent(text string) string {
	if strings.TrimSpace(text) == "" {
		return "    (nothing)"
	}
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}

// capitalize turns the text of an error into the start of a sentence.
func capitalize(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
