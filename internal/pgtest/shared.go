// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// setupTimeout bounds what comes before a first start: a download, initdb, and
// the wait for another process that does just that.
const setupTimeout = 10 * time.Minute

// slot holds the server of one major version that the process's tests share.
type slot struct {
	once   sync.Once
	server *Server
	err    error
}

var shared = func() map[int]*slot {
	slots := make(map[int]*slot, len(builds))
	for _, b := range builds {
		slots[b.major] = &slot{}
	}
	return slots
}()

// EachVersion runs a test on every major version under test, as parallel
// subtests. The server is shared by all tests of the process: tests use a
// [Server.Database] of their own and leave the cluster's settings alone.
func EachVersion(t *testing.T, test func(t *testing.T, server *Server)) {
	t.Helper()
	for _, major := range Versions() {
		t.Run(fmt.Sprintf("PostgreSQL %d", major), func(t *testing.T) {
			t.Parallel()
			test(t, Shared(t, major))
		})
	}
}

// Shared returns the server of a major version that all tests of the process
// share. It is started at the first call, and ends with the process.
func Shared(t testing.TB, major int) *Server {
	t.Helper()
	slot, ok := shared[major]
	if !ok {
		t.Fatalf("PostgreSQL %d is not supported, only %v", major, allMajors())
	}
	slot.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), setupTimeout)
		defer cancel()
		slot.server, slot.err = Launch(ctx, major)
	})
	require(t, slot.err)
	return slot.server
}

// Start starts a private server for a test, with its own settings; it ends with
// the test.
func Start(t testing.TB, major int, opts ...Option) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	server, err := Launch(ctx, major, opts...)
	require(t, err)
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stop PostgreSQL %d: %v", major, err)
		}
	})
	return server
}

// require ends the test unless the server started. Where no binaries are, a
// test is skipped on a contributor's machine; in continuous integration a
// skipped test would be a lie.
func require(t testing.TB, err error) {
	t.Helper()
	var unavailable *UnavailableError
	switch {
	case err == nil:
	case errors.As(err, &unavailable) && os.Getenv("CI") == "":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}
