// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// errDeadline is why a concurrent statement was cancelled.
var errDeadline = errors.New("waited for other transactions until the lock deadline")

// buildWatch looks from a second connection at a concurrent statement. Such a
// statement waits for old transactions and snapshots, without blocking anybody,
// but possibly for ever; its lock_timeout would not tell waiting from working.
type buildWatch struct {
	cancel   context.CancelCauseFunc
	quit     context.CancelFunc
	done     chan struct{}
	waited   time.Duration
	blockers []Blocker
}

// watchBuild returns the statement's context besides: it ends at the deadline.
func (r *run) watchBuild(ctx context.Context) (context.Context, *buildWatch) {
	watched, cancel := context.WithCancelCause(ctx)
	quit, stop := context.WithCancel(ctx)
	w := &buildWatch{cancel: cancel, quit: stop, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		interval := r.watchInterval()
		last := time.Now()
		for sleep(quit, interval) == nil {
			progress, blockers := r.lookAtBuild(quit)
			elapsed := time.Since(last)
			last = last.Add(elapsed)
			if len(blockers) == 0 {
				r.settings.Observer.OnProgress(ctx, progress)
				continue
			}
			w.blockers = blockers
			w.waited += elapsed
			waited := r.backoff.waited + w.waited
			r.settings.Observer.OnBlocked(ctx, Blocked{Operation: r.op, Phase: progress.Phase, Waited: waited, Blockers: blockers})
			if waited >= r.settings.LockDeadline {
				cancel(errDeadline)
				return
			}
		}
	}()
	return watched, w
}

// stop returns how long the statement has waited, and for whom last.
func (w *buildWatch) stop() (time.Duration, []Blocker) {
	w.quit()
	<-w.done
	w.cancel(nil)
	return w.waited, w.blockers
}

// The view has one row a build; which of its counters moves depends on the
// phase (manual, section 27.4.4).
const progressQuery = `
SELECT phase,
	CASE WHEN phase LIKE 'waiting%' THEN lockers_done WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END,
	CASE WHEN phase LIKE 'waiting%' THEN lockers_total WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END
FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1`

func (r *run) lookAtBuild(quit context.Context) (Progress, []Blocker) {
	progress := Progress{Operation: r.op}
	var blockers []Blocker
	_ = r.session.executor.observe(quit, func(ctx context.Context, conn *pgx.Conn) error {
		var err error
		if blockers, err = readBlockers(ctx, conn, r.session.pid); err != nil {
			return err
		}
		err = conn.QueryRow(ctx, progressQuery, pgx.QueryExecModeExec, r.session.pid).
			Scan(&progress.Phase, &progress.Done, &progress.Total)
		if errors.Is(err, pgx.ErrNoRows) {
			// DROP INDEX CONCURRENTLY has no progress view.
			return nil
		}
		if err != nil {
			return fmt.Errorf("look at the build: %w", err)
		}
		return nil
	})
	return progress, blockers
}
