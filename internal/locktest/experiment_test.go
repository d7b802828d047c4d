// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/hazard"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// eachServer runs an experiment on every major version, in a database of its own.
func eachServer(t *testing.T, experiment func(t *testing.T, db *pgtest.Database)) {
	t.Helper()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) { experiment(t, server.Database(t)) })
}

// naive runs a statement as a migration that is written by hand would, in a
// transaction, and looks at it from a second session.
func (b *bench) naive(sql string) observation {
	b.t.Helper()
	return b.observe(planner.Operation{Class: planner.Brief, Statements: []string{sql}})
}

// saw holds an observation against what is claimed of the statement.
func saw(t *testing.T, what string, seen observation, locks map[schema.Name]schema.LockMode, effect planner.Effect) {
	t.Helper()
	for name, mode := range locks {
		if got := seen.tables[schema.QualifiedName{Schema: "public", Name: name}]; got != mode {
			t.Errorf("%s: locks %s in %v, not in %v", what, name, got, mode)
		}
	}
	got := planner.Effect{Rewrites: seen.rewrote, BuildsIndex: seen.built && !seen.rewrote, Scans: seen.scanned && !seen.built && !seen.rewrote}
	if got != effect {
		t.Errorf("%s: %q, not %q", what, got, effect)
	}
}

var (
	onT           = map[schema.Name]schema.LockMode{"t": schema.AccessExclusive}
	onBoth        = map[schema.Name]schema.LockMode{"t": schema.AccessExclusive, "p": schema.AccessExclusive}
	instant       = planner.Effect{}
	scans         = planner.Effect{Scans: true}
	buildsIndexes = planner.Effect{BuildsIndex: true}
	rewrites      = planner.Effect{Rewrites: true}
)

// answers fails unless the plan of a case does it without the harm: nothing
// that takes long runs under a lock that readers or writers wait for. That each
// operation does what it declares is measured by TestDeclaredIsObserved.
func answers(t *testing.T, plan planner.Plan) {
	t.Helper()
	if plan.Refused() || len(plan.Operations) == 0 {
		t.Errorf("nothing is planned: %+v", plan.Findings)
	}
	for _, o := range plan.Operations {
		long := o.Effect.Scans || o.Effect.BuildsIndex || o.Effect.Rewrites || o.Effect.Updates
		if long && planner.StrongestLock([]planner.Operation{o}) >= schema.Share {
			t.Errorf("%s under %s: %s", o.Effect, o.Lock(), o.SQL())
		}
	}
}

// refuses fails unless the plan is refused with the hazard.
func refuses(t *testing.T, plan planner.Plan, id hazard.ID) {
	t.Helper()
	if !plan.Refused() || len(plan.Operations) > 0 || !slices.ContainsFunc(plan.Findings, func(f planner.Finding) bool { return f.Hazard == id && f.Refusal }) {
		t.Errorf("%s is not refused: %+v", id, plan)
	}
}

// warns fails unless the plan says the hazard, and that in no lower severity.
func warns(t *testing.T, plan planner.Plan, id hazard.ID) planner.Finding {
	t.Helper()
	i := slices.IndexFunc(plan.Findings, func(f planner.Finding) bool { return f.Hazard == id && f.Severity >= hazard.Warning })
	if i < 0 {
		t.Errorf("%s is not said: %+v", id, plan.Findings)
		return planner.Finding{}
	}
	return plan.Findings[i]
}

// sqlstate is the code of what the server refuses, or empty.
func sqlstate(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	_, err := conn.Exec(t.Context(), sql)
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refused.Code
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return ""
}

// scalar reads one value.
func scalar[T any](t *testing.T, conn *pgx.Conn, sql string) (value T) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return value
}
