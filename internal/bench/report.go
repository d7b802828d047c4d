// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

// The goals: how much longer a plan may take than Terraform's own work, and how
// many statements it may send, whatever the number of resources.
const (
	goalRatio      = 1.5
	goalStatements = 20
)

// describe names what was measured on.
func describe(ctx context.Context, server *pgtest.Server, workspace *terraform.Workspace) (string, error) {
	result, err := workspace.Do(ctx, "version", "-json")
	if err != nil {
		return "", err
	}
	var version struct {
		Terraform string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(result.Output), &version); err != nil {
		return "", fmt.Errorf("read the version: %w", err)
	}
	return fmt.Sprintf("%s, %d processors, %s/%s; Terraform %s, PostgreSQL %d.%d, %s",
		processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, version.Terraform,
		server.VersionNum/10000, server.VersionNum%10000, runtime.Version()), nil
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

// report writes Markdown.
func report(w io.Writer, machine string, o options, tables, twins *subject) {
	fmt.Fprintf(w, "## Plan without changes, %d tables of 12 columns with 2 indexes each: %d resources\n\n%s\n\n", o.tables, 3*o.tables, machine)
	fmt.Fprintf(w, "Median of %d plans of each kind, in turns.\n\n", len(tables.plans))
	fmt.Fprintf(w, "| | %s | %s | ratio |\n|---|---:|---:|---:|\n", tables.title, twins.title)
	ratio := compare(w, "time of a plan (s)", "%.2f", tables.median(seconds), twins.median(seconds))
	fastest, slowest := tables.spread()
	fastestTwin, slowestTwin := twins.spread()
	fmt.Fprintf(w, "| fastest and slowest (s) | %.2f, %.2f | %.2f, %.2f | |\n",
		fastest.Seconds(), slowest.Seconds(), fastestTwin.Seconds(), slowestTwin.Seconds())
	compare(w, "processor time of a plan (s)", "%.2f", tables.median(cpuSeconds), twins.median(cpuSeconds))
	compare(w, "state (MB)", "%.1f", megabytes(tables.stateSize), megabytes(twins.stateSize))
	compare(w, fmt.Sprintf("applies that created it, %d tables at a time (s)", tablesPerFile), "%.1f", tables.created.Seconds(), twins.created.Seconds())
	compare(w, "peak memory of Terraform (MB)", "%.0f",
		tables.median(func(m measured) float64 { return megabytes(m.MaxRSS) }), twins.median(func(m measured) float64 { return megabytes(m.MaxRSS) }))
	var statements int
	var memory int64
	for _, p := range tables.plans {
		statements, memory = max(statements, p.statements), max(memory, p.provider)
	}
	fmt.Fprintf(w, "| peak memory of the provider (MB) | %.0f | | |\n", megabytes(memory))
	fmt.Fprintf(w, "| statements that a plan sends | %d | | |\n\n", statements)

	fmt.Fprintf(w, "| goal | measured | |\n|---|---:|---|\n")
	fmt.Fprintf(w, "| at most %.1f times the time | %.2f | %s |\n", goalRatio, ratio, reached(ratio <= goalRatio))
	fmt.Fprintf(w, "| at most %d statements | %d | %s |\n", goalStatements, statements, reached(statements <= goalStatements))
}

func compare(w io.Writer, what, format string, a, b float64) float64 {
	fmt.Fprintf(w, "| %s | "+format+" | "+format+" | %.2f |\n", what, a, b, a/b)
	return a / b
}

func reached(ok bool) string {
	if ok {
		return "reached"
	}
	return "missed"
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
