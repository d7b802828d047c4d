// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOnceFillsOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wanted")
	var fills atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			err := once(t.Context(), path, func(temporary string) error {
				fills.Add(1)
				time.Sleep(100 * time.Millisecond) // so that the others meet the lock
				return os.WriteFile(filepath.Join(temporary, "content"), nil, 0o600)
			})
			if err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(path, "content")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if fills := fills.Load(); fills != 1 {
		t.Errorf("filled %d times", fills)
	}
}

func TestOnceAfterFailures(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "wanted")
	broken := errors.New("broken")
	if err := once(t.Context(), path, func(string) error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("got %v, want the error of fill", err)
	}
	// As a process leaves it that is killed halfway.
	if err := os.MkdirAll(filepath.Join(path+".part", "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := once(t.Context(), path, func(temporary string) error { return os.Mkdir(filepath.Join(temporary, "whole"), 0o700) }); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != "whole" {
		t.Errorf("the directory holds %v", entries)
	}
}

func TestLockHonoursContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestTraversable(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.MkdirAll(filepath.Join(closed, "open"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := traversable(filepath.Join(closed, "open")); err == nil || !strings.Contains(err.Error(), "PGPHASE_CACHE") {
		t.Errorf("got %v, want advice", err)
	}
	if err := traversable("/"); err != nil {
		t.Error(err)
	}
}
