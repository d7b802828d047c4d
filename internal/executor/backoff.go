// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"time"
)

// backoff paces the attempts of one operation: exponential, with jitter so
// that two waiters do not stay in step, until the deadline.
type backoff struct {
	settings *Settings
	attempts int
	// waited is the time spent waiting, in attempts that failed and between
	// them. Work that an attempt did before it failed does not count.
	waited time.Duration
}

// next sleeps before another attempt, or reports false when the deadline has
// been reached. The last pause is cut so that the last attempt ends about at
// the deadline.
func (b *backoff) next(ctx context.Context) (bool, error) {
	left := b.settings.LockDeadline - b.waited
	if left <= 0 {
		return false, nil
	}
	pause := min(b.delay(), left)
	if err := b.settings.Sleep(ctx, pause); err != nil {
		return false, err
	}
	b.waited += pause
	return true, nil
}

func (b *backoff) delay() time.Duration {
	delay := b.settings.BackoffMin
	for range b.attempts - 1 {
		if delay *= 2; delay >= b.settings.BackoffMax {
			delay = b.settings.BackoffMax
			break
		}
	}
	return time.Duration(float64(delay) * (0.5 + b.settings.Random()/2))
}
