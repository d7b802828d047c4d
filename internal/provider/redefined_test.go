// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// An index is redefined phase by phase, forward and back, and taken back: at
// each step the database is what somebody gets by hand, the plan that follows is
// empty, and a refresh and an import find nothing else.
func TestAccPhasesOfAnIndex(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		index := func(rest string) string {
			return phasedTable("users", `email = { type = "text" }`, "") + "\nresource \"pgphase_index\" \"i\" {\n  table = pgphase_table.t.id\n  name  = \"users_email_idx\"\n  " + rest + "\n}\n"
		}
		a := func(phase string) string { return index(`keys = [{ column = "email" }]` + phase) }
		b := func(phase string) string {
			return index(`keys = [{ expression = "LOWER( email )" }]` + "\n  where = \"email is NOT null\"\n  comment = \"logins\"" + phase)
		}
		next, last := schema.DerivedName("new", "public", "users_email_idx"), schema.DerivedName("old", "public", "users_email_idx")
		const unswapped = "index public.users_email_idx"
		swapped := "index public." + string(last)
		reach := func(title, hcl, sql string, retained ...string) {
			t.Helper()
			p.twin.Exec(t, sql)
			p.reach(title, hcl, retained...)
			p.compare(t, title)
			if t.Failed() {
				t.FailNow()
			}
		}
		swap := fmt.Sprintf("ALTER INDEX users_email_idx RENAME TO %s; ALTER INDEX %s RENAME TO users_email_idx", last, next)
		swapBack := fmt.Sprintf("ALTER INDEX users_email_idx RENAME TO %s; ALTER INDEX %s RENAME TO users_email_idx", next, last)
		build := fmt.Sprintf("CREATE INDEX %[1]s ON users (lower(email)) WHERE email IS NOT NULL; COMMENT ON INDEX %[1]s IS 'logins'", next)

		reach("create", a("\n  phase = \"expand\""), "CREATE TABLE users (id integer CONSTRAINT users_pkey PRIMARY KEY, email text); CREATE INDEX users_email_idx ON users (email)")
		p.refused("contract first", b("\n  phase = \"contract\""), "Cannot redefine index public.users_email_idx", `apply `+"`"+`phase = "expand"`+"`"+` first`)
		reach("expand", b("\n  phase = \"expand\""), build, unswapped)
		p.mustShowNoDrift()
		reach("taken back after expand", a("\n  phase = \"expand\""), fmt.Sprintf("DROP INDEX %s", next))
		reach("expand again", b("\n  phase = \"expand\""), build, unswapped)
		p.reimport(t, b("\n  phase = \"expand\""), map[string]string{"pgphase_table.t": "public.users", "pgphase_index.i": "public.users_email_idx"})
		p.refused("a new name", strings.Replace(b("\n  phase = \"expand\""), `"users_email_idx"`, `"logins"`, 1), "Redefinition of index public.users_email_idx is open")
		reach("migrate", b("\n  phase = \"migrate\""), swap, swapped)
		p.mustShowNoDrift()
		p.refused("a third definition", index(`keys = [{ column = "id" }]`+"\n  phase = \"migrate\""), "Redefinition of index public.users_email_idx is open")
		reach("back to expand", b("\n  phase = \"expand\""), swapBack, unswapped)
		p.mustShowNoDrift()
		reach("migrate again", b("\n  phase = \"migrate\""), swap, swapped)
		reach("taken back", a(""), swapBack+fmt.Sprintf("; DROP INDEX %s", next))
		reach("migrate at once", b("\n  phase = \"migrate\""), build+";"+swap, swapped)
		p.reimport(t, b("\n  phase = \"migrate\""), map[string]string{"pgphase_table.t": "public.users", "pgphase_index.i": "public.users_email_idx"})
		p.write(b("\n  phase = \"contract\""))
		output, _ := p.plan()
		for _, text := range []string{"Use of index public." + string(last) + " before it is dropped", "public.users_email_idx was never scanned", "DROP INDEX CONCURRENTLY"} {
			if !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(output, "│", " ")), " "), text) {
				t.Errorf("the plan to contract does not say %q:\n%s", text, output)
			}
		}
		reach("contract", b("\n  phase = \"contract\""), fmt.Sprintf("DROP INDEX %s", last))
		reach("without phase", b(""), "SELECT")
		reach("in one apply", a(""), "DROP INDEX users_email_idx; CREATE INDEX users_email_idx ON users (email)")
		p.destroyAll(t, "DROP TABLE users")
	})
}

// A foreign key is redefined phase by phase: until contract, both are enforced.
func TestAccPhasesOfAForeignKey(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		hcl := func(rest string) string {
			return `
resource "pgphase_table" "users" {
  name                = "users"
  columns             = { id = { type = "integer" } }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
}
` + phasedTable("orders", `user_id = { type = "integer" }`, "") + `
resource "pgphase_index" "i" {
  table = pgphase_table.t.id
  name  = "orders_user_idx"
  keys  = [{ column = "user_id" }]
}
resource "pgphase_foreign_key" "f" {
  table      = pgphase_table.t.id
  name       = "orders_user_fk"
  columns    = ["user_id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
  ` + rest + "\n}\n"
		}
		a := func(phase string) string { return hcl(phase) }
		b := func(phase string) string { return hcl("on_delete = \"cascade\"\n  comment = \"whose\"\n  " + phase) }
		next, last := schema.DerivedName("new", "public", "orders_user_fk"), schema.DerivedName("old", "public", "orders_user_fk")
		const unswapped = "foreign key public.orders.orders_user_fk"
		swapped := "foreign key public.orders." + string(last)
		reach := func(title, hcl, sql string, retained ...string) {
			t.Helper()
			p.twin.Exec(t, sql)
			p.reach(title, hcl, retained...)
			p.compare(t, title)
			if t.Failed() {
				t.FailNow()
			}
		}
		rename := func(from, to schema.Name) string {
			return fmt.Sprintf("ALTER TABLE orders RENAME CONSTRAINT %s TO %s; ", from, to)
		}
		const fk = schema.Name("orders_user_fk")
		add := fmt.Sprintf("ALTER TABLE orders ADD CONSTRAINT %[1]s FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE NOT VALID; "+
			"COMMENT ON CONSTRAINT %[1]s ON orders IS 'whose'", next)
		validate := fmt.Sprintf("ALTER TABLE orders VALIDATE CONSTRAINT %s; ", next)
		ids := map[string]string{
			"pgphase_table.users": "public.users", "pgphase_table.t": "public.orders",
			"pgphase_index.i": "public.orders_user_idx", "pgphase_foreign_key.f": "public.orders.orders_user_fk",
		}

		reach("create", a(`phase = "contract"`), "CREATE TABLE users (id integer CONSTRAINT users_pkey PRIMARY KEY); "+
			"CREATE TABLE orders (id integer CONSTRAINT orders_pkey PRIMARY KEY, user_id integer CONSTRAINT orders_user_fk REFERENCES users); "+
			"CREATE INDEX orders_user_idx ON orders (user_id)")
		p.refused("leftover contract", b(`phase = "contract"`), "Cannot redefine foreign key orders_user_fk of public.orders", `apply `+"`"+`phase = "expand"`+"`"+` first`)
		reach("expand", b(`phase = "expand"`), add, unswapped)
		p.mustShowNoDrift()
		p.reimport(t, b(`phase = "expand"`), ids)
		reach("taken back after expand", a(""), fmt.Sprintf("ALTER TABLE orders DROP CONSTRAINT %s", next))
		p.db.Exec(t, "INSERT INTO users VALUES (1); INSERT INTO orders VALUES (1, 1)")
		reach("migrate at once", b(`phase = "migrate"`), add+";"+validate+rename(fk, last)+rename(next, fk), swapped)
		p.mustShowNoDrift()
		p.reimport(t, b(`phase = "migrate"`), ids)
		if _, err := p.db.Connect(t).Exec(t.Context(), "DELETE FROM users"); err == nil {
			t.Error("the old foreign key is not enforced until contract")
		}
		reach("back to expand", b(`phase = "expand"`), rename(fk, next)+rename(last, fk), unswapped)
		p.mustShowNoDrift()
		reach("migrate", b(`phase = "migrate"`), rename(fk, last)+rename(next, fk), swapped)
		reach("taken back", a(`phase = "migrate"`), fmt.Sprintf("ALTER TABLE orders DROP CONSTRAINT %s; ", fk)+rename(last, fk))
		reach("expand again", b(`phase = "expand"`), add, unswapped)
		reach("contract", b(`phase = "contract"`), validate+fmt.Sprintf("ALTER TABLE orders DROP CONSTRAINT %s; ", fk)+rename(next, fk))
		p.db.Exec(t, "DELETE FROM users")
		reach("without phase", b(""), "SELECT")
		reach("both at once", b(`phase = "migrate"`), "SELECT")
		reach("migrate to destroy", a(`phase = "migrate"`), strings.ReplaceAll(strings.ReplaceAll(add, " ON DELETE CASCADE", ""), "'whose'", "NULL")+";"+validate+rename(fk, last)+rename(next, fk), swapped)
		p.destroyAll(t, "DROP TABLE orders, users")
	})
}

// An index of a column that is being replaced waits for that, and goes with the
// column.
func TestAccPhasesOfAnIndexOfAReplacedColumn(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		p := newPhases(t, server)
		index := func(column, phase string) string {
			return fmt.Sprintf("\nresource \"pgphase_index\" \"i\" {\n  table = pgphase_table.t.id\n  name  = \"users_name_idx\"\n  keys  = [{ column = %q }]\n  %s\n}\n", column, phase)
		}
		table := func(phase string) string {
			return phasedTable("users", `display_name = { type = "text", replaces = { columns = ["user_name"] } }`, fmt.Sprintf("phase = %q", phase))
		}
		const column = "column public.users.user_name"
		old := "index public." + string(schema.DerivedName("old", "public", "users_name_idx"))
		p.reach("create", phasedTable("users", `user_name = { type = "text" }`, "")+index("user_name", ""))
		p.db.Exec(t, "INSERT INTO users VALUES (1, 'a')")

		p.refused("in one apply with the table", table("expand")+index("display_name", ""), "Cannot drop the old definition of index public.users_name_idx", "user_name to display_name")
		p.reach("expand the table", table("expand")+index("user_name", ""), column)
		p.refused("without phase", table("expand")+index("display_name", ""), "Cannot drop the old definition of index public.users_name_idx", `phase = "migrate"`)
		p.reach("expand", table("expand")+index("display_name", `phase = "expand"`), column, "index public.users_name_idx")
		p.refused("contract of the table while the index has the column", table("contract")+index("display_name", `phase = "expand"`), "have no counterpart", "only been expanded")
		p.reach("migrate", table("migrate")+index("display_name", `phase = "migrate"`), column, old)
		p.refused("contract of the index", table("migrate")+index("display_name", `phase = "contract"`), "Cannot drop the old definition of index public.users_name_idx", "Contract that first")
		// The state of the index says so until it is written again; a refresh knows better.
		p.reach("contract of the table", table("contract")+index("display_name", `phase = "migrate"`), old)
		p.reach("without phase", phasedTable("users", `display_name = { type = "text" }`, "")+index("display_name", ""))
		p.ended("the end", "CREATE TABLE users (id integer CONSTRAINT users_pkey PRIMARY KEY, display_name text); CREATE INDEX users_name_idx ON users (display_name)")
	})
}

// A constraint that a removed column shares stays until contract: code that
// names the column may name it in ON CONFLICT.
func TestAccPhasesOfAConstraintOfARemovedColumn(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	server := pgtest.Shared(t, pgtest.Newest())
	p := newPhases(t, server)
	table := func(columns, unique, phase string) string {
		return phasedTable("codes", columns, fmt.Sprintf("unique = { codes_key = { columns = [%s] } }\n  %s", unique, phase))
	}
	before := table("code = { type = \"text\" }\n    kind = { type = \"text\" }", `"code", "kind"`, "")
	after := func(phase string) string { return table(`kind = { type = "text" }`, `"kind"`, phase) }
	oldCode := func(id int) string {
		return fmt.Sprintf("INSERT INTO codes VALUES (%d, 'a', 'k%d') ON CONFLICT (code, kind) DO UPDATE SET kind = excluded.kind", id, id)
	}
	p.reach("create", before)
	p.db.Exec(t, oldCode(1))
	for i, phase := range []string{"expand", "migrate"} {
		p.reach(phase, after(fmt.Sprintf("phase = %q", phase)), "column public.codes.code")
		p.mustShowNoDrift()
		p.db.Exec(t, oldCode(i+2))
	}
	p.reach("taken back", before)
	p.db.Exec(t, oldCode(4))
	p.reach("expand again", after(`phase = "expand"`), "column public.codes.code")
	p.reach("contract", after(`phase = "contract"`))
	p.reach("without phase", after(""))
	p.ended("the end", "CREATE TABLE codes (id integer CONSTRAINT codes_pkey PRIMARY KEY, kind text CONSTRAINT codes_key UNIQUE)")
}

// A redefinition goes on when the tables that it is about are renamed meanwhile.
func TestAccPhasesOfAnIndexOfARenamedTable(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	server := pgtest.Shared(t, pgtest.Newest())
	p := newPhases(t, server)
	configuration := func(name, rename, key, action, phase string) string {
		return phasedTable(name, `client_id = { type = "integer" }`, rename) + fmt.Sprintf(`
resource "pgphase_index" "i" {
  table = pgphase_table.t.id
  name  = "client_idx"
  keys  = [{ column = %q }]
  phase = %q
}
resource "pgphase_foreign_key" "f" {
  table      = pgphase_table.t.id
  name       = "client_fk"
  columns    = ["client_id"]
  references = { table = pgphase_table.t.id, columns = ["id"] }
  on_delete  = %q
  phase      = %[2]q
}
`, key, phase, action)
	}
	before := func(phase string) string { return configuration("clients", "", "client_id", "no action", phase) }
	renamed := func(tablePhase, phase string) string {
		return configuration("customers", fmt.Sprintf("renamed_from = \"clients\"\n  phase = %q", tablePhase), "id", "cascade", phase)
	}
	oldKey, oldIndex := string(schema.DerivedName("old", "public", "client_fk")), string(schema.DerivedName("old", "public", "client_idx"))
	p.reach("create", before("expand"))
	p.reach("expand", configuration("clients", "", "id", "cascade", "expand"), "foreign key public.clients.client_fk", "index public.client_idx")
	p.reach("rename: expand", renamed("expand", "expand"), "foreign key public.clients.client_fk", "index public.client_idx", "name public.clients")
	p.reach("migrate all", renamed("migrate", "migrate"), "foreign key public.customers."+oldKey, "index public."+oldIndex, "view public.clients")
	p.reach("rename: contract", renamed("contract", "migrate"), "foreign key public.customers."+oldKey, "index public."+oldIndex)
	p.reach("contract", renamed("contract", "contract"))
	p.ended("the end", `CREATE TABLE clients (id integer CONSTRAINT clients_pkey PRIMARY KEY,
		client_id integer CONSTRAINT client_fk REFERENCES clients ON DELETE CASCADE);
		CREATE INDEX client_idx ON clients (id); ALTER TABLE clients RENAME TO customers`)
}
