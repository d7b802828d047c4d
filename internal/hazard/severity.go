// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package hazard

import (
	"fmt"
	"slices"
	"strings"
)

var severityNames = []string{"ignore", "info", "warning", "error"}

// String returns the spelling of the severity policy.
func (s Severity) String() string { return severityNames[s] }

// SeverityNames are the values of the severity policy, mildest first.
func SeverityNames() []string { return slices.Clone(severityNames) }

// ParseSeverity reads a value of the severity policy.
func ParseSeverity(text string) (Severity, error) {
	if i := slices.Index(severityNames, text); i >= 0 {
		return Severity(i), nil
	}
	return Ignore, fmt.Errorf("%q is not a severity: write one of %s", text, strings.Join(severityNames, ", "))
}
