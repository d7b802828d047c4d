// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// pollInterval is how often the provider's memory is looked at. Its peak only
// grows, so that what is missed is what it grew in its last moments.
const pollInterval = 10 * time.Millisecond

// peakMemory watches the providers that a Terraform process starts. It is 0
// where there is no /proc.
type peakMemory struct{ bytes int64 }

// watch is for [terraform.Workspace.RunWatched].
func (p *peakMemory) watch(ctx context.Context, parent int) {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		// Terraform starts several, one after the other: for the schema, to
		// validate, to plan.
		for _, pid := range childrenNamed(parent, terraform.ProviderBinary) {
			p.bytes = max(p.bytes, highWaterMark(pid))
		}
	}
}

// childrenNamed finds the children of a process that run a program.
func childrenNamed(parent int, program string) (found []int) {
	// The kernel keeps 15 characters of a command's name.
	program = program[:min(len(program), 15)]
	statuses, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	for _, path := range statuses {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// pid (name) state ppid ...; the name may hold anything.
		before, after, _ := strings.Cut(string(content), "("+program+")")
		fields := strings.Fields(after)
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(before)); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

// highWaterMark is the largest resident set that a process has had.
func highWaterMark(pid int) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kilobytes * 1024
		}
	}
	return 0
}
