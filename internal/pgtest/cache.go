// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// cacheDir returns a directory below the cache, which outlives the process.
//
// As root the user's cache directory is of no use: /root is mode 0700, and the
// server's unprivileged user could not execute a binary in it. /var/cache is
// where the filesystem hierarchy standard puts such data.
func cacheDir(account account, elements ...string) (string, error) {
	base := os.Getenv("PGPHASE_CACHE")
	switch {
	case base != "":
	case account.switched:
		base = "/var/cache/pgphase"
	default:
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find the cache directory (PGPHASE_CACHE overrides it): %w", err)
		}
		base = filepath.Join(user, "pgphase")
	}
	base, err := filepath.Abs(base)
	if err != nil {
		return "", fmt.Errorf("find the cache directory: %w", err)
	}
	dir := filepath.Join(append([]string{base}, elements...)...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("create the cache directory (PGPHASE_CACHE overrides it): %w", err)
	}
	if account.switched {
		if err := traversable(dir); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// traversable reports the first directory on the way to path that other users
// cannot enter.
func traversable(path string) error {
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("check that the server's user can reach %s: %w", path, err)
		}
		if info.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("the server's user cannot reach %s, because %s has mode %04o: set PGPHASE_CACHE to a directory that every user can enter",
				path, dir, info.Mode().Perm())
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

// once makes a directory that several processes want, exactly once: fill
// prepares a temporary directory beside it, which then takes its name in one
// rename. A lock file keeps the others waiting; the kernel releases it when its
// holder dies, so that a killed process leaves nothing that has to be repaired.
func once(ctx context.Context, path string, fill func(temporary string) error) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	unlock, err := lock(ctx, path+".lock")
	if err != nil {
		return err
	}
	defer unlock()

	if _, err := os.Stat(path); err == nil {
		return nil
	}
	temporary := path + ".part"
	if err := os.RemoveAll(temporary); err != nil { // left by a killed process
		return fmt.Errorf("remove what an interrupted run left: %w", err)
	}
	if err := os.Mkdir(temporary, 0o755); err != nil {
		return fmt.Errorf("prepare %s: %w", path, err)
	}
	if err := fill(temporary); err != nil {
		return errors.Join(err, os.RemoveAll(temporary))
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("publish %s: %w", path, err)
	}
	return nil
}

func lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			_ = file.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			_ = file.Close()
			return nil, fmt.Errorf("wait for the lock on %s: %w", path, err)
		}
	}
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
