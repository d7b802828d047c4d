// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// statementTimeout makes a statement that never ends a failure.
const statementTimeout = 30 * time.Second

// behaviours are what the sessions of a fleet do all the time, each one thing.
var behaviours = []struct {
	name string
	act  func(*session, context.Context) error
}{
	{"browsing", (*session).browse},
	{"check-out", (*session).checkOut},
	{"shipping", (*session).ship},
	{"accounts", (*session).keepAccounts},
}

// session is one of the application's.
type session struct {
	conn     *pgx.Conn
	recorder *recorder
	journal  *journal
	options  options
	fleet    *fleet
	// share is which rows are its own where two writers of one row could not
	// tell whose write came last: each of the fleets has every other one.
	share int64
	// writer is its name in the journal.
	writer string
	// runs is the release that the request at hand began with.
	runs  atomic.Int32
	count int64
}

func (s *session) release() release { return release(s.runs.Load()) }

// workload is the application.
type workload struct {
	// ahead and behind are its sessions: the ones get a release when the database
	// knows the new structure, the others when it is about to forget the old one.
	behind, ahead *fleet
	stop          context.CancelFunc
	done          sync.WaitGroup
}

// writers are the names in the journal.
func writers() (names []string) {
	for _, fleet := range []string{"old code", "new code"} {
		for _, b := range behaviours[1:] {
			names = append(names, fleet+", "+b.name)
		}
	}
	return names
}

// startWorkload connects and begins.
func startWorkload(ctx context.Context, url string, o options, recorder *recorder, journal *journal) (*workload, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	// A prepared SELECT of a column fails once after its type has changed, with
	// "cached plan must not change result type"; the plan says so. An
	// application behind a pooler has no prepared statements, nor has this one.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams["application_name"] = "shop"

	w := &workload{behind: &fleet{name: "old code"}, ahead: &fleet{name: "new code"}}
	var all []*session
	begin := func(f *fleet, share int64, name string) (*session, error) {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("connect the workload: %w", err), closeAll(ctx, all))
		}
		s := &session{conn: conn, recorder: recorder, journal: journal, options: o, fleet: f, share: share, writer: f.name + ", " + name}
		all = append(all, s)
		return s, nil
	}
	acts := map[*session]func(*session, context.Context) error{}
	for share, f := range []*fleet{w.behind, w.ahead} {
		for _, b := range behaviours {
			s, err := begin(f, int64(share), b.name)
			if err != nil {
				return nil, err
			}
			f.sessions = append(f.sessions, s)
			acts[s] = b.act
		}
	}
	// The report names nothing that changes, so no release concerns it.
	reporter, err := begin(&fleet{name: "any code"}, 0, "report")
	if err != nil {
		return nil, err
	}
	acts[reporter] = (*session).report

	ctx, w.stop = context.WithCancel(ctx)
	for _, s := range all {
		w.done.Go(func() {
			// The first failure of a session is not its last: an application goes on.
			for ctx.Err() == nil {
				s.runs.Store(s.fleet.wanted.Load())
				_ = acts[s](s, ctx)
				pause(ctx, o.think)
			}
			_ = closeAll(ctx, []*session{s})
		})
	}
	return w, nil
}

func closeAll(ctx context.Context, sessions []*session) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, s := range sessions {
		err = errors.Join(err, s.conn.Close(ctx))
	}
	return err
}

// end lets every session finish what it does.
func (w *workload) end() {
	w.stop()
	w.done.Wait()
}

// run sends a statement and records it. The end of the workload does not cancel
// it: that would be a failure that nobody has caused.
func (s *session) run(ctx context.Context, sql string, arguments ...any) error {
	_, err := s.query(ctx, sql, arguments...)
	return err
}

// query is run for a statement that returns rows.
func (s *session) query(ctx context.Context, sql string, arguments ...any) (result [][]any, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), statementTimeout)
	defer cancel()
	phase, started := s.recorder.current(), time.Now()
	rows, err := s.conn.Query(ctx, sql, arguments...)
	if err == nil {
		result, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
	}
	s.recorder.record(phase, sql, time.Since(started), err)
	return result, err
}

// transaction is a short one; a failure in it rolls it back.
func (s *session) transaction(ctx context.Context, begin string, body func() error) error {
	if err := s.run(ctx, begin); err != nil {
		return err
	}
	if err := body(); err != nil {
		return errors.Join(err, s.run(ctx, "ROLLBACK"))
	}
	return s.run(ctx, "COMMIT")
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
