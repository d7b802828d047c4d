// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package terraform

import (
	"runtime"
	"strings"
	"syscall"
)

const overrideWarning = "Provider development overrides are in effect"

// withoutOverrideWarning removes what Terraform says about dev_overrides before
// everything else.
func withoutOverrideWarning(output string) string {
	at := strings.Index(output, overrideWarning)
	if at < 0 {
		return output
	}
	start := strings.LastIndex(output[:at], "╷")
	end := strings.Index(output[at:], "╵\n")
	if start < 0 || end < 0 {
		return output
	}
	return output[:start] + output[at+end+len("╵\n"):]
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
