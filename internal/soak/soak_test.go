// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package soak

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"go.uber.org/goleak"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/terraform"
)

var (
	rounds = flag.Int("rounds", 20, "how many rounds")
	seeded = flag.Uint64("seed", 1, "the seed of the first round, the next one has the next seed; 0 for a random one")
	major  = flag.Int("postgres", 0, "the major `version` of all servers; 0 for all that are under test")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSoak goes through the rounds, a few at a time.
func TestSoak(t *testing.T) { //nolint:tparallel // the report waits for the rounds
	t.Parallel()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("TF_ACC is not set: tests that run terraform are left out")
	}
	majors := pgtest.Versions()
	if *major != 0 {
		majors = []int{*major}
	}
	first := *seeded
	if first == 0 {
		first = rand.Uint64N(1_000_000_000)
	}
	provider := buildProvider(t)
	slots := make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	var mu sync.Mutex
	var done []*round
	t.Run("rounds", func(t *testing.T) {
		for i := range *rounds {
			r := newRound(first+uint64(i), majors)
			t.Run(fmt.Sprintf("%d %s", r.seed, r.kind), func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					done = append(done, r)
				}()
				r.run(t, provider)
			})
		}
	})
	t.Log(report(done))
}

// A seed is the same round each time, and successive seeds come by everything.
func TestRoundsFollowFromSeeds(t *testing.T) {
	t.Parallel()
	majors := []int{14, 15, 16, 17, 18}
	seen := map[string]int{}
	for seed := range uint64(300) {
		r := newRound(seed, majors)
		if again := newRound(seed, majors); again.String() != r.String() || again.before != r.before {
			t.Errorf("two rounds of one seed:\n%s\n%s", r, again)
		}
		at := start
		for i, next := range r.path {
			if next == at || next == start && r.oneWay || (next == contract) != (i == len(r.path)-1) || at == start && next == contract {
				t.Errorf("step %d makes no sense: %s", i+1, r)
			}
			at = next
		}
		seen[r.kind]++
		seen[r.fault.kind]++
		seen[strconv.Itoa(r.major)]++
		seen[r.kind+strconv.Itoa(r.major)]++
	}
	if want := len(kinds) + 3 + len(majors) + len(kinds)*len(majors); len(seen) != want {
		t.Errorf("%d of %d choices come up: %v", len(seen), want, seen)
	}
}

// report is the table of all rounds.
func report(done []*round) string {
	slices.SortFunc(done, func(a, b *round) int { return cmp.Compare(a.seed, b.seed) })
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nseed\tPostgreSQL\ttransition\tsteps\tfault\thit\tapplies\twrites\tunanswered\tseconds\t\t")
	hits, failed := 0, 0
	var writes int64
	for _, r := range done {
		result := "ok"
		if r.Failed() {
			result = "FAILED"
			failed++
		}
		hit := "-"
		if r.hit {
			hit = string(r.path[r.at])
			hits++
		}
		var written, unanswered int64
		if r.crowd != nil {
			written, unanswered = r.crowd.writes.Load(), r.crowd.unanswered.Load()
		}
		writes += written
		fmt.Fprintf(w, "%d\t%d\t%s\t%d\t%s\t%s\t%d\t%d\t%d\t%.1f\t%s\t\n", r.seed, r.major, r.kind, len(r.path), strings.Fields(r.fault.kind)[0], hit,
			r.applies, written, unanswered, r.elapsed.Seconds(), result)
	}
	_ = w.Flush()
	fmt.Fprintf(&text, "%d rounds, %d faults that hit an apply at work, %d writes, %d rounds failed\n", len(done), hits, writes, failed)
	return text.String()
}

// buildProvider returns a directory with a program that leaves its process id
// in the directory it is started in, and becomes the provider.
func buildProvider(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if err := terraform.Build(ctx, dir); err != nil {
		t.Fatal(err)
	}
	binary, program := filepath.Join(dir, terraform.ProviderBinary), filepath.Join(dir, "provider")
	if err := os.Rename(binary, program); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\necho $$ >%s\nexec '%s' \"$@\"\n", pidFile, program)
	if err := os.WriteFile(binary, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func newWorkspace(t *testing.T, provider string) *terraform.Workspace {
	t.Helper()
	program := cmp.Or(os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform")
	if _, err := exec.LookPath(program); err != nil {
		t.Fatal(err)
	}
	workspace, err := terraform.NewWorkspace(t.TempDir(), program, provider)
	if err != nil {
		t.Fatal(err)
	}
	return workspace
}
