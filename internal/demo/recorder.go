// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"slices"
	"sync"
	"time"
)

// recorder keeps what happened to each statement of the workload, by phase of
// the story. A statement belongs to the phase in which it was sent.
type recorder struct {
	mu     sync.Mutex
	phases []*phase
}

// phase is a stretch of time with a name.
type phase struct {
	name      string
	latencies []time.Duration
	failures  []failure
	// longest is the statement that took most time.
	longest   time.Duration
	longestIn string
}

// failure is a statement that the application was told had failed.
type failure struct {
	sql string
	err error
}

// begin starts a phase; statements that are on their way stay with the one
// before.
func (r *recorder) begin(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phases = append(r.phases, &phase{name: name})
}

// current is the phase that a statement that starts now belongs to.
func (r *recorder) current() *phase {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.phases[len(r.phases)-1]
}

// record adds a statement that has ended.
func (r *recorder) record(p *phase, sql string, latency time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.latencies = append(p.latencies, latency)
	if latency > p.longest {
		p.longest, p.longestIn = latency, sql
	}
	if err != nil {
		p.failures = append(p.failures, failure{sql, err})
	}
}

// summary is what a report says of a phase.
type summary struct {
	name         string
	statements   int
	failures     []failure
	median, p99  time.Duration
	longest      time.Duration
	longestQuery string
}

func (r *recorder) summaries() []summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]summary, len(r.phases))
	for i, p := range r.phases {
		sorted := slices.Sorted(slices.Values(p.latencies))
		list[i] = summary{
			name: p.name, statements: len(sorted), failures: slices.Clone(p.failures),
			median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), longest: p.longest, longestQuery: p.longestIn,
		}
	}
	return list
}

// quantile returns the smallest value that is not below a share q of all.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
