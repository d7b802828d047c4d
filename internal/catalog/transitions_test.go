// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/catalog"
	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
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

// replacement is a transition of public.users, with a name and expressions that
// JSON and SQL have to carry.
func replacement() schema.OpenTransition {
	t := schema.OpenTransition{
		Name: "pgphase_users_transition", Kind: schema.ColumnReplaced, Table: public("users"), Phase: schema.Expand,
		Old: []schema.Name{`full "Name"`}, New: []schema.Name{"first"},
		Up:         map[schema.Name]string{"first": `replace("full ""Name""", '<\'::text, 'é'::text)`},
		Defaults:   map[schema.Name]string{"first": "'x'::text"},
		OldNotNull: []schema.Name{`full "Name"`},
	}
	ddl.NameDualWrite(&t)
	return t
}

func TestOpenTransitions(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		role := db.Role(t, "")
		reader, err := connectTo(t, role.URL())
		if err != nil {
			t.Fatal(err)
		}
		execute(t, conn, `CREATE TABLE users (id int, "full ""Name""" text, first text) PARTITION BY HASH (id)`,
			"CREATE TABLE part PARTITION OF users FOR VALUES WITH (MODULUS 1, REMAINDER 0)")
		open := replacement()
		lost := open
		lost.Recovered = true

		read := func(conn *pgx.Conn, scope catalog.Scope) *catalog.Snapshot {
			t.Helper()
			snapshot, err := catalog.Read(t.Context(), conn, scope)
			if err != nil {
				t.Fatal(err)
			}
			return snapshot
		}
		expect := func(what string, want ...schema.OpenTransition) {
			t.Helper()
			for _, by := range []*pgx.Conn{conn, reader} {
				for _, scope := range []catalog.Scope{{}, {Tables: []schema.QualifiedName{public("users")}}} {
					snapshot := read(by, scope)
					users, part := snapshot.Table(public("users")), snapshot.Table(public("part"))
					if diff := cmp.Diff(want, users.Transitions); diff != "" {
						t.Errorf("%s (-want +got):\n%s", what, diff)
					}
					if len(users.Triggers)+len(users.Dependents)+len(part.Triggers)+len(part.Dependents)+len(part.Transitions) != 0 {
						t.Errorf("%s: what is ours is reported: %+v, %+v", what, users, part)
					}
				}
			}
		}
		if version, exists := read(conn, catalog.Scope{}).Ledger(); exists {
			t.Errorf("a ledger of version %d", version)
		}
		execute(t, conn, ddl.CreateLedger()...)
		expect("no transition")
		execute(t, conn, ddl.CreateDualWrite(open, schema.Table{Name: open.Table})...)
		expect("not in the ledger", lost)
		execute(t, conn, ddl.RecordTransition(open))
		expect("expand", open)
		execute(t, conn, ddl.ReachPhase(open.Name, schema.Migrate))
		migrated := open
		migrated.Phase = schema.Migrate
		expect("migrate", migrated)

		snapshot := read(conn, catalog.Scope{})
		if version, exists := snapshot.Ledger(); version != ddl.LedgerVersion || !exists {
			t.Errorf("ledger %d, %t", version, exists)
		}
		for _, name := range snapshot.Tables() {
			if name.Schema == ddl.LedgerSchema {
				t.Errorf("%s is reported", name)
			}
		}

		execute(t, conn, "REVOKE ALL ON pgphase.transitions FROM PUBLIC")
		if got := read(reader, catalog.Scope{}).Table(public("users")).Transitions; len(got) != 1 || !got[0].Recovered {
			t.Errorf("without rights on the ledger: %+v", got)
		}
		execute(t, conn, "DROP TABLE pgphase.transitions")
		expect("the ledger is lost", lost)
		if orphans := read(conn, catalog.Scope{}).Orphans(public("users")); len(orphans) != 0 {
			t.Errorf("orphans %v", orphans)
		}
		execute(t, conn, "COMMENT ON TRIGGER "+open.Trigger.Quote()+" ON users IS 'mine'")
		if orphans := read(conn, catalog.Scope{}).Orphans(public("users")); len(orphans) != 2 {
			t.Errorf("orphans %v", orphans)
		}
	})
}

func TestEndedTransition(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		conn := server.Database(t).Connect(t)
		open := replacement()
		execute(t, conn, `CREATE TABLE users (id int, "full ""Name""" text, first text)`)
		execute(t, conn, ddl.CreateLedger()...)
		transitions := func() []schema.OpenTransition {
			return readTable(t, conn, "public", "users").Transitions
		}
		for _, outcome := range []ddl.Outcome{ddl.Contracted, ddl.RolledBack} {
			execute(t, conn, ddl.RecordTransition(open))
			if diff := cmp.Diff([]schema.OpenTransition{open}, transitions()); diff != "" {
				t.Errorf("begun (-want +got):\n%s", diff)
			}
			execute(t, conn, ddl.EndTransition(open.Name, outcome)...)
			if got := transitions(); len(got) != 0 {
				t.Errorf("%s: %+v", outcome, got)
			}
		}
	})
}

func TestTableWithTwoNames(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		conn := db.Connect(t)
		role := db.Role(t, "")
		execute(t, conn, "CREATE TABLE clients (id int PRIMARY KEY, name text)", "CREATE VIEW mine AS SELECT * FROM clients",
			"GRANT SELECT ON clients TO PUBLIC", "GRANT INSERT ON clients TO "+role.Name+" WITH GRANT OPTION", "GRANT UPDATE (name) ON clients TO "+role.Name)
		before := readTable(t, conn, "public", "clients")
		if diff := cmp.Diff([]schema.Grant{
			{Privilege: "SELECT"},
			{Grantee: schema.Name(role.Name), Privilege: "INSERT", Grantable: true},
			{Grantee: schema.Name(role.Name), Privilege: "UPDATE", Column: "name"},
		}, before.Grants); diff != "" {
			t.Errorf("grants (-want +got):\n%s", diff)
		}
		renamed := schema.OpenTransition{
			Name: "pgphase_clients", Kind: schema.TableRenamed, Table: public("clients"),
			Phase: schema.Expand, OtherName: public("customers"),
		}
		execute(t, conn, ddl.CompatView(renamed, before, server.VersionNum)...)
		execute(t, conn, ddl.CreateLedger()...)
		recovered := renamed
		recovered.Recovered = true
		for _, want := range []schema.OpenTransition{recovered, renamed} {
			for _, asked := range []schema.Name{"clients", "customers"} {
				snapshot, err := catalog.Read(t.Context(), conn, catalog.Scope{Tables: []schema.QualifiedName{public(asked)}})
				if err != nil {
					t.Fatal(err)
				}
				if got := snapshot.Resolve(public(asked)); got != public("clients") {
					t.Errorf("%s leads to %s", asked, got)
				}
				table := snapshot.Table(snapshot.Resolve(public(asked)))
				if diff := cmp.Diff([]schema.OpenTransition{want}, table.Transitions); diff != "" {
					t.Errorf("asked for %s (-want +got):\n%s", asked, diff)
				}
				if len(table.Dependents) != 1 || !strings.Contains(table.Dependents[0].Name, "mine") {
					t.Errorf("dependents %+v", table.Dependents)
				}
			}
			execute(t, conn, ddl.RecordTransition(renamed))
		}

		// Migrate swaps the names; a snapshot that is merged knows it.
		whole, err := catalog.Read(t.Context(), conn, catalog.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		renamed.Table, renamed.OtherName, renamed.Phase = renamed.OtherName, renamed.Table, schema.Migrate
		before.Name = renamed.Table
		execute(t, conn, ddl.DropView(renamed.Table), "ALTER TABLE clients RENAME TO customers")
		execute(t, conn, ddl.CompatView(renamed, before, server.VersionNum)...)
		execute(t, conn, ddl.RecordTransition(renamed))
		scope := []schema.QualifiedName{public("clients")}
		fresh, err := catalog.Read(t.Context(), conn, catalog.Scope{Tables: scope})
		if err != nil {
			t.Fatal(err)
		}
		merged := whole.Merge(scope, fresh)
		if merged.Table(public("clients")) != nil || merged.Resolve(public("clients")) != public("customers") {
			t.Errorf("clients leads to %s", merged.Resolve(public("clients")))
		}
		if diff := cmp.Diff([]schema.OpenTransition{renamed}, merged.Table(public("customers")).Transitions); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
