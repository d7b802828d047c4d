// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
)

// yieldVacuum makes autovacuum step aside when it was what blocked an attempt.
//
// Autovacuum gives up for a session that has waited for deadlock_timeout (1s
// unless configured otherwise), which an attempt with a lock timeout of 500ms
// never does: a table that is vacuumed for hours could not be changed for
// hours. To wait that long for the strong lock would make others wait behind
// us. So we wait for SHARE UPDATE EXCLUSIVE, which conflicts with vacuum and
// behind which neither reads nor writes queue. Only a vacuum against
// transaction id wraparound stays.
func (r *run) yieldVacuum(ctx context.Context, blockers []Blocker) error {
	vacuum := false
	for _, b := range blockers {
		vacuum = vacuum || b.Backend == "autovacuum worker"
	}
	if !vacuum {
		return nil
	}
	for _, lock := range r.op.Locks {
		_, f := r.session.transact(ctx, transaction{
			settings:   []string{setLocal("lock_timeout", r.settings.WeakLockTimeout)},
			statements: []statement{{sql: "LOCK TABLE " + lock.Table.String() + " IN SHARE UPDATE EXCLUSIVE MODE"}},
		})
		if f == nil {
			continue
		}
		// Another failure than a lost connection or a cancellation does not
		// matter: the next attempt shows whether it helped.
		if r.session.Conn().IsClosed() || ctx.Err() != nil {
			return r.session.classify(ctx, r.op, &failure{-1, f.err})
		}
	}
	return nil
}
