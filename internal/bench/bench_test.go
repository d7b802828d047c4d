// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// TestFewStatements runs the whole measurement over few tables. Times say
// nothing here; the number of statements does, as it must not grow.
func TestFewStatements(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: tests that run terraform are left out")
	}
	program := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if program == "" {
		program = "terraform"
	}
	var output bytes.Buffer
	profile := filepath.Join(t.TempDir(), "cpu.pprof")
	if err := run(t.Context(), &output, options{only: "plan", terraform: program, major: pgtest.Newest(), tables: tablesPerFile + 1, runs: 1, cpuProfile: profile}); err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`statements that a plan sends \| (\d+) `).FindStringSubmatch(output.String())
	if match == nil {
		t.Fatalf("no statements in:\n%s", &output)
	}
	if n, _ := strconv.Atoi(match[1]); n == 0 || n > goalStatements {
		t.Errorf("a plan of %d resources sends %d statements, want 1 to %d:\n%s", 3*(tablesPerFile+1), n, goalStatements, &output)
	}
	if runtime.GOOS == "linux" && strings.Contains(output.String(), "peak memory of the provider (MB) | 0 ") {
		t.Errorf("the provider's memory was not seen:\n%s", &output)
	}
	if info, err := os.Stat(profile); err != nil || info.Size() == 0 {
		t.Errorf("the profile: %v, %v", info, err)
	}
}

// TestChangesAskLittle runs the measurement over few tables: that a look at the
// server is one statement for each table that changes.
func TestChangesAskLittle(t *testing.T) {
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: tests that run terraform are left out")
	}
	program := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if program == "" {
		program = "terraform"
	}
	var output bytes.Buffer
	if err := run(t.Context(), &output, options{only: "changes", terraform: program, major: pgtest.Newest(), changed: 3, runs: 1}); err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`statements that a plan sends \| (\d+) \| (\d+) `).FindStringSubmatch(output.String())
	if match == nil {
		t.Fatalf("no statements in:\n%s", &output)
	}
	looks, _ := strconv.Atoi(match[1])
	blind, _ := strconv.Atoi(match[2])
	if looks <= blind || looks > blind+3+liveStatements {
		t.Errorf("%d statements with live checks, %d without:\n%s", looks, blind, &output)
	}
	if !strings.Contains(output.String(), "statements more for each table | 0.00 | reached |") {
		t.Errorf("the goal of the statements:\n%s", &output)
	}
}

func TestConfigurationsDeclareTheSame(t *testing.T) {
	t.Parallel()
	const tables = tablesPerFile + 1
	count := func(files []file, text string) (n int) {
		for _, f := range files {
			n += strings.Count(f.content, text)
		}
		return n
	}
	subject, twin := pgphaseConfiguration(tables, "postgres://"), twinConfiguration(tables)
	if len(subject) != 3 || len(twin) != 3 {
		t.Errorf("%d and %d files, want 3 each", len(subject), len(twin))
	}
	for text, want := range map[string]int{"\nresource \"pgphase_table\"": tables, "\nresource \"pgphase_index\"": 2 * tables, "type = \"": 12 * tables} {
		if got := count(subject, text); got != want {
			t.Errorf("%q is there %d times, want %d", text, got, want)
		}
	}
	if got := count(twin, "\nresource \"terraform_data\""); got != 3*tables {
		t.Errorf("%d twins, want %d", got, 3*tables)
	}
	if got := count(twin, "type = \""); got != 12*tables {
		t.Errorf("%d columns of twins, want %d", got, 12*tables)
	}
}

func TestJoinStates(t *testing.T) {
	t.Parallel()
	joined, err := joinStates([][]byte{
		[]byte(`{"version":4,"lineage":"a","resources":[{"name":"x"}]}`), []byte(`{"version":4,"lineage":"b","resources":[{"name":"y"},{"name":"z"}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Version   int
		Lineage   string
		Resources []struct{ Name string }
	}
	if err := json.Unmarshal(joined, &state); err != nil {
		t.Fatal(err)
	}
	if state.Version != 4 || state.Lineage != "a" || len(state.Resources) != 3 || state.Resources[2].Name != "z" {
		t.Errorf("%s", joined)
	}
	for name, states := range map[string][][]byte{"none": nil, "no JSON": {[]byte("{")}, "no resources": {[]byte("{}")}} {
		if _, err := joinStates(states); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, values := range map[float64][]float64{0: nil, 2: {3, 1, 2}, 2.5: {4, 1, 2, 3}} {
		if got := median(values); got != want {
			t.Errorf("the median of %v is %v, want %v", values, got, want)
		}
	}
}

func TestUsageFindsTheChild(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("there is no /proc")
	}
	child := exec.CommandContext(t.Context(), "sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	// Between fork and exec the child has our name still.
	var found []int
	for deadline := time.Now().Add(10 * time.Second); found == nil && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		found = childrenNamed(os.Getpid(), "sleep")
	}
	if !slices.Equal(found, []int{child.Process.Pid}) {
		t.Fatalf("found %v, want %d", found, child.Process.Pid)
	}
	if highWaterMark(found[0]) == 0 {
		t.Error("it has no memory")
	}
	if other := childrenNamed(os.Getpid(), "no-such-program"); other != nil {
		t.Errorf("found %v for a program that does not run", other)
	}
	nothing := usage{}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	nothing.watch(ctx, os.Getpid()) // no provider among our children
	if len(nothing) > 0 || nothing.peakMemory() != 0 || nothing.processor() != 0 {
		t.Errorf("%v of nothing", nothing)
	}
}

// TestShortBackfill and TestShortTriggers run the whole measurements over few
// rows: that they measure what they say, not how long it takes. They check
// themselves that every row is what it has to be.
func TestShortBackfill(t *testing.T) {
	t.Parallel()
	output := short(t, options{only: "backfill", major: pgtest.Newest(), rows: 3000, runs: 1})
	for _, line := range []string{"| 1 worker | ", "| 2 workers | ", "| 1 worker, trigger | ", "| 2 workers, trigger | ", "times the WAL, 2 workers, trigger"} {
		if !strings.Contains(output, line) {
			t.Errorf("no %q in:\n%s", line, output)
		}
	}
	if match := regexp.MustCompile(`\| one UPDATE \| \d+ \| 1\.00 \|.*\| (\d+\.\d) \| 1\.00 \|`).FindStringSubmatch(output); match == nil || match[1] == "0.0" {
		t.Errorf("the plain UPDATE wrote nothing:\n%s", output)
	}
}

func TestShortTriggers(t *testing.T) {
	t.Parallel()
	output := short(t, options{only: "trigger", major: pgtest.Newest(), updates: 20, runs: 2})
	for _, kind := range updateKinds {
		for _, table := range []string{"no trigger", "column renamed", "column computed"} {
			if !strings.Contains(output, "| "+kind.name+" | "+table+" | ") {
				t.Errorf("no %s update with %s in:\n%s", kind.name, table, output)
			}
		}
	}
}

func short(t *testing.T, o options) string {
	t.Helper()
	pgtest.Shared(t, o.major) // skips where there is none
	var output bytes.Buffer
	if err := run(t.Context(), &output, o); err != nil {
		t.Fatal(err)
	}
	return output.String()
}

func TestGoals(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	writeGoals(&output, atMost("times it", 1.5, 1.5), atMost("times it", 1.5, 1.51), atLeast("of it", 0.9, 0.9), atLeast("of it", 0.9, 0.89))
	for _, line := range []string{
		"| at most 1.50 times it | 1.50 | reached |", "| at most 1.50 times it | 1.51 | missed |",
		"| at least 0.90 of it | 0.90 | reached |", "| at least 0.90 of it | 0.89 | missed |",
	} {
		if !strings.Contains(output.String(), line+"\n") {
			t.Errorf("no %s in:\n%s", line, &output)
		}
	}
}

// What is measured in turns is compared with its neighbour.
func TestRatio(t *testing.T) {
	t.Parallel()
	if got := ratio([]float64{2, 20, 3000}, []float64{1, 10, 1000}); got != 2 {
		t.Errorf("%v", got)
	}
}

func TestUnknownMeasurement(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), &bytes.Buffer{}, options{only: "nothing"}); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("%v", err)
	}
}
