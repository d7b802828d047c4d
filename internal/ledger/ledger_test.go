// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func execute(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql, pgx.QueryExecModeExec); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
}

// renaming is a transition of public.users with its trigger, in the ledger.
func renaming(t *testing.T, conn *pgx.Conn) schema.OpenTransition {
	t.Helper()
	table := schema.Table{
		Name:    schema.QualifiedName{Schema: "public", Name: "users"},
		Columns: []schema.Column{{Name: "o", Type: schema.Type{Text: "text"}, Nullable: true}, {Name: "n", Type: schema.Type{Text: "text"}, Nullable: true}},
	}
	open := schema.OpenTransition{
		Name: "pgphase_users", Kind: schema.ColumnReplaced, Table: table.Name, Phase: schema.Expand,
		Old: []schema.Name{"o"}, New: []schema.Name{"n"}, Up: map[schema.Name]string{"n": "o"}, Down: map[schema.Name]string{"o": "n"},
	}
	ddl.NameDualWrite(&open)
	execute(t, conn, ddl.CreateTable(table))
	execute(t, conn, ddl.CreateLedger()...)
	execute(t, conn, ddl.CreateDualWrite(open, table)...)
	execute(t, conn, ddl.RecordTransition(open))
	return open
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		var missing *ledger.MissingError
		if _, err := ledger.ReadEvidence(t.Context(), conn); !errors.As(err, &missing) {
			t.Errorf("without a ledger: %v", err)
		}
		open := renaming(t, conn)
		other := schema.OpenTransition{Name: "pgphase_other", Kind: schema.ColumnRemoved, Table: open.Table, Phase: schema.Migrate, Old: []schema.Name{"o"}}
		execute(t, conn, ddl.RecordTransition(other))

		read := func() ledger.Evidence {
			t.Helper()
			list, err := ledger.ReadEvidence(t.Context(), conn, open.Name, "no such transition")
			if err != nil || len(list) != 1 {
				t.Fatalf("%v, %v", list, err)
			}
			return list[0]
		}
		first := read()
		if diff := cmp.Diff(open, first.Definition); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if !first.Counted || !first.Guarded || first.OldStyleWrites != 0 || first.Phase != schema.Expand || first.Soaked() != 0 ||
			!first.MigratedAt.IsZero() || first.ExpandedAt.IsZero() || first.LookedAt.IsZero() || first.StartedBy != "postgres" {
			t.Errorf("%+v", first)
		}
		execute(t, conn, "INSERT INTO users VALUES ('a'), ('b')", "UPDATE users SET n = 'c'")
		if e := read(); e.OldStyleWrites != 2 || e.RecentWrites != 2 {
			t.Errorf("%d writes, %d since the last look", e.OldStyleWrites, e.RecentWrites)
		}
		execute(t, conn, ddl.ReachPhase(open.Name, schema.Migrate), "UPDATE users SET o = 'd' WHERE o = 'c'")
		e := read()
		if e.OldStyleWrites != 4 || e.RecentWrites != 2 || e.Phase != schema.Migrate || e.Soaked() <= 0 || !e.LookedAt.After(first.LookedAt) || e.Definition.Phase != schema.Migrate {
			t.Errorf("migrate: %+v", e)
		}
		// Recorded again, as a swap of names does: the times stay.
		open.Phase = schema.Migrate
		execute(t, conn, ddl.RecordTransition(open))
		if again := read(); !again.ExpandedAt.Equal(first.ExpandedAt) || !again.MigratedAt.Equal(e.MigratedAt) {
			t.Errorf("recorded again: %+v", again)
		}
		execute(t, conn, ddl.ReachPhase(open.Name, schema.Expand))
		if e := read(); !e.MigratedAt.IsZero() {
			t.Errorf("back in expand: %+v", e)
		}
		execute(t, conn, "ALTER TABLE users DISABLE TRIGGER "+open.Trigger.Quote())
		if read().Guarded {
			t.Error("a disabled trigger guards")
		}
		all, err := ledger.ReadEvidence(t.Context(), conn)
		if err != nil || len(all) != 2 || all[0].Name != other.Name || all[0].Counted || !all[0].Guarded || all[0].Soaked() < 0 {
			t.Errorf("%+v, %v", all, err)
		}

		// Begun anew after its end, it forgets when the first one was.
		execute(t, conn, ddl.EndTransition(open.Name, ddl.RolledBack)...)
		if list, err := ledger.ReadEvidence(t.Context(), conn, open.Name); err != nil || len(list) != 0 {
			t.Errorf("ended: %+v, %v", list, err)
		}
		open.Phase = schema.Expand
		execute(t, conn, ddl.RecordTransition(open))
		if again := read(); !again.ExpandedAt.After(first.ExpandedAt) || !again.MigratedAt.IsZero() {
			t.Errorf("begun again: %+v", again)
		}
		execute(t, conn, "COMMENT ON SCHEMA pgphase IS 'pgphase ledger, version 99. x'")
		var version *ledger.VersionError
		if _, err := ledger.Exists(t.Context(), conn); !errors.As(err, &version) || version.Found != 99 {
			t.Errorf("another version: %v", err)
		}
	})
}

func TestProgress(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		open := renaming(t, conn)
		a := ledger.Progress{Transition: open.Name, Relation: schema.QualifiedName{Schema: "public", Name: `Us."ers`}, First: 0, Next: 10, End: 100, FileNode: 4294967295, Columns: []int16{1, 2}, RowsChanged: 7}
		b := a
		b.First, b.Next, b.End = 100, 200, 200
		for _, p := range []ledger.Progress{b, a} {
			if err := ledger.SaveProgress(t.Context(), conn, p); err != nil {
				t.Fatal(err)
			}
		}
		a.Next, a.RowsChanged = 20, 9
		if err := ledger.SaveProgress(t.Context(), conn, a); err != nil {
			t.Fatal(err)
		}
		got, err := ledger.LoadProgress(t.Context(), conn, open.Name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]ledger.Progress{a, b}, got, cmpopts.IgnoreFields(ledger.Progress{}, "StartedAt", "UpdatedAt")); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got[0].Done() || !got[1].Done() || !got[0].UpdatedAt.After(got[0].StartedAt) {
			t.Errorf("%+v", got)
		}
		evidence, err := ledger.ReadEvidence(t.Context(), conn)
		if err != nil || len(evidence) != 1 || len(evidence[0].Backfill) != 2 {
			t.Errorf("%+v, %v", evidence, err)
		}
		a.FileNode, a.Next = 5, 0
		if err := ledger.SaveProgress(t.Context(), conn, a); err != nil {
			t.Fatal(err)
		}
		again, err := ledger.LoadProgress(t.Context(), conn, open.Name)
		if err != nil || !again[0].StartedAt.After(got[0].StartedAt) {
			t.Errorf("after a rewrite: %+v, %v", again, err)
		}
		execute(t, conn, ddl.EndTransition(open.Name, ddl.Contracted)...)
		if left, err := ledger.LoadProgress(t.Context(), conn, open.Name); err != nil || len(left) != 0 {
			t.Errorf("%+v, %v", left, err)
		}
	})
}

func TestHistory(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		execute(t, conn, ddl.CreateLedger()...)
		execute(t, conn, "SET application_name = 'terraform'")
		for _, entry := range []ledger.Entry{
			{Object: "public.users", Phase: schema.Expand, Statement: "ALTER TABLE 'x'", Waited: 1500 * time.Millisecond, Ran: 250 * time.Microsecond, Outcome: ledger.Succeeded},
			{Object: "public.users", Statement: "SELECT", Outcome: ledger.Failed, Error: "no such thing (SQLSTATE 42P01)"},
		} {
			if err := ledger.Record(t.Context(), conn, entry); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := conn.Query(t.Context(), `SELECT concat_ws('|', id, who, application, object, coalesce(phase, '-'), statement, waited, ran, outcome, coalesce(error, '-'))
			FROM pgphase.history WHERE at > now() - interval '1 hour' ORDER BY id`)
		if err != nil {
			t.Fatal(err)
		}
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"1|postgres|terraform|public.users|expand|ALTER TABLE 'x'|00:00:01.5|00:00:00.00025|succeeded|-",
			"2|postgres|terraform|public.users|-|SELECT|00:00:00|00:00:00|failed|no such thing (SQLSTATE 42P01)",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
