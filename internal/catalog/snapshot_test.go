// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

func TestStatementCount(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE one (id bigint PRIMARY KEY, a text DEFAULT 'x' CHECK (a <> ''))")
	conn := db.Connect(t)
	count := func() int {
		db.Forget(t)
		if _, err := catalog.Read(t.Context(), conn, catalog.Scope{}); err != nil {
			t.Fatal(err)
		}
		return len(db.Statements(t))
	}
	one := count()
	db.Exec(t, `DO $$ BEGIN FOR i IN 1..999 LOOP
		EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, a text DEFAULT ''x'' CHECK (a <> ''''), b int REFERENCES one)', i);
		EXECUTE format('CREATE INDEX ON t%s (lower(a))', i); END LOOP; END $$`)
	start := time.Now()
	if thousand := count(); thousand != one || one > 16 {
		t.Errorf("%d statements for a table, %d for a thousand", one, thousand)
	}
	t.Logf("%d statements; 1,000 tables in %s", one, time.Since(start))
}

func TestPrivileges(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, "CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int PRIMARY KEY DEFAULT 1, CHECK (id > 0)); CREATE INDEX ON hidden.t ((id + 1)); CREATE TYPE hidden.mood AS ENUM ()")
		role := db.Role(t, "")
		conn, err := connectTo(t, role.URL())
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		name := schema.QualifiedName{Schema: "hidden", Name: "t"}
		table := snapshot.Table(name)
		if table == nil || len(table.Checks) != 1 || len(table.Indexes) != 2 {
			t.Fatalf("%+v", table)
		}
		if snapshot.MayAlter(name) || snapshot.MayReference(name) {
			t.Error("a role without privileges may alter or reference the table")
		}
		if s, ok := snapshot.Schema("hidden"); !ok || s.MayCreate || s.MayUse || s.Owner != "postgres" {
			t.Errorf("%+v", s)
		}
		for object, kind := range map[schema.Name]catalog.ObjectKind{
			"t": catalog.KindTable, "t_pkey": catalog.KindIndex, "t_expr_idx": catalog.KindIndex, "mood": catalog.KindType,
		} {
			if got, _ := snapshot.Object(schema.QualifiedName{Schema: "hidden", Name: object}); got != kind {
				t.Errorf("%s is %q", object, got)
			}
		}
		owner, err := catalog.Read(t.Context(), db.Connect(t), catalog.Scope{})
		if err != nil || !owner.MayAlter(name) || !owner.MayReference(name) {
			t.Error("the owner may not alter or reference the table", err)
		}
	})
}

func TestExtensionTables(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE EXTENSION citext; CREATE TABLE own (id int); CREATE TABLE theirs (id int); ALTER EXTENSION citext ADD TABLE theirs")
	snapshot, err := catalog.Read(t.Context(), db.Connect(t), catalog.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]schema.QualifiedName{public("own")}, snapshot.Tables()); diff != "" {
		t.Error(diff)
	}
	if snapshot.Table(public("theirs")) == nil || snapshot.Extension(public("theirs")) != "citext" {
		t.Error("a table of an extension cannot be read")
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	db := pgtest.Shared(t, pgtest.Newest()).Database(t)
	db.Exec(t, "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int REFERENCES a); CREATE TABLE gone (id int); CREATE SCHEMA other; CREATE TABLE other.x (id int)")
	conn := db.Connect(t)
	before, err := catalog.Read(t.Context(), conn, catalog.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	db.Exec(t, `ALTER TABLE b DROP CONSTRAINT b_id_fkey, ADD COLUMN c int; DROP TABLE gone;
		CREATE TABLE added (a_id int CONSTRAINT added_fk REFERENCES a); CREATE INDEX b_c ON b (c)`)
	scope := []schema.QualifiedName{public("b"), public("gone"), public("added")}
	fresh, err := catalog.Read(t.Context(), conn, catalog.Scope{Tables: scope})
	if err != nil {
		t.Fatal(err)
	}
	merged := before.Merge(scope, fresh)
	whole, err := catalog.Read(t.Context(), conn, catalog.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole.Tables(), merged.Tables()); diff != "" {
		t.Errorf("tables (-whole +merged):\n%s", diff)
	}
	for _, name := range whole.Tables() {
		if diff := cmp.Diff(whole.Table(name), merged.Table(name), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-whole +merged):\n%s", name, diff)
		}
	}
	for _, name := range []schema.QualifiedName{public("gone"), public("b_c"), public("b"), {Schema: "other", Name: "x"}} {
		a, _ := whole.Object(name)
		if b, _ := merged.Object(name); a != b {
			t.Errorf("%s: %q instead of %q", name, b, a)
		}
	}
	if len(before.Table(public("a")).ReferencedBy) != 1 || before.Table(public("a")).ReferencedBy[0].Table != public("b") {
		t.Error("merging changed the older snapshot")
	}
}
