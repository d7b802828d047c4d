// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

const badPlanTables = `
CREATE TABLE users (id bigint PRIMARY KEY, email text, age int, note text, CONSTRAINT grown CHECK (age < 200));
INSERT INTO users SELECT n, CASE WHEN n > 3 THEN 'user' || n END, n - 3, 'note ' || n / 2 FROM generate_series(1, 12) n;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, code text);
INSERT INTO orders SELECT n, n FROM generate_series(8, 16) n;
CREATE TABLE events (id bigint, day date) PARTITION BY RANGE (day);
CREATE INDEX users_age_idx ON users (age);
CREATE VIEW adults AS SELECT id FROM users WHERE age >= 18;`

// refusedByTheServer are new resources that cannot be, as only a server knows.
var refusedByTheServer = []badInput{
	{"pgphase_table.type", "  name = \"t1\"\n  columns = {\n    id = { type = \"nonsuch\" }\n  }", "id = ", []string{"nonsuch", "column id", "does not exist"}},
	{"pgphase_table.modifier", "  name = \"t2\"\n  columns = {\n    id = { type = \"varchar(0)\" }\n  }", "id = ", []string{"length for type varchar must be at least 1"}},
	{"pgphase_table.collation", "  name = \"t3\"\n  columns = {\n    id = { type = \"text\", collation = \"nonsuch\" }\n  }", "id = ", []string{"collation", "nonsuch"}},
	{"pgphase_table.syntax", "  name = \"t4\"\n  columns = {\n    id = { type = \"int\", default = \"1 +\" }\n  }", "id = ", []string{"1 +", "syntax error at its end"}},
	{"pgphase_table.default_type", "  name = \"t5\"\n  columns = {\n    id = { type = \"int\", default = \"'many'\" }\n  }", "id = ", []string{"invalid input syntax for type integer"}},
	{"pgphase_table.check", "  name = \"t6\"\n  columns = { id = { type = \"int\" } }\n  checks = {\n    c = { expression = \"nonsuch > 0\" }\n  }", "c = ", []string{"nonsuch", "does not exist"}},
	{"pgphase_table.generated", "  name = \"t7\"\n  columns = {\n    at = { type = \"timestamptz\", generated = { expression = \"now()\" } }\n  }", "at = ", []string{"immutable"}},
	{"pgphase_table.key", "  name = \"t8\"\n  columns = { id = { type = \"int\" } }\n  primary_key = { columns = [\"nope\"] }", "primary_key = ", []string{"nope"}},
	{"pgphase_table.exists", "  name = \"users\"\n  columns = { id = { type = \"int\" } }", "name = ", []string{"public.users", "exists already", "import {", `id = "public.users"`}},
	{"pgphase_table.view", "  name = \"adults\"\n  columns = { id = { type = \"int\" } }", "name = ", []string{"public.adults", "view"}},
	{"pgphase_table.schema", "  schema = \"nonsuch\"\n  name = \"t9\"\n  columns = { id = { type = \"int\" } }", "schema = ", []string{"CREATE SCHEMA nonsuch"}},
	{"pgphase_column.table", "  table = \"public.nonsuch\"\n  name = \"c\"\n  type = \"int\"", "table = ", []string{"public.nonsuch does not exist", "pgphase_table.<name>.id"}},
	{"pgphase_column.type", "  table = \"public.users\"\n  name = \"c\"\n  type = \"nonsuch\"", "type = ", []string{"nonsuch"}},
	{"pgphase_column.required", "  table = \"public.users\"\n  name = \"c\"\n  type = \"int\"\n  nullable = false", "nullable = ", []string{"public.users.c", "backfill"}},
	{"pgphase_column.backfill", "  table = \"public.users\"\n  name = \"d\"\n  type = \"int\"\n  nullable = false\n  backfill = \"nonsuch + 1\"", "backfill = ", []string{"nonsuch"}},
	{"pgphase_index.table", "  table = \"public.nonsuch\"\n  name = \"i1\"\n  keys = [{ column = \"id\" }]", "table = ", []string{"public.nonsuch does not exist"}},
	{"pgphase_index.column", "  table = \"public.users\"\n  name = \"i2\"\n  keys = [\n    { column = \"nope\" }\n  ]", "{ column", []string{"public.users has no column nope", "id, email, age, note"}},
	{"pgphase_index.expression", "  table = \"public.users\"\n  name = \"i3\"\n  keys = [\n    { expression = \"lower(age)\" }\n  ]", "{ expression", []string{"function lower(integer) does not exist"}},
	{"pgphase_index.volatile", "  table = \"public.users\"\n  name = \"i4\"\n  keys = [{ column = \"age\" }]\n  where = \"now() > '2020-01-01'\"", "where = ", []string{"IMMUTABLE"}},
	{"pgphase_index.method", "  table = \"public.users\"\n  name = \"i5\"\n  method = \"nonsuch\"\n  keys = [{ column = \"age\" }]", "method = ", []string{"nonsuch"}},
	{"pgphase_index.class", "  table = \"public.users\"\n  name = \"i6\"\n  keys = [\n    { column = \"age\", operator_class = \"text_ops\" }\n  ]", "", []string{"text_ops"}},
	{"pgphase_index.exists", "  table = \"public.users\"\n  name = \"users_age_idx\"\n  keys = [{ column = \"email\" }]", "name = ", []string{"public.users_age_idx", "import"}},
	{"pgphase_index.of_key", "  table = \"public.users\"\n  name = \"users_pkey\"\n  keys = [{ column = \"id\" }]", "name = ", []string{"users_pkey"}},
	{"pgphase_index.duplicates", "  table = \"public.users\"\n  name = \"i7\"\n  keys = [{ column = \"note\" }]\n  unique = true", "unique = ", []string{"note 1", "2 rows"}},
	{"pgphase_foreign_key.table", "  table = \"public.nonsuch\"\n  name = \"f1\"\n  columns = [\"id\"]\n  references = { table = \"public.users\", columns = [\"id\"] }", "table = ", []string{"public.nonsuch does not exist"}},
	{"pgphase_foreign_key.references", "  table = \"public.orders\"\n  name = \"f2\"\n  columns = [\"id\"]\n  references = { table = \"public.nonsuch\", columns = [\"id\"] }", "references = ", []string{"public.nonsuch does not exist"}},
	{"pgphase_foreign_key.column", "  table = \"public.orders\"\n  name = \"f3\"\n  columns = [\"nope\"]\n  references = { table = \"public.users\", columns = [\"id\"] }", "columns = ", []string{"nope"}},
	{"pgphase_foreign_key.referenced", "  table = \"public.orders\"\n  name = \"f4\"\n  columns = [\"user_id\"]\n  references = { table = \"public.users\", columns = [\"nope\"] }", "references = ", []string{"public.users has no column nope"}},
	{"pgphase_foreign_key.unique", "  table = \"public.orders\"\n  name = \"f5\"\n  columns = [\"user_id\"]\n  references = { table = \"public.users\", columns = [\"age\"] }", "references = ", []string{"exactly (age)"}},
	{"pgphase_foreign_key.types", "  table = \"public.orders\"\n  name = \"f6\"\n  columns = [\"code\"]\n  references = { table = \"public.users\", columns = [\"id\"] }", "columns = ", []string{"text", "bigint"}},
	{"pgphase_foreign_key.orphans", "  table = \"public.orders\"\n  name = \"f7\"\n  columns = [\"user_id\"]\n  references = { table = \"public.users\", columns = [\"id\"] }", "columns = ", []string{"user_id = '13'", "Found 4"}},
	{"pgphase_foreign_key.taken", "  table = \"public.users\"\n  name = \"grown\"\n  columns = [\"id\"]\n  references = { table = \"public.orders\", columns = [\"id\"] }", "name = ", []string{"grown"}},
}

func TestAccRefusedAtPlan(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	onOldestAndNewest(t, func(t *testing.T, server *pgtest.Server) {
		db := server.Database(t)
		db.Exec(t, badPlanTables)
		before := pgtest.PgDump(t, db)
		c := newCLI(t, db)
		var all strings.Builder
		for _, b := range refusedByTheServer {
			all.WriteString(b.hcl())
		}
		c.write(all.String())
		wantRefused(t, c.messages("plan"), refusedByTheServer)
		if now := pgtest.PgDump(t, db); now != before {
			t.Errorf("the plan has changed\n%s\nto\n%s", before, now)
		}
	})
}
