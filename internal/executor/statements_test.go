// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/planner"
)

// Whatever is sent is a read, a statement of an operation, or one of the few
// that the package's documentation names.
func TestNothingElseIsSent(t *testing.T) {
	t.Parallel()
	allowed := regexp.MustCompile(`^(BEGIN ISOLATION LEVEL READ COMMITTED|COMMIT|ROLLBACK|SET (LOCAL )?[a-z_]+ = .*|RESET [a-z_]+|` +
		`SELECT pg_catalog\.pg_(try_)?advisory_(un)?lock\(.*|DROP INDEX CONCURRENTLY public\."Items by twin")$`)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		b := setup(t, server, 3, Settings{LockTimeout: 100 * time.Millisecond, LockDeadline: 300 * time.Millisecond})
		b.exec(t, "ALTER TABLE public.items ADD CONSTRAINT positive CHECK (id > 0) NOT VALID")
		operations := append(oneOfEach(), build(false))
		if err := b.run(t.Context(), operations...); err != nil {
			t.Fatal(err)
		}
		b.exec(t, "DROP INDEX public.\"Items by twin\"; UPDATE public.items SET twin = 1")
		if err := b.run(t.Context(), build(true)); err == nil {
			t.Fatal("the unique index should have failed")
		}
		operations = append(operations, build(true), addColumn("late"))
		b.reader(t, readOne)
		var timeout *LockTimeoutError
		if err := b.run(t.Context(), addColumn("late")); !errors.As(err, &timeout) {
			t.Fatalf("got %v, want a LockTimeoutError", err)
		}

		planned := map[string]int{}
		for _, op := range operations {
			for _, sql := range op.Statements {
				planned[sql] = 0
			}
		}
		for _, statement := range b.db.Statements(t) {
			if statement.Application != ApplicationName {
				continue
			}
			sql := strings.TrimSpace(statement.SQL)
			if _, ok := planned[sql]; ok {
				planned[sql]++
				continue
			}
			read := strings.HasPrefix(sql, "SELECT") || strings.HasPrefix(sql, "WITH") || strings.HasPrefix(sql, "-- ping")
			if !read && !allowed.MatchString(sql) {
				t.Errorf("this was sent: %q", sql)
			}
		}
		for sql, times := range planned {
			if times == 0 {
				t.Errorf("this was not sent: %q", sql)
			}
		}
	})
}

// oneOfEach is an operation of each class but Concurrent.
func oneOfEach() []planner.Operation {
	return []planner.Operation{
		addColumn("a"), fillTwin("id"), online("ALTER TABLE public.items VALIDATE CONSTRAINT positive"),
	}
}
