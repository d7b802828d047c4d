// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// standbyName is the application_name of a standby's receiver, as
// pg_stat_replication and synchronous_standby_names know it.
const standbyName = "standby"

// StartStandby starts a streaming hot standby of a private server for a test;
// see [LaunchStandby].
func StartStandby(t testing.TB, primary *Server, opts ...Option) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	standby, err := LaunchStandby(ctx, primary, opts...)
	require(t, err)
	t.Cleanup(func() {
		if err := standby.Stop(); err != nil {
			t.Errorf("stop the standby: %v", err)
		}
	})
	return standby
}

// LaunchStandby starts a streaming hot standby with the primary's settings,
// certificate and pg_hba.conf; of the options only [Setting] and [Durable] matter. A test makes it lag with pg_wal_replay_pause().
//
// The primary is halted for the copy, which ends its sessions: the npm builds
// have no pg_basebackup. The standby has no replication slot; it depends on the
// WAL that the primary keeps.
func LaunchStandby(ctx context.Context, primary *Server, opts ...Option) (*Server, error) {
	programs := installation{bin: primary.BinDir}
	standby, err := launch(ctx, primary.Major, primary.account, programs, func(s *Server) error {
		if err := primary.Halt(ctx, Fast); err != nil {
			return err
		}
		err := runAs(ctx, s.account, s.directory, "cp", "-R", primary.data(), s.data())
		// Up again before the standby asks for the first time.
		if err := errors.Join(err, primary.Resume(ctx)); err != nil {
			return err
		}
		return s.follow(primary, opts)
	})
	if err != nil {
		return nil, err
	}
	if err := standby.awaitStreaming(ctx, primary); err != nil {
		return nil, errors.Join(err, standby.Stop())
	}
	return standby, nil
}

// follow makes a copy of the primary's data a standby's.
func (s *Server) follow(primary *Server, opts []Option) error {
	o := options{settings: map[string]string{
		"hot_standby": "on",
		"primary_conninfo": fmt.Sprintf("host=%s port=%d user=postgres application_name=%s sslmode=disable",
			primary.SocketDir, primary.Port, standbyName),
	}}
	for _, option := range opts {
		option(&o)
	}
	if err := os.Remove(filepath.Join(s.data(), "postmaster.opts")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("prepare the standby: %w", err)
	}
	return errors.Join(s.configure(o), s.write("data/standby.signal", ""))
}

func (s *Server) awaitStreaming(ctx context.Context, primary *Server) error {
	conn, err := primary.connect(ctx, "postgres")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for {
		var streaming bool
		err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = $1 AND state = 'streaming')`,
			standbyName).Scan(&streaming)
		if err != nil || streaming {
			return err
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("wait until the standby streams: %w", err)
		}
	}
}
