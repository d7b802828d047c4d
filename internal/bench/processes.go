// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// childrenNamed finds the children of a process that run a program.
func childrenNamed(parent int, program string) (found []int) {
	// The kernel keeps 15 characters of a command's name.
	program = program[:min(len(program), 15)]
	for _, pid := range processes() {
		if p := processOf(pid); p.parent == parent && p.program == program {
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

// process is what Linux says about a process that runs; everything is zero
// where there is none, and where there is no /proc.
type process struct {
	program string
	parent  int
	// processor is its processor time, and ended that of its children that
	// have ended.
	processor, ended time.Duration
}

func processOf(pid int) process {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return process{}
	}
	// pid (name) state ppid ...; the name may hold anything.
	opening, closing := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if opening < 0 || closing < opening {
		return process{}
	}
	fields := strings.Fields(string(text[closing+1:]))
	field := func(n int) int { // of the manual page proc_pid_stat(5)
		if n-3 >= len(fields) {
			return 0
		}
		value, _ := strconv.Atoi(fields[n-3])
		return value
	}
	const ticks = 100 // sysconf(_SC_CLK_TCK)
	return process{
		string(text[opening+1 : closing]), field(4),
		time.Duration(field(14)+field(15)) * time.Second / ticks, time.Duration(field(16)+field(17)) * time.Second / ticks,
	}
}

func processes() (pids []int) {
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(filepath.Base(entry)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// familyTime is the processor time of a process and of its children.
func familyTime(parent int) time.Duration {
	p := processOf(parent)
	total := p.processor + p.ended
	for _, pid := range processes() {
		if child := processOf(pid); child.parent == parent {
			total += child.processor
		}
	}
	return total
}
