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

// ParseSeverity reads a value of a policy.
func ParseSeverity(text string) (Severity, error) {
	var names []string
	for _, s := range PolicySeverities() {
		if s.String() == text {
			return s, nil
		}
		names = append(names, strconv.Quote(s.String()))
	}
	return Ignore, fmt.Errorf("%q is not a severity: write %s or %s", text, strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}
