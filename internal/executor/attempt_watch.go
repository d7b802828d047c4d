// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// errTotal is why an attempt was cancelled whose waits took too long together.
var errTotal = errors.New("waited for several locks, too long in all")

// attemptWatch looks from a second connection at an attempt, in order to know
// who blocks it: afterwards the server no longer tells.
type attemptWatch struct {
	cancel   context.CancelCauseFunc
	quit     context.CancelFunc
	done     chan struct{}
	blockers []Blocker
}

// watchAttempt returns the attempt's context besides, which ends when the attempt
// has waited too long. It takes the first look after a quarter of the lock timeout, so an
// attempt that meets nobody costs nothing.
func (r *run) watchAttempt(ctx context.Context, l limits) (context.Context, *attemptWatch) {
	watched, cancel := context.WithCancelCause(ctx)
	quit, stop := context.WithCancel(ctx)
	w := &attemptWatch{cancel: cancel, quit: stop, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		start := time.Now()
		interval := min(max(l.lock/4, 10*time.Millisecond), time.Second)
		for {
			if sleep(quit, interval) != nil {
				return
			}
			elapsed := time.Since(start)
			if elapsed > 2*l.lock {
				// It has its locks and works.
				interval = 5 * time.Second
			}
			blockers := r.look(quit)
			if len(blockers) == 0 {
				continue
			}
			w.blockers = blockers
			r.settings.Observer.OnBlocked(ctx, Blocked{
				Operation: r.op, Waited: r.backoff.waited + elapsed, Blockers: blockers,
			})
			if l.total && elapsed >= l.lock {
				cancel(errTotal)
				return
			}
		}
	}()
	return watched, w
}

// look returns who blocks the session now. It is nil when that cannot be
// seen: not knowing does not stop the work.
func (r *run) look(quit context.Context) []Blocker {
	var blockers []Blocker
	_ = r.session.executor.observe(quit, func(ctx context.Context, conn *pgx.Conn) (err error) {
		blockers, err = readBlockers(ctx, conn, r.session.pid)
		return err
	})
	return blockers
}

// stop returns the blockers that were seen last.
func (w *attemptWatch) stop() []Blocker {
	w.quit()
	<-w.done
	w.cancel(nil)
	return w.blockers
}
