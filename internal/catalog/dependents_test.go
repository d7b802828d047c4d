// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestDependents(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `
			CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int, d text, e int, f int, h int, g int GENERATED ALWAYS AS (h + 1) STORED);
			CREATE TABLE other (t_id int REFERENCES t);
			CREATE VIEW v AS SELECT a FROM t; CREATE MATERIALIZED VIEW mv AS SELECT b FROM t; CREATE VIEW n AS SELECT count(*) FROM t;
			CREATE RULE r AS ON INSERT TO other DO ALSO DELETE FROM t WHERE c = 1;
			CREATE POLICY p ON t USING (d <> '');
			CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
			CREATE TRIGGER tr BEFORE UPDATE OF e ON t FOR EACH ROW WHEN (NEW.f > 0) EXECUTE FUNCTION touch();
			CREATE FUNCTION body() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a FROM t; END;
			CREATE FUNCTION whole(t) RETURNS int LANGUAGE sql AS 'SELECT 1';
			CREATE STATISTICS st ON a, b FROM t`)
		want := []string{
			"extended statistics public.st [a b] false false",
			"function public.body() [a] true true",
			"function public.whole(public.t) [] true false",
			fmt.Sprintf("generated column public.t.g [h] %v true", server.Major >= 15),
			"materialized view public.mv [b] true true",
			"policy p ON public.t [d] true true",
			"rule r ON public.other [c] true true",
			"trigger tr ON public.t [e f] true true",
			"view public.n [] true false",
			"view public.v [a] true true",
		}
		conn := db.Connect(t)
		table := readTable(t, conn, "public", "t")
		var got []string
		for _, d := range table.Dependents {
			names := make([]string, len(d.Columns))
			for i, name := range d.Columns {
				names[i] = string(name)
			}
			got = append(got, fmt.Sprintf("%s %s [%s] %v %v", d.Kind, d.Name, strings.Join(names, " "), d.BlocksDrop, d.BlocksRetype))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("dependents (-want +got):\n%s", diff)
		}
		// What is said to block does, and what is said not to block does not.
		// Incoming foreign keys are listed apart.
		db.Exec(t, "DROP FUNCTION whole(t); DROP TABLE other CASCADE")
		for _, column := range table.Columns {
			if column.Generated != nil {
				continue
			}
			drop, retype := false, false
			for _, d := range table.Dependents {
				if slices.Contains(d.Columns, column.Name) && d.Kind != "rule" {
					drop, retype = drop || d.BlocksDrop, retype || d.BlocksRetype
				}
			}
			for sql, blocked := range map[string]bool{
				"ALTER TABLE t DROP COLUMN " + column.Name.Quote():             drop,
				"ALTER TABLE t ALTER " + column.Name.Quote() + " TYPE varchar": retype,
			} {
				mustExec(t, conn, "BEGIN")
				_, err := conn.Exec(t.Context(), sql)
				if (err != nil) != blocked {
					t.Errorf("%s: blocked %v, but the server says %v", sql, blocked, err)
				}
				mustExec(t, conn, "ROLLBACK")
			}
		}
	})
}

// A row type that another table stores blocks every change of a type.
func TestRowTypeDependents(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE t (a int); CREATE TABLE u (x t, y t[])")
	table := readTable(t, db.Connect(t), "public", "t")
	want := []schema.Dependent{
		{Kind: "column", Name: "public.u.x", BlocksDrop: true, BlocksRetype: true},
		{Kind: "column", Name: "public.u.y", BlocksDrop: true, BlocksRetype: true},
	}
	if diff := cmp.Diff(want, table.Dependents); diff != "" {
		t.Error(diff)
	}
}
