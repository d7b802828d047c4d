// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

import (
	"fmt"
	"strconv"
	"strings"
)

var severityNames = []string{"ignore", "info", "warning", "error"}

// String returns "ignore", "info", "warning" or "error".
func (s Severity) String() string { return severityNames[s] }

// PolicySeverities are the values of a policy, mildest first. Terraform shows
// warnings and errors: Info is the default of what is said on demand only.
func PolicySeverities() []Severity { return []Severity{Ignore, Warning, Error} }

// ParseSeverity reads a value of a policy. The error names the nearest one.
func ParseSeverity(text string) (Severity, error) {
	var names, quoted []string
	for _, s := range PolicySeverities() {
		if s.String() == text {
			return s, nil
		}
		names, quoted = append(names, s.String()), append(quoted, strconv.Quote(s.String()))
	}
	choice := strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
	if near := nearest(strings.ToLower(text), names); near != "" {
		return Ignore, fmt.Errorf("%q is not a severity; did you mean %q? Write %s", text, near, choice)
	}
	return Ignore, fmt.Errorf("%q is not a severity: write %s", text, choice)
}
