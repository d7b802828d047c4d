// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

func refusedRows(t *testing.T, err error) []string {
	t.Helper()
	var refused *RefusedRowsError
	var statement *StatementError
	if !errors.As(err, &refused) || !errors.As(err, &statement) {
		t.Fatalf("got %v, want a RefusedRowsError around a StatementError", err)
	}
	var rows []string
	for _, row := range refused.Rows {
		rows = append(rows, row.Key+": "+row.PgError.Message)
		if !strings.Contains(err.Error(), row.Key) {
			t.Errorf("the error does not name %s:\n%v", row.Key, err)
		}
	}
	return rows
}

func TestBatchNamesTheRowsThatItCannotFill(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		invalid := func(id int, value string) string {
			return fmt.Sprintf("id = '%d': invalid input syntax for type integer: %q", id, value)
		}
		b := setup(t, server, 0, Settings{})
		b.expandShouting(t)
		b.exec(t, "ALTER TABLE public.items DISABLE TRIGGER USER")
		b.exec(t, "INSERT INTO public.items SELECT i, i FROM generate_series(1, 30000) i")
		b.exec(t, "UPDATE public.items SET label = 'x' || id WHERE id IN (29001, 29500)")
		err := b.run(t.Context(), fillTwin("label::int"))
		if diff := cmp.Diff([]string{invalid(29001, "x29001"), invalid(29500, "x29500")}, refusedRows(t, err)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// What was done before stays, in the table and in the ledger.
		left := b.number(t, unfilled)
		stored := b.progress(t, "public.items.twin")
		if left == 30000 || len(stored) != 1 || stored[0].Next == 0 || stored[0].RowsChanged != int64(30000-left) {
			t.Errorf("%d rows are left, and stored is %+v", left, stored)
		}
		b.exec(t, "UPDATE public.items SET label = '0' WHERE label LIKE 'x%'")
		if err := b.run(t.Context(), fillTwin("label::int")); err != nil {
			t.Fatal(err)
		}
		if got := b.filled(t); got.Resumed != stored[0].Next || b.number(t, unfilled) != 2 {
			// The two rows have moved behind the pass: nothing watches over a
			// column without a transition, until the second pass.
			t.Errorf("%d rows are left, and it says %+v", b.number(t, unfilled), got)
		}
	})
}

func TestBatchNamesFiveRowsAtMost(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 2000, Settings{})
	rows := refusedRows(t, b.run(t.Context(), fillTwin("label::int")))
	want := []string{}
	for id := 1; id <= 5; id++ {
		want = append(want, fmt.Sprintf("id = '%d': invalid input syntax for type integer: \"item %d\"", id, id))
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Constraints refuse as well as expressions do; a deferred one does so at the
// end of the transaction.
func TestBatchNamesTheRowsThatAConstraintRefuses(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for constraint, want := range map[string][]string{
			"CHECK (twin <> 77)":   {`id = '77': new row for relation "items" violates check constraint "c"`},
			"UNIQUE (twin)":        {`id = '500': duplicate key value violates unique constraint "c"`},
			"REFERENCES good (id)": {`id = '77': insert or update on table "items" violates foreign key constraint "c"`},
			"REFERENCES good (id) DEFERRABLE INITIALLY DEFERRED": {`id = '77': insert or update on table "items" violates foreign key constraint "c"`},
		} {
			b := setup(t, server, 499, Settings{})
			b.exec(t, "INSERT INTO public.items VALUES (500, 'x', NULL), (501, 'x', 500)")
			b.exec(t, "CREATE TABLE good AS SELECT id FROM public.items WHERE id <> 77")
			b.exec(t, "ALTER TABLE good ADD PRIMARY KEY (id)")
			if strings.HasPrefix(constraint, "REFERENCES") {
				constraint = "FOREIGN KEY (twin) " + constraint
			}
			b.exec(t, "ALTER TABLE public.items ADD CONSTRAINT c "+constraint)
			if diff := cmp.Diff(want, refusedRows(t, b.run(t.Context(), fillTwin("id")))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", constraint, diff)
			}
		}
	})
}

func TestBatchNamesRowsWithoutASimpleKey(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 0, Settings{})
	b.exec(t, "ALTER TABLE public.items DROP CONSTRAINT items_pkey")
	b.exec(t, "INSERT INTO public.items VALUES (1, 'fine'), (2, 'it''s')")
	const divide = "1 / (id - 2)"
	rows := refusedRows(t, b.run(t.Context(), fillTwin(divide)))
	if diff := cmp.Diff([]string{"ctid = '(0,2)': division by zero"}, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.exec(t, "ALTER TABLE public.items ADD PRIMARY KEY (label, id)")
	rows = refusedRows(t, b.run(t.Context(), fillTwin(divide)))
	if diff := cmp.Diff([]string{"label = 'it''s' AND id = '2': division by zero"}, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Somebody puts the row right between the failure and the search.
func TestBatchGoesOnWhenTheRowsAreFineAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 10, Settings{})
	// The function fails the first time that it is called.
	b.exec(t, "CREATE SEQUENCE public.calls")
	b.exec(t, "CREATE FUNCTION public.once(i int) RETURNS int LANGUAGE plpgsql AS 'BEGIN IF nextval(''public.calls'') = 1 THEN RAISE ''not yet''; END IF; RETURN i; END'")
	if err := b.run(t.Context(), fillTwin("public.once(id)")); err != nil {
		t.Fatal(err)
	}
	if b.number(t, unfilled) != 0 {
		t.Error("rows are left")
	}
}

// A search can be interrupted like anything else.
func TestSearchIsInterrupted(t *testing.T) {
	t.Parallel()
	b := setup(t, pgtest.Shared(t, pgtest.Newest()), 10, Settings{})
	b.exec(t, "CREATE SEQUENCE public.calls")
	b.exec(t, `CREATE FUNCTION public.slow(i int) RETURNS int LANGUAGE plpgsql AS
		'BEGIN IF nextval(''public.calls'') = 1 THEN RAISE ''bad''; END IF; PERFORM pg_sleep(3600); RETURN i; END'`)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- b.run(ctx, fillTwin("public.slow(id)")) }()
	eventually(t, b.conn, 1, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'")
	cancel()
	var refused *StatementError
	if err := <-result; !errors.As(err, &refused) || refused.PgError.Message != "bad" {
		t.Errorf("got %v, want what failed before", err)
	}
	eventually(t, b.conn, 0, ours)
}
