// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package schema

import "fmt"

// LockMode is a table-level lock mode of PostgreSQL, ordered by strength as in
// the manual, section 13.3.1. The zero value is no lock.
type LockMode int

// The lock modes, weakest first.
const (
	NoLock LockMode = iota
	AccessShare
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)

var lockModeNames = [...]string{
	"", "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE",
	"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE",
}

// String returns the spelling of the manual, or "" for NoLock.
func (m LockMode) String() string { return lockModeNames[m] }

// BlocksReads reports whether a plain SELECT waits for the lock.
func (m LockMode) BlocksReads() bool { return m == AccessExclusive }

// BlocksWrites reports whether INSERT, UPDATE and DELETE wait for the lock.
func (m LockMode) BlocksWrites() bool { return m >= Share }

// ParseLockMode reads the spelling of the manual and the one of pg_locks.mode
// ("AccessExclusiveLock").
func ParseLockMode(text string) (LockMode, error) {
	for mode, name := range lockModeNames {
		if text == name || text == pgLocksModes[mode] {
			return LockMode(mode), nil
		}
	}
	return NoLock, fmt.Errorf("%q is not a lock mode of PostgreSQL", text)
}

var pgLocksModes = [...]string{
	"", "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock",
	"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
}
