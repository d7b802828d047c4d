// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/executor"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// lock takes the advisory lock of a table, and of others where the work reaches
// there, and with it a connection.
func (d *database) lock(ctx context.Context, table schema.QualifiedName, others ...schema.QualifiedName) (*executor.Session, error) {
	pool, err := d.pool(ctx)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	if d.runner == nil {
		settings := d.executor
		settings.Observer = logObserver{}
		d.runner = executor.New(pool, settings)
	}
	runner := d.runner
	d.mu.Unlock()
	return runner.Lock(ctx, table, others...)
}

// logObserver writes what the executor does to Terraform's log.
type logObserver struct{ executor.Silent }

func (logObserver) OnAttempt(ctx context.Context, a executor.Attempt) {
	tflog.Info(ctx, "Running an operation", map[string]any{"sql": a.Operation.SQL(), "lock": a.Operation.Lock(), "attempt": a.Number})
}

func (logObserver) OnBlocked(ctx context.Context, b executor.Blocked) {
	blockers := make([]string, len(b.Blockers))
	for i, blocker := range b.Blockers {
		blockers[i] = blocker.String()
	}
	tflog.Warn(ctx, "Waiting for others", map[string]any{
		"sql": b.Operation.SQL(), "waited": b.Waited.String(), "blockers": blockers, "replication_lag": b.ReplicationLag.String(),
	})
}

func (logObserver) OnProgress(ctx context.Context, p executor.Progress) {
	tflog.Info(ctx, "Progress", map[string]any{
		"sql": p.Operation.SQL(), "phase": p.Phase, "done": p.Done, "total": p.Total,
		"rows_per_second": int64(p.RowsPerSecond), "left": p.Left.Round(time.Second).String(),
	})
}

func (logObserver) OnFinish(ctx context.Context, f executor.Finish) {
	fields := map[string]any{
		"sql": f.Operation.SQL(), "attempts": f.Attempts,
		"waited": f.Waited.Round(time.Millisecond).String(), "elapsed": f.Elapsed.Round(time.Millisecond).String(),
	}
	if f.Backfill != nil {
		fields["rows_changed"], fields["batches"] = f.Backfill.Changed, f.Backfill.Batches
	}
	if f.Err != nil {
		fields["error"] = f.Err.Error()
		tflog.Error(ctx, "An operation failed", fields)
		return
	}
	tflog.Info(ctx, "An operation is done", fields)
}

func (logObserver) OnWarning(ctx context.Context, w executor.Warning) {
	tflog.Warn(ctx, "Something beside the operation failed", map[string]any{"sql": w.Operation.SQL(), "error": w.Err.Error()})
}

// failedRun explains an error of the executor: what ran, what did not, and how
// the change goes on.
func (d *database) failedRun(object string, err error) diag.Diagnostics {
	var (
		locked      *executor.LockTimeoutError
		interrupted *executor.InterruptedError
		lost        *executor.ConnectionLostError
		refused     *executor.StatementError
		invalid     *executor.InvalidIndexError
		differs     *executor.VerifyError
		triggers    *executor.TriggersError
		diags       diag.Diagnostics
	)
	goOn := "Operations that were finished stay. The next apply goes on from there: plan again to see what is left."
	switch {
	case errors.As(err, &interrupted):
		diags.AddError("Changing "+object+" was interrupted", err.Error()+"\n\nNothing is left running on the server. "+goOn)
	case errors.As(err, &lost):
		diags.AddError("Changing "+object+": the connection to the server was lost", err.Error()+"\n\n"+goOn)
	case errors.As(err, &invalid):
		diags.AddError("Cannot change "+object+": a failed build left an INVALID index", err.Error()+"\n\n"+goOn)
	case errors.As(err, &differs):
		diags.AddError(fmt.Sprintf("Cannot change %s: old and new structure differ", object), differingDetail(differs)+" "+goOn)
	case errors.As(err, &triggers):
		diags.AddError("Cannot fill "+object+" without its triggers", capitalize(err.Error())+".\n\n"+goOn)
	case errors.As(err, &locked):
		diags.AddError(fmt.Sprintf("Cannot change %s: no lock within %s", object, locked.Waited.Round(time.Second)),
			lockedDetail(locked)+"\n\n"+goOn)
	case errors.As(err, &refused):
		diags.AddError("Cannot change "+object+": "+refused.PgError.Message, err.Error()+privilegeAdvice(refused, object)+"\n\n"+goOn)
	default:
		diags.Append(d.report(err)...)
	}
	return diags
}

// differingDetail says what a comparison of both sides was for, and what it has
// found.
func differingDetail(e *executor.VerifyError) string {
	why := "Going back gives the old column its name again. It has not got the values of these rows, which would be lost:"
	next := "Change them, or go on with the new structure."
	switch e.Operation.Phase {
	case schema.Contract:
		why = "Contract compares both sides before it drops the old one. These rows have a new value that is not up(old), and an old value that is not down(new):"
		next = "Correct them, or let the old structure go as it is with verify = false."
	case schema.Migrate:
		why = "Migrate compares both columns before it exchanges their names. In these rows the hidden one is not up(old), as if the trigger had been disabled:"
		next = "Set the hidden column of these rows to NULL: the next apply fills it anew."
	case schema.NoPhase, schema.Expand:
	}
	number := ""
	switch {
	case e.Count >= ddl.ExampleLimit:
		number = fmt.Sprintf("(%d rows or more)\n", ddl.ExampleLimit)
	case e.Count > len(e.Examples):
		number = fmt.Sprintf("(%d rows)\n", e.Count)
	}
	return why + "\n\n" + indent(number+strings.Join(e.Examples, "\n")) + "\n\n" + next
}

// lockedDetail names who was in the way, as far as it could be seen.
func lockedDetail(e *executor.LockTimeoutError) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The lock was asked for %d times, each time no longer than lock_timeout, so that nobody waited behind it for long:\n\n%s\n\n",
		e.Attempts, indent(e.Operation.SQL()))
	if len(e.Blockers) == 0 {
		b.WriteString("Who held it could not be seen.")
		return b.String()
	}
	b.WriteString("It was held by:\n")
	for _, blocker := range e.Blockers {
		b.WriteString("\n    " + blocker.String())
	}
	b.WriteString("\n\nEnd these transactions (pg_terminate_backend(pid) where nothing else helps), or raise lock_deadline in the provider block.")
	return b.String()
}

// privilegeAdvice says what a role needs to change a table: to own it.
func privilegeAdvice(e *executor.StatementError, object string) string {
	if e.PgError.Code != "42501" {
		return ""
	}
	return "\n\nPostgreSQL lets only the owner change a table and its indexes, and creating one needs CREATE on its schema. " +
		"Connect as the owner of " + object + " or as a member of the owning role."
}
