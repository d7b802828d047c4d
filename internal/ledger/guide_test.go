// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ledger_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ledger"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// The guide tells how to watch a transition: what it says has to work with the
// tables that there are.
func TestQueriesOfTheGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../templates/guides/phases.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	if len(queries) != 3 {
		t.Fatalf("the guide has %d queries, want those of transitions, progress and history", len(queries))
	}
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		open := renaming(t, conn)
		for _, p := range []ledger.Progress{
			{Transition: open.Name, Relation: open.Table, First: 0, Next: 30, End: 50, RowsChanged: 7},
			{Transition: open.Name, Relation: open.Table, First: 50, Next: 71, End: 100, RowsChanged: 5},
			{Transition: "of an empty table", Relation: open.Table},
		} {
			if err := ledger.SaveProgress(t.Context(), conn, p); err != nil {
				t.Fatal(err)
			}
		}
		execute(t, conn, "UPDATE pgphase.progress SET updated_at = started_at + interval '51 seconds'")
		if err := ledger.Record(t.Context(), conn, ledger.Entry{Object: "public.users", Statement: "SELECT 1", Outcome: ledger.Succeeded}); err != nil {
			t.Fatal(err)
		}
		var answers [][]string
		for _, query := range queries {
			var columns []string
			rows, err := conn.Query(t.Context(), query[1], pgx.QueryExecModeSimpleProtocol)
			if err != nil {
				t.Fatalf("%v\n%s", err, query[1])
			}
			lines := 0
			for rows.Next() {
				lines++
				for _, value := range rows.RawValues() {
					columns = append(columns, string(value))
				}
			}
			if rows.Err() != nil || lines != 1 {
				t.Fatalf("%d rows, %v\n%s", lines, rows.Err(), query[1])
			}
			answers = append(answers, columns)
		}
		want := []string{"public.users", "##########..........", "51", "12", "00:00:51", "00:00:49"}
		if !slices.Equal(answers[1], want) {
			t.Errorf("progress is %q, want %q", answers[1], want)
		}
	})
}
