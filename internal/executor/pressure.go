// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// pressure looks, while a backfill runs, at what it does to others.
type pressure struct {
	quit context.CancelFunc
	done chan struct{}
	// waiters counts how often somebody was seen waiting for our locks.
	waiters atomic.Int64
	// lag is the largest replay lag of a standby, in nanoseconds.
	lag atomic.Int64
}

const (
	pressureInterval = 200 * time.Millisecond
	lagEvery         = 5 // intervals
)

func (e *Executor) watchPressure(ctx context.Context, pids []int32) *pressure {
	quit, stop := context.WithCancel(ctx)
	p := &pressure{quit: stop, done: make(chan struct{})}
	_ = e.observe(quit, p.readLag)
	go func() {
		defer close(p.done)
		for i := 1; sleep(quit, pressureInterval) == nil; i++ {
			_ = e.observe(quit, func(ctx context.Context, conn *pgx.Conn) error {
				if err := p.readWaiters(ctx, conn, pids); err != nil || i%lagEvery != 0 {
					return err
				}
				return p.readLag(ctx, conn)
			})
		}
	}()
	return p
}

func (p *pressure) stop() {
	p.quit()
	<-p.done
}

func (p *pressure) readWaiters(ctx context.Context, conn *pgx.Conn, pids []int32) error {
	// pg_locks is readable for every role, unlike the wait events of others.
	var waiters bool
	err := conn.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM pg_catalog.pg_locks
		WHERE NOT granted AND pid <> ALL ($1::int[]) AND pg_catalog.pg_blocking_pids(pid) && $1::int[])`,
		pgx.QueryExecModeExec, pids).Scan(&waiters)
	if waiters {
		p.waiters.Add(1)
	}
	return err
}

// readLag sees standbys only where our role may (pg_read_all_stats); for the
// others replay_lag is NULL.
func (p *pressure) readLag(ctx context.Context, conn *pgx.Conn) error {
	var seconds float64
	err := conn.QueryRow(ctx, `
		SELECT coalesce(extract(epoch FROM max(replay_lag)), 0)::float8 FROM pg_catalog.pg_stat_replication`,
		pgx.QueryExecModeExec).Scan(&seconds)
	if err == nil {
		p.lag.Store(int64(seconds * float64(time.Second)))
	}
	return err
}

// yield waits before a batch: for the configured pause, for those who had to
// wait for the batch before, for standbys that lag.
func (w *worker) yield(ctx context.Context, first bool) error {
	pause, pressure := w.settings.Pause, w.pass.pressure
	if first {
		pause = 0
	}
	if seen := pressure.waiters.Load(); seen != w.seen {
		w.seen = seen
		w.size.shrink()
		pause = max(pause, w.settings.BackfillTarget)
	}
	if pause > 0 {
		if err := w.settings.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	for {
		lag := time.Duration(pressure.lag.Load())
		if lag <= w.settings.MaxReplicationLag {
			return context.Cause(ctx)
		}
		w.settings.Observer.OnBlocked(ctx, Blocked{Operation: w.op, Phase: w.pass.table.String(), ReplicationLag: lag})
		if err := w.settings.Sleep(ctx, time.Second); err != nil {
			return err
		}
		w.waited += time.Second
	}
}
