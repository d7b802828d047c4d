// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package terraform

import (
	"regexp"
	"runtime"
	"strings"
	"syscall"
)

// overrideWarning is what Terraform and OpenTofu say about dev_overrides before
// everything else: lines that are wrapped at a width of their choice, in a box
// or, with -no-color, without.
var overrideWarning = regexp.MustCompile(`(?s)(╷\n)?[│ ]*\n?Warning: Provider development overrides are in effect\n.*?published[│\s]+releases\.\n(╵\n)?`)

func withoutOverrideWarning(output string) string {
	return overrideWarning.ReplaceAllString(output, "")
}

// PlanText is what a person reads of the output of plan: without the progress of
// the refresh, and without the advice on how a saved plan is applied.
func PlanText(output string) string {
	if at := strings.LastIndex(output, "\n─────"); at >= 0 && strings.Contains(output[at:], "Saved the plan to") {
		output = output[:at]
	}
	var kept []string
	for line := range strings.Lines(output) {
		if strings.Contains(line, ": Refreshing state... [id=") || strings.Contains(line, ": Reading...") || strings.Contains(line, ": Read complete after ") {
			continue
		}
		kept = append(kept, line)
	}
	return strings.TrimSpace(strings.Join(kept, "")) + "\n"
}

// maxRSSBytes converts ru_maxrss: kilobytes, but on macOS bytes.
func maxRSSBytes(usage *syscall.Rusage) int64 {
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss * 1024
}
