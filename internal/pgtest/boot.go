// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

var (
	errStopped     = errors.New("the server has been stopped, and its data removed")
	errPortTaken   = errors.New("another process listens on the port")
	errMemoryInUse = errors.New("processes of the last run are still there")
)

// maxSocketPath is the room for a socket's path in sockaddr_un: 108 bytes on
// Linux, 104 on macOS and the BSDs, with a final zero.
const maxSocketPath = 103

// serverDirectory makes the directory that holds everything of one server: data,
// socket, log.
func serverDirectory(account account) (string, error) {
	base := os.TempDir()
	if len(filepath.Join(base, "pgphase-1234567890", ".s.PGSQL.65535")) > maxSocketPath {
		base = "/tmp"
	}
	if account.switched && traversable(base) != nil {
		base = "/var/tmp"
	}
	directory, err := os.MkdirTemp(base, "pgphase-") // mode 0700
	if err != nil {
		return "", fmt.Errorf("create the server's directory: %w", err)
	}
	return directory, account.own(directory)
}

// prepare makes the data directory and its configuration.
func (s *Server) prepare(ctx context.Context, programs installation, o options) error {
	data := s.data()
	if err := clone(ctx, programs, s.account, data); err != nil {
		return err
	}
	if o.tls {
		if err := s.certify(&o); err != nil {
			return err
		}
	}
	if o.hba != nil {
		if err := s.write("data/pg_hba.conf", o.authentication()); err != nil {
			return err
		}
	}
	return s.configure(o)
}

// configure appends to the server's settings: of several settings of one
// parameter the last one counts.
func (s *Server) configure(o options) error {
	initial, err := os.ReadFile(filepath.Join(s.data(), "postgresql.conf"))
	if err != nil {
		return fmt.Errorf("configure the server: %w", err)
	}
	return s.write("data/postgresql.conf", string(initial)+o.configuration())
}

func (s *Server) data() string { return filepath.Join(s.directory, "data") }

// write writes a file of the server, with the mode that PostgreSQL asks of keys.
func (s *Server) write(name, content string) error {
	path := filepath.Join(s.directory, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return fmt.Errorf("configure the server: %w", err)
	}
	return s.account.own(path)
}

// boot runs the server until it answers.
func (s *Server) boot(ctx context.Context) error {
	if s.watchdog != nil {
		if _, ended := s.watchdog.exited(); !ended {
			return fmt.Errorf("PostgreSQL %d is running", s.Major)
		}
		if err := s.watchdog.dismiss(); err != nil {
			return fmt.Errorf("dismiss the watchdog of the last run: %w", err)
		}
		s.watchdog = nil
	}
	var mark Mark
	if _, err := os.Stat(s.log.path); err == nil {
		if mark, err = s.log.Mark(); err != nil {
			return err
		}
	}
	guard, err := startWatchdog(s.directory, s.account, filepath.Join(s.BinDir, serverProgram),
		"-D", s.data(), "-k", s.SocketDir, "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port))
	if err != nil {
		return err
	}
	s.watchdog = guard
	return s.await(ctx, mark)
}

func (s *Server) await(ctx context.Context, mark Mark) error {
	for {
		err := s.greet(ctx)
		if err == nil {
			return nil
		}
		if status, ended := s.watchdog.exited(); ended {
			return s.startError(status, mark)
		}
		if pause(ctx, 20*time.Millisecond) != nil {
			text, logErr := s.log.text(mark)
			return errors.Join(fmt.Errorf("PostgreSQL %d does not answer: %w\n%s", s.Major, err, text), logErr)
		}
	}
}

func (s *Server) greet(ctx context.Context) error {
	conn, err := s.connect(ctx, "postgres")
	if err != nil {
		return err
	}
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&s.VersionNum)
	return errors.Join(err, conn.Close(ctx))
}

func (s *Server) startError(status int, mark Mark) error {
	text, err := s.log.text(mark)
	if err != nil {
		return err
	}
	switch {
	case strings.Contains(text, "could not create any TCP/IP sockets"):
		err = errPortTaken
	case strings.Contains(text, "is still in use") || strings.Contains(text, "lock file \"postmaster.pid\" already exists"):
		err = errMemoryInUse
	default:
		err = fmt.Errorf("exit status %d", status)
	}
	return fmt.Errorf("PostgreSQL %d did not start: %w\n%s", s.Major, err, text)
}

// The ports of servers lie below those that systems hand out to outgoing
// connections (from 32768 on Linux, from 49152 elsewhere): a server that is halted
// finds its port free when it resumes.
const (
	firstPort = 20000
	ports     = 12000
)

// freePort picks a port at random, which keeps servers of several processes apart.
func freePort() (int, error) {
	var err error
	for range 100 {
		port := firstPort + rand.IntN(ports)
		var listener *net.TCPListener
		if listener, err = net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}); err == nil {
			return port, listener.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}
