// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"sync/atomic"
	"time"
)

// release is a version of the application: which columns its statements name.
type release int32

const (
	original   release = iota
	renamed            // users.display_name, not login
	nameSplit          // users.first_name and last_name, not full_name
	widened            // ids are 64 bits wide
	withoutFax         // users has no fax
)

// fleet is a part of the application's sessions that gets a release at once.
type fleet struct {
	name string
	// wanted is the release that sessions begin their next request with.
	wanted atomic.Int32
	// large lets new orders have ids beyond those of an integer.
	large    atomic.Bool
	sessions []*session
}

// deploy gives a release to every session, and returns when no session is still
// in the middle of something that it began with an older one.
func (f *fleet) deploy(ctx context.Context, r release) error {
	f.wanted.Store(int32(r))
	for _, s := range f.sessions {
		for release(s.runs.Load()) != r {
			pause(ctx, time.Millisecond)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
	}
	return nil
}
