// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestIndexUsage(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE TABLE t (a int, b int); CREATE INDEX used ON t (a); CREATE INDEX idle ON t (b);
			CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
			CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20); CREATE INDEX parted ON p (a)`)
		// Statistics are reported at the end of a transaction at the latest
		// when the session ends.
		user, err := pgx.Connect(t.Context(), db.URL())
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, user, "SET enable_seqscan = off")
		for _, query := range []string{"SELECT FROM t WHERE a = 1", "SELECT FROM t WHERE a = 2", "SELECT FROM p WHERE a = 1", "SELECT FROM p WHERE a = 11"} {
			mustExec(t, user, query)
		}
		if err := user.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		conn := db.Connect(t)
		wanted := []schema.QualifiedName{public("used"), public("idle"), public("parted"), public("missing"), public("t")}
		want := map[string]int64{"public.used": 2, "public.idle": 0, "public.parted": 2}
		var usage []catalog.IndexUsage
		got := map[string]int64{}
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && !cmp.Equal(want, got); time.Sleep(50 * time.Millisecond) {
			answer, err := catalog.Ask(t.Context(), conn, catalog.Question{Indexes: wanted})
			if err != nil {
				t.Fatal(err)
			}
			usage = answer.Indexes
			got = map[string]int64{}
			for _, u := range usage {
				got[u.Name.String()] = u.Scans
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("scans (-want +got):\n%s", diff)
		}
		for _, u := range usage {
			dated := u.Scans > 0 && server.Major >= 16
			if u.LastScan.IsZero() == dated || u.Now.IsZero() || dated && u.Now.Sub(u.LastScan) > time.Minute {
				t.Errorf("%+v", u)
			}
		}
	})
}

func TestMentions(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE SCHEMA other; CREATE EXTENSION btree_gist;
			CREATE TABLE users (user_name text, "odd name" text); CREATE TABLE other.users (user_name text);
			CREATE FUNCTION reads() RETURNS text LANGUAGE sql AS 'SELECT User_Name FROM public.users';
			CREATE FUNCTION reads_odd() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT "odd name" FROM users); END';
			CREATE FUNCTION elsewhere() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT user_name FROM accounts); END';
			CREATE FUNCTION longer() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT user_names FROM users); END';
			CREATE FUNCTION the_table() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM users); END';
			CREATE FUNCTION changes() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.user_name := 1; RETURN NEW; END';
			CREATE FUNCTION changes_nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.user_name := 1; RETURN NEW; END';
			CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION changes();
			CREATE TRIGGER t BEFORE INSERT ON other.users FOR EACH ROW EXECUTE FUNCTION changes_nothing();
			CREATE FUNCTION known() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT user_name FROM users; END`)
		conn := db.Connect(t)
		for _, c := range []struct{ columns, want []string }{
			{[]string{"user_name"}, []string{"public.changes()", "public.reads()"}},
			{[]string{"odd name"}, []string{"public.reads_odd()"}},
			{[]string{"user_name", "odd name"}, []string{"public.changes()", "public.reads()", "public.reads_odd()"}},
			{[]string{"nothing"}, nil},
			{[]string{"users"}, []string{"public.longer()", "public.reads()", "public.reads_odd()", "public.the_table()"}},
		} {
			var names []schema.Name
			for _, column := range c.columns {
				names = append(names, schema.Name(column))
			}
			got, err := catalog.Ask(t.Context(), conn, catalog.Question{Mentioned: names, MentionedWith: public("users")})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Functions); diff != "" {
				t.Errorf("%v (-want +got):\n%s", c.columns, diff)
			}
		}
	})
}

func TestViewDependents(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, `CREATE TABLE t (a int); CREATE VIEW alone AS SELECT * FROM t; CREATE VIEW used AS SELECT * FROM t;
			CREATE VIEW above AS SELECT a FROM used; CREATE FUNCTION f(used) RETURNS int LANGUAGE sql AS 'SELECT 1';
			CREATE FUNCTION body() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM used; END`)
		conn := db.Connect(t)
		for name, want := range map[schema.Name][]string{
			"alone": nil, "missing": nil, "t": nil,
			"used": {"function public.body()", "function public.f(public.used)", "view public.above"},
		} {
			got, err := catalog.Ask(t.Context(), conn, catalog.Question{View: public(name)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Dependents); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}
