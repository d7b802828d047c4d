// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Foreign keys with all that they can have, among tables of the same
// configuration, on a partitioned one, and of two tables to each other.
func TestAccForeignKeyLifecycle(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		l := newLifecycle(t, server)
		l.run(t, foreignKeyLifecycle)
		l.mustPlanNothing("-refresh=false")
		l.mustShowNoDrift()
		l.reimport(t, foreignKeyLifecycle[len(foreignKeyLifecycle)-1].hcl, map[string]string{
			"pgphase_table.users": "public.users", "pgphase_table.orders": "public.orders", "pgphase_table.months": "public.months",
			"pgphase_foreign_key.month": "public.orders.orders_month_fk",
			"pgphase_foreign_key.user":  "public.orders.orders_customer_fk", "pgphase_foreign_key.best": "public.users.users_best_order_fk",
			"pgphase_foreign_key.self": "public.orders.self", "pgphase_foreign_key.part": `public.events."Of a user"`,
		})
		l.destroyAll(t, `
ALTER TABLE users DROP CONSTRAINT users_best_order_fk;
ALTER TABLE events DROP CONSTRAINT "Of a user";
DROP TABLE orders, users, months`)
	})
}

// foreignKeyTables are the tables of the foreign keys, and one that refers to
// a partitioned table, with what it does on delete.
func foreignKeyTables(onDelete string) string {
	return `
resource "pgphase_table" "users" {
  name = "users"
  columns = {
    id    = { type = "bigint" }
    shop  = { type = "int" }
    best  = { type = "bigint" }
  }
  primary_key         = { columns = ["id"] }
  unique              = { users_shop_id_key = { columns = ["shop", "id"] } }
  deletion_protection = false
}
resource "pgphase_table" "orders" {
  name = "orders"
  columns = {
    id       = { type = "bigint" }
    user_id  = { type = "bigint" }
    shop     = { type = "int" }
    previous = { type = "bigint" }
    month    = { type = "date" }
  }
  primary_key         = { columns = ["id"] }
  deletion_protection = false
}
resource "pgphase_table" "months" {
  name                = "months"
  columns             = { month = { type = "date" } }
  primary_key         = { columns = ["month"] }
  partition_by        = { strategy = "range", keys = [{ column = "month" }] }
  deletion_protection = false
}
# The locks of the partitions, of which there are none yet, are in both plans.
resource "pgphase_foreign_key" "month" {
  table      = pgphase_table.orders.id
  name       = "orders_month_fk"
  columns    = ["month"]
  references = { table = pgphase_table.months.id, columns = ["month"] }
  on_delete  = "` + onDelete + `"
}`
}

var foreignKeyLifecycle = []lifecycleStep{{
	title: "create with the tables",
	before: `
CREATE TABLE events (user_id bigint, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);`,
	hcl: foreignKeyTables("no action") + `
resource "pgphase_foreign_key" "user" {
  table      = pgphase_table.orders.id
  name       = "orders_user_fk"
  columns    = ["shop", "user_id"]
  references = { table = pgphase_table.users.id, columns = ["shop", "id"] }
  on_delete  = "set null"
  on_delete_columns = ["user_id"] # 15+
  on_update  = "cascade"
  deferrable = true
  initially_deferred = true
  comment    = "who ordered"
}
resource "pgphase_foreign_key" "best" {
  table      = pgphase_table.users.id
  name       = "users_best_order_fk"
  columns    = ["best"]
  references = { table = pgphase_table.orders.id, columns = ["id"] }
  on_delete  = "set default"
}
resource "pgphase_foreign_key" "self" {
  table      = pgphase_table.orders.id
  name       = "orders_previous_fk"
  columns    = ["previous"]
  references = { table = pgphase_table.orders.id, columns = ["id"] }
  match      = "full"
  on_delete  = "restrict"
}
resource "pgphase_foreign_key" "part" {
  table      = "public.events"
  name       = "Of a user"
  columns    = ["user_id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
  on_delete  = "cascade"
}`,
	sql: `
CREATE TABLE users (id bigint PRIMARY KEY, best bigint, shop int, CONSTRAINT users_shop_id_key UNIQUE (shop, id));
CREATE TABLE orders (id bigint PRIMARY KEY, previous bigint, user_id bigint, month date, shop int);
CREATE TABLE months (month date PRIMARY KEY) PARTITION BY RANGE (month);
ALTER TABLE orders ADD CONSTRAINT orders_month_fk FOREIGN KEY (month) REFERENCES months;
ALTER TABLE orders ADD CONSTRAINT orders_user_fk FOREIGN KEY (shop, user_id) REFERENCES users (shop, id) ON UPDATE CASCADE ON DELETE SET NULL (user_id) DEFERRABLE INITIALLY DEFERRED; -- 15+
ALTER TABLE orders ADD CONSTRAINT orders_user_fk FOREIGN KEY (shop, user_id) REFERENCES users (shop, id) ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED; -- <15
COMMENT ON CONSTRAINT orders_user_fk ON orders IS 'who ordered';
ALTER TABLE users ADD CONSTRAINT users_best_order_fk FOREIGN KEY (best) REFERENCES orders ON DELETE SET DEFAULT;
ALTER TABLE orders ADD CONSTRAINT orders_previous_fk FOREIGN KEY (previous) REFERENCES orders MATCH FULL ON DELETE RESTRICT;
ALTER TABLE events ADD CONSTRAINT "Of a user" FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;`,
}, {
	title: "change in place, redefine and rename",
	before: `
INSERT INTO users SELECT n, NULL, 1 FROM generate_series(1, 20) n;
CREATE TABLE months_all PARTITION OF months DEFAULT;
INSERT INTO months VALUES ('2024-01-01');
INSERT INTO orders SELECT n, n, n, '2024-01-01', 1 FROM generate_series(1, 20) n;
INSERT INTO events SELECT n, date '2023-12-20' + n::int FROM generate_series(1, 20) n;`,
	hcl: foreignKeyTables("cascade") + `
resource "pgphase_foreign_key" "user" {
  table      = pgphase_table.orders.id
  name       = "orders_customer_fk"
  columns    = ["user_id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
  comment    = "who ordered, whatever the shop"
}
resource "pgphase_foreign_key" "best" {
  table      = pgphase_table.users.id
  name       = "users_best_order_fk"
  columns    = ["best"]
  references = { table = pgphase_table.orders.id, columns = ["id"] }
  on_delete  = "set default"
  deferrable = true
}
resource "pgphase_foreign_key" "self" {
  table      = pgphase_table.orders.id
  name       = "self"
  columns    = ["previous"]
  references = { table = pgphase_table.orders.id, columns = ["id"] }
  match      = "full"
  on_delete  = "restrict"
  comment    = "renamed"
}
resource "pgphase_foreign_key" "part" {
  table      = "public.events"
  name       = "Of a user"
  columns    = ["user_id"]
  references = { table = pgphase_table.users.id, columns = ["id"] }
  on_delete  = "set null"
}`,
	sql: `
ALTER TABLE orders DROP CONSTRAINT orders_user_fk, ADD CONSTRAINT orders_customer_fk FOREIGN KEY (user_id) REFERENCES users;
COMMENT ON CONSTRAINT orders_customer_fk ON orders IS 'who ordered, whatever the shop';
ALTER TABLE users ALTER CONSTRAINT users_best_order_fk DEFERRABLE;
ALTER TABLE orders DROP CONSTRAINT orders_month_fk, ADD CONSTRAINT orders_month_fk FOREIGN KEY (month) REFERENCES months ON DELETE CASCADE;
ALTER TABLE orders RENAME CONSTRAINT orders_previous_fk TO self;
COMMENT ON CONSTRAINT self ON orders IS 'renamed';
ALTER TABLE events DROP CONSTRAINT "Of a user", ADD CONSTRAINT "Of a user" FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL;`,
}}
