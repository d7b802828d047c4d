// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"math/rand/v2"
	"time"
)

// Settings are how long to wait for what. A zero field takes its default.
//
//	field              default   bounds
//	LockTimeout        500ms     how long another session may wait behind us
//	WeakLockTimeout    5s        the same for locks that block neither reads nor writes
//	LockDeadline       10m       all waiting for the locks of one operation
//	BriefTimeout       10s       one statement of the class Brief, waiting included
//	BackoffMin         250ms     pause after the first failed attempt
//	BackoffMax         15s       pause after later ones; it doubles each time
//	BackfillTarget     100ms     duration that a batch adapts to
//	Pause              0         pause between batches
//	MaxReplicationLag  10s       replay lag above which a backfill waits
//	Workers            1         connections that fill one table; the pool needs room (ReserveWorkers)
//	CleanupTimeout     30s       rollback, unlock and removal of an invalid index
type Settings struct {
	LockTimeout       time.Duration
	WeakLockTimeout   time.Duration
	LockDeadline      time.Duration
	BriefTimeout      time.Duration
	BackoffMin        time.Duration
	BackoffMax        time.Duration
	BackfillTarget    time.Duration
	Pause             time.Duration
	MaxReplicationLag time.Duration
	Workers           int
	CleanupTimeout    time.Duration

	// SuppressTriggers keeps a backfill from firing the table's triggers, by
	// session_replication_role = replica. Where the role may not set that, or
	// foreign keys or deferrable constraints of the filled columns would not
	// be checked either, the backfill fails with a *TriggersError.
	SuppressTriggers bool

	// Observer is told what happens; nil for nobody.
	Observer Observer
	// Sleep waits, or returns the context's error. Nil for the real clock.
	Sleep func(context.Context, time.Duration) error
	// Random returns a number in [0, 1), for jitter. Nil for math/rand.
	Random func() float64
}

func (s Settings) withDefaults() Settings {
	setDefault(&s.LockTimeout, 500*time.Millisecond)
	setDefault(&s.WeakLockTimeout, max(5*time.Second, s.LockTimeout))
	setDefault(&s.LockDeadline, 10*time.Minute)
	setDefault(&s.BriefTimeout, 10*time.Second)
	setDefault(&s.BackoffMin, 250*time.Millisecond)
	setDefault(&s.BackoffMax, 15*time.Second)
	setDefault(&s.BackfillTarget, 100*time.Millisecond)
	setDefault(&s.MaxReplicationLag, 10*time.Second)
	s.Workers = max(s.Workers, 1)
	setDefault(&s.CleanupTimeout, 30*time.Second)
	if s.Observer == nil {
		s.Observer = Silent{}
	}
	if s.Sleep == nil {
		s.Sleep = sleep
	}
	if s.Random == nil {
		s.Random = rand.Float64
	}
	return s
}

func setDefault(field *time.Duration, value time.Duration) {
	if *field <= 0 {
		*field = value
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
