// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Kinds of faults.
const (
	kill      = "kill -9 of the provider"
	terminate = "pg_terminate_backend"
	crash     = "immediate stop of the server"
)

// fault is what goes wrong during one apply.
type fault struct {
	kind string
	// delay is how long after the provider has begun to work on a table.
	delay time.Duration
	// reader keeps transactions open on the table meanwhile, so that statements
	// wait for locks.
	reader time.Duration
}

func newFault(random *rand.Rand) fault {
	f := fault{kind: []string{kill, terminate, crash}[random.IntN(3)]}
	// Most of an apply's statements take no time at all.
	f.delay = time.Duration(random.IntN(150)) * time.Millisecond
	if random.IntN(2) == 0 {
		f.reader = time.Duration(50+random.IntN(400)) * time.Millisecond
		f.delay *= 4
	}
	return f
}

func (f fault) String() string {
	text := fmt.Sprintf("%s after %s", f.kind, f.delay)
	if f.reader > 0 {
		text += fmt.Sprintf(", with readers of %s", f.reader)
	}
	return text
}

// watch returns what makes the fault happen while a command runs.
func (f fault) watch(r *round) func(ctx context.Context, pid int) {
	return func(ctx context.Context, _ int) {
		conn, err := pgx.Connect(ctx, r.db.URL())
		if err != nil {
			return
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		reading, stop := context.WithCancel(ctx)
		read := make(chan struct{})
		go func() {
			defer close(read)
			f.read(reading, r)
		}()
		defer func() {
			stop()
			<-read
		}()
		if !atWork(ctx, conn) {
			return
		}
		pause(ctx, f.delay)
		if ctx.Err() != nil {
			return
		}
		r.hit = true
		f.strike(ctx, r, conn)
	}
}

// atWork waits until the provider has taken its lock on a table, which is where
// an apply begins to run statements.
func atWork(ctx context.Context, conn *pgx.Conn) bool {
	for ctx.Err() == nil {
		var found bool
		err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
			WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database() AND a.application_name = $1)`, executor.ApplicationName).Scan(&found)
		if found || err != nil {
			return found
		}
		pause(ctx, 5*time.Millisecond)
	}
	return false
}

func (f fault) strike(ctx context.Context, r *round, conn *pgx.Conn) {
	switch f.kind {
	case kill:
		if pid, err := providerPID(r.workspace.Dir); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	case terminate:
		_, _ = conn.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1", executor.ApplicationName)
	case crash:
		r.crowd.failing.Store(true)
		// The command may end before the server is back.
		ctx = context.WithoutCancel(ctx)
		if err := r.server.Halt(ctx, pgtest.Immediate); err != nil {
			r.Error(err)
		}
		if err := r.server.Resume(ctx); err != nil {
			r.Error(err)
		}
	}
}

// read keeps transactions open, one after the other.
func (f fault) read(ctx context.Context, r *round) {
	for f.reader > 0 && ctx.Err() == nil {
		conn, err := pgx.Connect(ctx, r.db.URL())
		if err != nil {
			pause(ctx, 20*time.Millisecond)
			continue
		}
		for err == nil && ctx.Err() == nil {
			_, err = conn.PgConn().Exec(ctx, "BEGIN; SELECT count(*) FROM pg_class; LOCK TABLE "+r.names[0]+" IN ACCESS SHARE MODE").ReadAll()
			pause(ctx, f.reader)
			if err == nil {
				_, err = conn.PgConn().Exec(ctx, "COMMIT").ReadAll()
			}
			pause(ctx, f.reader)
		}
		_ = conn.Close(context.WithoutCancel(ctx))
	}
}

func pause(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// pidFile is where a provider leaves its process id.
const pidFile = "provider.pid"

func providerPID(dir string) (int, error) {
	content, err := os.ReadFile(filepath.Join(dir, pidFile))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(content)))
}
