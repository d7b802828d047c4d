// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestBackoffDoublesUpToItsBound(t *testing.T) {
	t.Parallel()
	settings := Settings{BackoffMin: 100 * time.Millisecond, BackoffMax: 500 * time.Millisecond, Random: func() float64 { return 1 }}
	b := backoff{settings: &settings}
	var delays []time.Duration
	for b.attempts = 1; b.attempts <= 5; b.attempts++ {
		delays = append(delays, b.delay()/time.Millisecond)
	}
	if want := []time.Duration{100, 200, 400, 500, 500}; !slices.Equal(delays, want) {
		t.Errorf("delays are %v ms, want %v", delays, want)
	}
}

func TestBackoffHasJitter(t *testing.T) {
	t.Parallel()
	settings := Settings{BackoffMin: time.Second, BackoffMax: time.Second, Random: func() float64 { return 0 }}
	b := backoff{settings: &settings, attempts: 1}
	if got := b.delay(); got != 500*time.Millisecond {
		t.Errorf("the smallest delay is %s, want half of the full one", got)
	}
}

func TestBackoffEndsAtTheDeadline(t *testing.T) {
	t.Parallel()
	var slept time.Duration
	settings := Settings{
		LockDeadline: 10 * time.Second, BackoffMin: 3 * time.Second, BackoffMax: time.Minute,
		Random: func() float64 { return 1 },
		Sleep:  func(_ context.Context, d time.Duration) error { slept += d; return nil },
	}
	b := backoff{settings: &settings}
	tries := 0
	for {
		tries++
		b.attempts++
		again, err := b.next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !again {
			break
		}
	}
	if slept != settings.LockDeadline {
		t.Errorf("slept %s, want exactly the deadline, %s", slept, settings.LockDeadline)
	}
	if tries != 4 { // after 0s, 3s, 9s and 10s
		t.Errorf("%d attempts, want 4", tries)
	}
}

func TestBackoffStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	settings := Settings{}.withDefaults()
	b := backoff{settings: &settings, attempts: 1}
	if again, err := b.next(ctx); again || err == nil {
		t.Errorf("next() = %t, %v after a cancellation", again, err)
	}
}
