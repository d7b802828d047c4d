// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	recorder := &recorder{}
	recorder.begin("calm")
	calm := recorder.current()
	recorder.record(calm, "SELECT 1", time.Millisecond, nil)
	recorder.begin("storm")
	recorder.record(recorder.current(), "SELECT 2", 700*time.Millisecond, nil)
	recorder.record(recorder.current(), "SELECT 3", time.Millisecond, errors.New("refused"))
	recorder.record(calm, "SELECT 4", 3*time.Millisecond, nil) // sent before the storm

	phases := recorder.summaries()
	if phases[0].statements != 2 || phases[0].longest != 3*time.Millisecond || phases[1].statements != 2 {
		t.Errorf("summaries: %+v", phases)
	}
	if err := judge(phases[:1], 700*time.Millisecond, true).err(); err != nil {
		t.Errorf("a calm phase: %v", err)
	}
	v := judge(phases[1:], 700*time.Millisecond, false)
	v.accounts = []account{{writer: "honest", words: 3, differences: 2}, {writer: "idle"}}
	err := v.err()
	for _, want := range []string{"1 statements of the workload failed", "refused", "SELECT 3", "took 700.0 ms", "storm", "not empty", "2 values", `"idle" wrote`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the verdict is %v, without %q", err, want)
		}
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var sorted []time.Duration
	for i := range 100 {
		sorted = append(sorted, time.Duration(i+1))
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 51, 0.99: 100, 1: 100} {
		if got := quantile(sorted, q); got != want {
			t.Errorf("quantile %v of 1..100 is %d, want %d", q, got, want)
		}
	}
	if quantile(nil, 0.5) != 0 {
		t.Error("the quantile of nothing is not 0")
	}
}

func TestSayWraps(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	story{&text}.sayf("%s", strings.Repeat("word ", 60))
	for line := range strings.Lines(text.String()) {
		if len(line) > width+1 {
			t.Errorf("%d characters: %q", len(line), line)
		}
	}
	if strings.Count(text.String(), "word") != 60 || strings.Count(text.String(), "\n") != 3 {
		t.Errorf("%q", text.String())
	}
}
