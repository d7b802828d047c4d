// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// goal is what was to be reached, and what was measured.
type goal struct {
	text, measured string
	reached        bool
}

func atMost(what string, limit, measured float64) goal {
	return goal{fmt.Sprintf("at most %.2f %s", limit, what), fmt.Sprintf("%.2f", measured), measured <= limit}
}

func atLeast(what string, limit, measured float64) goal {
	return goal{fmt.Sprintf("at least %.2f %s", limit, what), fmt.Sprintf("%.2f", measured), measured >= limit}
}

func writeGoals(w io.Writer, goals ...goal) {
	fmt.Fprintf(w, "| goal | measured | |\n|---|---:|---|\n")
	for _, g := range goals {
		word := "missed"
		if g.reached {
			word = "reached"
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", g.text, g.measured, word)
	}
	fmt.Fprintln(w)
}

// machine names what was measured on.
func machine() string {
	return fmt.Sprintf("%s, %d processors, %s/%s, %s", processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func serverVersion(server *pgtest.Server) string {
	return fmt.Sprintf("PostgreSQL %d.%d", server.VersionNum/10000, server.VersionNum%10000)
}

func processor() string {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(content)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func compare(w io.Writer, what, format string, a, b float64) float64 {
	fmt.Fprintf(w, "| %s | "+format+" | "+format+" | %.2f |\n", what, a, b, a/b)
	return a / b
}

func megabytes(bytes int64) float64 { return float64(bytes) / 1e6 }

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
