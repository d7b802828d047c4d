// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// TestCompatView writes and reads through the other name of a table, as a role
// that was granted the table, or some of its columns.
func TestCompatView(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for _, onColumns := range []bool{false, true} {
			t.Run(fmt.Sprintf("grants on columns %t", onColumns), func(t *testing.T) {
				t.Parallel()
				testCompatView(t, server, onColumns)
			})
		}
	})
}

func testCompatView(t *testing.T, server *pgtest.Server, onColumns bool) {
	b := &bench{T: t, db: server.Database(t)}
	b.conn = b.db.Connect(t)
	owner, role, stranger := b.db.Role(t, ""), b.db.Role(t, ""), b.db.Role(t, "")
	b.exec("GRANT CREATE ON SCHEMA public TO "+owner.Name, "SET ROLE "+owner.Name,
		`CREATE TABLE clients (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Name" text NOT NULL DEFAULT 'nobody', secret text,
				at timestamptz NOT NULL DEFAULT now(), twice bigint GENERATED ALWAYS AS (length("Name") * 2) STORED)`,
		"INSERT INTO clients DEFAULT VALUES", "RESET ROLE")
	table := schema.Table{
		Name: schema.QualifiedName{Schema: "public", Name: "clients"}, Owner: schema.Name(owner.Name),
		Columns: []schema.Column{{Name: "id"}, {Name: "Name"}, {Name: "secret"}, {Name: "at"}, {Name: "twice"}},
		Grants: []schema.Grant{
			{Grantee: schema.Name(role.Name), Privilege: "INSERT"},
			{Grantee: schema.Name(role.Name), Privilege: "DELETE"},
			{Grantee: schema.Name(role.Name), Privilege: "TRUNCATE"},
		},
	}
	grants := func(privilege string, columns ...schema.Name) {
		for _, column := range columns {
			table.Grants = append(table.Grants, schema.Grant{Grantee: schema.Name(role.Name), Privilege: privilege, Column: column, Grantable: true})
		}
	}
	if onColumns {
		grants("SELECT", "id", "Name")
		grants("UPDATE", "Name")
	} else {
		grants("SELECT", "")
		grants("UPDATE", "")
	}
	for _, grant := range table.Grants {
		statement := "GRANT " + grant.Privilege
		if grant.Column != "" {
			statement += " (" + grant.Column.Quote() + ")"
		}
		b.exec(statement + " ON clients TO " + role.Name)
	}
	renamed := schema.OpenTransition{
		Name: "pgphase_rename", Kind: schema.TableRenamed, Table: table.Name, Phase: schema.Expand,
		OtherName: schema.QualifiedName{Schema: "public", Name: "customers"},
	}
	b.exec(ddl.CompatView(renamed, table, server.VersionNum)...)

	conn := connect(t, role.URL())
	for _, sql := range []string{
		`INSERT INTO customers DEFAULT VALUES`,
		`INSERT INTO customers ("Name", twice) VALUES ('b', DEFAULT) RETURNING id`,
		`INSERT INTO customers ("Name") VALUES ('c') ON CONFLICT (id) DO UPDATE SET "Name" = excluded."Name"`,
		`INSERT INTO customers (id, "Name") OVERRIDING SYSTEM VALUE VALUES (3, 'd') ON CONFLICT (id) DO UPDATE SET "Name" = excluded."Name"`,
		`UPDATE customers SET "Name" = 'e' WHERE id = 1 RETURNING "Name"`,
		`DELETE FROM customers WHERE id = 4`,
		`SELECT id, "Name" FROM customers`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Errorf("%v\n%s", err, sql)
		}
	}
	b.expect(`SELECT id || "Name" || twice FROM clients WHERE at IS NOT NULL ORDER BY id`, "1e2\n2nobody12\n3d2")
	b.expect("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'customers'", owner.Name)
	if _, err := conn.Exec(t.Context(), "SELECT secret FROM customers"); (err == nil) == onColumns {
		t.Errorf("reading a column that may not have been granted: %v", err)
	}
	other := connect(t, stranger.URL())
	if _, err := other.Exec(t.Context(), "SELECT id FROM customers"); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("the view shows the table to everybody: %v", err)
	}
	if server.Major >= 15 && !onColumns {
		b.exec("ALTER TABLE clients ENABLE ROW LEVEL SECURITY", `CREATE POLICY own ON clients USING ("Name" = current_user)`)
		if got := queryText(t, conn, "SELECT count(*)::text FROM customers"); got != "0" {
			t.Errorf("the view shows %s rows past the policy", got)
		}
	}
	got, err := ddl.ParseTransitionComment(b.query("SELECT obj_description('customers'::regclass)"))
	if err != nil || got.OtherName != renamed.OtherName || !got.Recovered {
		t.Errorf("%+v, %v", got, err)
	}

	// Migrate: the table takes the new name, the old one becomes the view.
	renamed.Table, renamed.OtherName, renamed.Phase = renamed.OtherName, renamed.Table, schema.Migrate
	table.Name = renamed.Table
	b.exec("BEGIN", ddl.DropView(renamed.Table), "ALTER TABLE clients RENAME TO customers")
	b.exec(ddl.CompatView(renamed, table, server.VersionNum)...)
	b.exec("COMMIT", "ALTER TABLE customers DISABLE ROW LEVEL SECURITY")
	if _, err := conn.Exec(t.Context(), `INSERT INTO clients ("Name") VALUES ('f')`); err != nil {
		t.Error(err)
	}
	b.exec(ddl.DropView(renamed.OtherName))
	b.expect(`SELECT count(*)::text FROM customers`, "4")
}
