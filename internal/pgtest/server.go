// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// startTimeout bounds a start, recovery after a crash included.
const startTimeout = 2 * time.Minute

// ownApplication is the application_name of this package's own sessions.
const ownApplication = "pgtest"

// Server is a running PostgreSQL server that belongs to this process.
type Server struct {
	Major      int    // such as 16
	VersionNum int    // server_version_num, such as 160014
	BinDir     string // directory of the programs it was started from
	SocketDir  string // directory of its unix socket
	Port       int    // its port on 127.0.0.1, also part of the socket's name
	Authority  string // file of the certificate authority, with [TLS]

	directory string
	account   account
	log       *Log

	mu       sync.Mutex
	watchdog *watchdog // of the present or last run
	stopped  bool
}

// ShutdownMode says how a server goes down.
type ShutdownMode struct {
	name   string
	signal syscall.Signal
}

// The ways to halt a server.
var (
	// Fast ends all sessions, writes a checkpoint and ends in order.
	Fast = ShutdownMode{"fast", syscall.SIGINT}
	// Immediate ends without a checkpoint: the next start recovers from the log.
	Immediate = ShutdownMode{"immediate", syscall.SIGQUIT}
	// Crash kills the postmaster with SIGKILL, which leaves its lock file, and
	// sessions that end only as they notice.
	Crash = ShutdownMode{"crash", syscall.SIGKILL}
)

func (m ShutdownMode) String() string { return m.name }

// Launch starts a server of a major version. The server ends with [Server.Stop]
// and at the latest with this process. Without binaries for the version the
// error is an [UnavailableError].
func Launch(ctx context.Context, major int, opts ...Option) (*Server, error) {
	account, err := serverAccount()
	if err != nil {
		return nil, &UnavailableError{serverProgram, major, err}
	}
	programs, err := findInstallation(ctx, major, account)
	if err != nil {
		return nil, err
	}
	return launch(ctx, major, account, programs, func(s *Server) error {
		return s.prepare(ctx, programs, newOptions(opts))
	})
}

// launch starts a server in a new directory, once prepare has filled it.
func launch(ctx context.Context, major int, account account, programs installation, prepare func(*Server) error) (_ *Server, err error) {
	directory, err := serverDirectory(account)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Major: major, BinDir: programs.bin, SocketDir: directory,
		directory: directory, account: account, log: &Log{filepath.Join(directory, "log")},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop(), os.RemoveAll(directory))
		}
	}()
	if err := prepare(s); err != nil {
		return nil, fmt.Errorf("prepare PostgreSQL %d: %w", major, err)
	}
	for range 5 { // a free port may be taken by another process before the server binds it
		if s.Port, err = freePort(); err != nil {
			return nil, err
		}
		if err = s.Resume(ctx); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Log returns the server's log.
func (s *Server) Log() *Log { return s.log }

// URL returns the connection URL of a database, over TCP, as the superuser.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User("postgres"), Host: "127.0.0.1:" + strconv.Itoa(s.Port),
		Path: "/" + database, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// connect opens a session of the package itself, over the unix socket.
func (s *Server) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, fmt.Sprintf("host=%s port=%d user=postgres dbname=%s application_name=%s sslmode=disable connect_timeout=30",
		s.SocketDir, s.Port, database, ownApplication))
}

// Stop ends the server and removes its data. It may be called twice.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || s.watchdog == nil {
		return nil
	}
	s.stopped = true
	return s.watchdog.end()
}

// Halt takes the server down and keeps its data for [Server.Resume].
func (s *Server) Halt(ctx context.Context, mode ShutdownMode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errStopped
	}
	if err := s.watchdog.signal(mode.signal); err != nil {
		return err
	}
	for {
		if _, ended := s.watchdog.exited(); ended {
			return nil
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("wait for the %s shutdown of PostgreSQL %d: %w", mode, s.Major, err)
		}
	}
}

// Resume starts a server again that was halted, on the same port.
func (s *Server) Resume(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errStopped
	}
	for {
		err := s.boot(ctx)
		// The sessions of a crashed server hold its memory until they notice.
		if !errors.Is(err, errMemoryInUse) || pause(ctx, 50*time.Millisecond) != nil {
			return err
		}
	}
}
