// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package review

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
)

// Form is a way to write a report, named like the end of its files.
type Form string

// The forms.
const (
	MarkdownForm Form = "md"
	HTMLForm     Form = "html"
	SARIFForm    Form = "sarif"
	JSONForm     Form = "json"
	SQLForm      Form = "sql"
)

// Writer writes a report in one form.
type Writer func(to io.Writer, r *Report) error

var forms = map[Form]Writer{
	MarkdownForm: func(to io.Writer, r *Report) error {
		_, err := io.WriteString(to, r.Markdown())
		return wrap(err)
	},
	HTMLForm:  writeHTML,
	SARIFForm: func(to io.Writer, r *Report) error { return writeJSON(to, r.sarif()) },
	JSONForm:  func(to io.Writer, r *Report) error { return writeJSON(to, r) },
	SQLForm: func(to io.Writer, r *Report) error {
		_, err := io.WriteString(to, r.script())
		return wrap(err)
	},
}

// Forms returns all of them.
func Forms() map[Form]Writer { return maps.Clone(forms) }

func writeJSON(to io.Writer, value any) error {
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	return wrap(encoder.Encode(value))
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
