// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// ownerVariable turns this test binary into a process that starts a server and
// then ends in the way that the variable's value says.
const ownerVariable = "PGPHASE_PGTEST_OWNER"

func TestMain(m *testing.M) {
	if manner := os.Getenv(ownerVariable); manner != "" {
		beOwner(manner)
		return
	}
	// Tests of other packages look for leaked goroutines, and start servers: none
	// may come from here.
	goleak.VerifyTestMain(m)
}

func beOwner(manner string) {
	server, err := Launch(context.Background(), Newest())
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(server.watchdog.pid(), server.directory)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	switch manner {
	case "panic":
		panic("as asked")
	case "exit":
		os.Exit(3)
	case "killed":
		select {} // until the test kills us
	}
}

// TestServerEndsWithItsOwner ends a process that owns a server in every way, and
// looks for what is left.
func TestServerEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	Shared(t, Newest()) // skips where no server can be started
	for _, manner := range []string{"exit", "panic", "killed"} {
		t.Run(manner, func(t *testing.T) {
			t.Parallel()
			owner := exec.Command(os.Args[0])
			owner.Env = append(os.Environ(), ownerVariable+"="+manner)
			output, err := owner.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			input, err := owner.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := owner.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(output).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			var postmaster int
			var directory string
			if _, err := fmt.Sscan(line, &postmaster, &directory); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			processes := append(children(t, postmaster), postmaster)
			if len(processes) < 4 {
				t.Fatalf("the server has the processes %v only", processes)
			}
			if _, err := fmt.Fprintln(input); err != nil {
				t.Fatal(err)
			}
			if manner == "killed" {
				if err := owner.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			if err := owner.Wait(); err == nil {
				t.Error("the owner ended well")
			}
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				left := remains(processes, directory)
				if left == "" {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("after the end of its owner the server left %s", left)
				}
			}
		})
	}
}

func children(t *testing.T, parent int) []int {
	t.Helper()
	output, err := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(parent)).Output()
	if err != nil {
		t.Fatalf("ps: %v", err)
	}
	var pids []int
	for field := range strings.FieldsSeq(string(output)) {
		var pid int
		if _, err := fmt.Sscan(field, &pid); err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

func remains(processes []int, directory string) string {
	for _, pid := range processes {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			return fmt.Sprintf("process %d", pid)
		}
	}
	if _, err := os.Stat(directory); !errors.Is(err, os.ErrNotExist) {
		return directory
	}
	return ""
}
