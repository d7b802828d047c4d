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
	if err := run(t.Context(), &output, options{terraform: program, major: pgtest.Newest(), tables: tablesPerFile + 1, runs: 1, cpuProfile: profile}); err != nil {
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

func TestPeakMemoryFindsTheChild(t *testing.T) {
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
	var memory peakMemory
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	memory.watch(ctx, os.Getpid()) // no provider among our children
	if memory.bytes != 0 {
		t.Errorf("%d bytes of nothing", memory.bytes)
	}
}
