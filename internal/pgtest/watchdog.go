// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// watchdogScript starts a server and outlives our process for as long as it
// takes to stop it. Its standard input is a pipe whose only writing end is in
// our process (close-on-exec, so that no child of ours inherits it): "read"
// returns when that end is closed, be it by us, by exit, by a panic or by
// SIGKILL. The parent-death signal of Linux would not do: it is bound to the
// thread that started the child, and Go ends threads at will.
//
// $1 is the server's directory, the rest its command line. The line "keep"
// ends a watchdog whose server has already stopped and is to start again in the
// same directory under a new one.
//
// SIGQUIT is the immediate shutdown: nobody needs a checkpoint of data that is
// removed next.
const watchdogScript = `
directory=$1
shift
(
	"$@" </dev/null >>"$directory/log" 2>&1 &
	echo $! >"$directory/pid.part" && mv "$directory/pid.part" "$directory/pid"
	wait $!
	echo $? >"$directory/exit.part" && mv "$directory/exit.part" "$directory/exit"
) &
command=
read -r command
if [ "$command" != keep ]; then
	while [ ! -e "$directory/pid" ]; do sleep 0.01; done
	[ -e "$directory/exit" ] || kill -QUIT "$(cat "$directory/pid")"
fi
wait
[ "$command" = keep ] || rm -rf "$directory"
`

// watchdog is the process that runs watchdogScript for one run of a server.
type watchdog struct {
	directory string
	process   *exec.Cmd
	pipe      io.WriteCloser
}

func startWatchdog(directory string, account account, server ...string) (*watchdog, error) {
	for _, name := range []string{"pid", "exit"} {
		if err := os.Remove(filepath.Join(directory, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("forget the server's last run: %w", err)
		}
	}
	process := exec.Command( //nolint:noctx // the watchdog outlives whatever a caller's context stands for
		"/bin/sh", append([]string{"-c", watchdogScript, "pgtest-watchdog", directory}, server...)...)
	process.Dir = directory
	process.Env = environment()
	process.SysProcAttr = account.processAttributes()
	pipe, err := process.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("start watchdog: %w", err)
	}
	return &watchdog{directory: directory, process: process, pipe: pipe}, nil
}

// pid returns the process id of the server, or 0 before it is started.
func (w *watchdog) pid() int {
	return w.number("pid", 0)
}

// exited says whether the server has ended, and how.
func (w *watchdog) exited() (status int, ended bool) {
	status = w.number("exit", -1)
	return status, status >= 0
}

func (w *watchdog) number(name string, absent int) int {
	content, err := os.ReadFile(filepath.Join(w.directory, name))
	if err != nil {
		return absent
	}
	number, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return absent
	}
	return number
}

func (w *watchdog) signal(signal syscall.Signal) error {
	if _, ended := w.exited(); ended {
		return nil
	}
	pid := w.pid()
	if pid == 0 {
		return errors.New("the server has no process id yet")
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("send %v to the server: %w", signal, err)
	}
	return nil
}

// dismiss ends the watchdog of a server that has ended, and leaves its
// directory.
func (w *watchdog) dismiss() error {
	_, err := io.WriteString(w.pipe, "keep\n")
	return errors.Join(err, w.pipe.Close(), w.process.Wait())
}

// end stops the server if it runs, and removes its directory.
func (w *watchdog) end() error {
	return errors.Join(w.pipe.Close(), w.process.Wait())
}
