// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// recordHistory writes an operation that ran into the ledger: its statements as
// one entry, as they share a transaction and its times.
func (r *run) recordHistory(ctx context.Context, f Finish) {
	r.record(ctx, r.session.table, strings.TrimSuffix(r.op.SQL(), "\n"), f)
}

// record writes an entry, where there is a ledger. That happens after the
// operation, on another connection: neither a failure nor a wait for the ledger
// may touch what has been done.
func (r *run) record(ctx context.Context, object schema.QualifiedName, sql string, f Finish) {
	entry := ledger.Entry{
		Object: object.String(), Phase: r.op.Phase, Statement: sql,
		Waited: f.Waited, Ran: max(0, f.Elapsed-f.Waited), Outcome: ledger.Succeeded,
	}
	if f.Err != nil {
		entry.Outcome, entry.Error = ending(f.Err), firstLine(f.Err)
	}
	err := r.session.executor.observe(context.WithoutCancel(ctx), func(ctx context.Context, conn *pgx.Conn) error {
		exists, err := ledger.Exists(ctx, conn)
		if err != nil || !exists {
			return err
		}
		return ledger.Record(ctx, conn, entry)
	})
	if err != nil {
		r.settings.Observer.OnWarning(ctx, Warning{r.op, fmt.Errorf("what ran is missing in the history: %w", err)})
	}
}

func ending(err error) ledger.Ending {
	if _, interrupted := errors.AsType[*InterruptedError](err); interrupted {
		return ledger.Interrupted
	}
	if _, lost := errors.AsType[*ConnectionLostError](err); lost {
		return ledger.Interrupted
	}
	return ledger.Failed
}

// firstLine leaves out the statement, which the entry has.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
