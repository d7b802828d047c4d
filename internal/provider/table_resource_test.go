// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// A table with all that a table can have, from its creation to its end.
func TestAccTableLifecycle(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		l := newLifecycle(t, server)
		l.run(t, tableLifecycle)
		l.mustPlanNothing("-refresh=false")
		l.mustShowNoDrift()
		last := tableLifecycle[len(tableLifecycle)-1].hcl
		l.reimport(t, last, map[string]string{"pgphase_table.everything": `shop."Every thing"`})
		// What belongs to the table goes with it, though it names columns.
		for _, db := range []*pgtest.Database{l.db, l.twin} {
			db.Exec(t, forVersion(server.Major, `
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE UPDATE OF code ON shop."Every thing" FOR EACH ROW WHEN (NEW.code > 0) EXECUTE FUNCTION nothing();
CREATE POLICY p ON shop."Every thing" USING (code > 0);
CREATE RULE r AS ON DELETE TO shop."Every thing" WHERE code = 0 DO INSTEAD NOTHING;
CREATE STATISTICS shop.s ON code, rank FROM shop."Every thing";
CREATE PUBLICATION partly FOR TABLE shop."Every thing" (code) WHERE (code > 0); -- 15+`))
		}
		l.destroyAll(t, `DROP TABLE shop."Every thing"`)
	})
}

var tableLifecycle = []lifecycleStep{{
	title:  "create",
	before: `CREATE SCHEMA shop`,
	hcl: `
resource "pgphase_table" "everything" {
  schema  = "shop"
  name    = "Every thing"
  comment = "It's all here"
  columns = {
    id       = { type = "int8", identity = "always", sequence = { start = 1000, increment = 10, min_value = 10, max_value = 99999, cache = 5, cycle = true } }
    "Name"   = { type = "varchar(80)", nullable = false, default = "'nobody'", collation = "\"C\"", storage = "external", statistics = 500, comment = "first \"and\" last" }
    active   = { type = "bool", nullable = false, default = "true" }
    code     = { type = "int", nullable = true }
    during   = { type = "tstzrange", compression = "pglz" }
    price    = { type = "decimal(10,2)", default = "0" }
    ratio    = { type = "numeric(5,2)" }
    seen     = { type = "timestamptz", default = "now()" }
    tags     = { type = "text[]", default = "'{}'", storage = "main" }
    total    = { type = "numeric", generated = { expression = "price * 1.19" } }
    doubled  = { type = "integer", generated = { expression = "code * 2", kind = "virtual" } } # 18+
  }
  primary_key = { name = "everything_pk", columns = ["id"], include = ["code"], options = { fillfactor = 90 }, comment = "the key" }
  unique = {
    "one each"   = { columns = ["code", "active"], nulls_not_distinct = true, comment = "NULLs as well" } # 15+
    "one each"   = { columns = ["code", "active"], comment = "not NULLs" } # <15
    deferred_key = { columns = ["Name"], deferrable = true, initially_deferred = true }
  }
  checks = {
    price_check = { expression = "price >= 0", comment = "no gifts" }
    own_check   = { expression = "length(\"Name\") > 1", no_inherit = true }
  }
  exclusions = {
    during_excl = { elements = [{ column = "during", operator = "&&" }], where = "active", comment = "one at a time" }
    code_excl   = { method = "btree", elements = [{ expression = "code + 1", operator = "=" }], deferrable = true }
  }
  options             = { fillfactor = 80, "toast.autovacuum_enabled" = false }
  replica_identity    = { mode = "index", index = "everything_pk" }
  deletion_protection = false
}`,
	sql: `
CREATE TABLE shop."Every thing" (
  id int8 GENERATED ALWAYS AS IDENTITY (START 1000 INCREMENT 10 MINVALUE 10 MAXVALUE 99999 CACHE 5 CYCLE),
  seen timestamptz DEFAULT now(),
  code int,
  doubled int GENERATED ALWAYS AS (code * 2) VIRTUAL, -- 18+
  active bool NOT NULL DEFAULT true,
  "Name" varchar(80) COLLATE "C" NOT NULL DEFAULT 'nobody',
  during tstzrange COMPRESSION pglz,
  price decimal(10,2) DEFAULT 0,
  ratio numeric(5,2),
  tags text[] DEFAULT '{}',
  total numeric GENERATED ALWAYS AS (price * 1.19) STORED,
  CONSTRAINT everything_pk PRIMARY KEY (id) INCLUDE (code) WITH (fillfactor = 90),
  CONSTRAINT "one each" UNIQUE NULLS NOT DISTINCT (code, active), -- 15+
  CONSTRAINT "one each" UNIQUE (code, active), -- <15
  CONSTRAINT deferred_key UNIQUE ("Name") DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT price_check CHECK (price >= 0),
  CONSTRAINT own_check CHECK (length("Name") > 1) NO INHERIT,
  CONSTRAINT during_excl EXCLUDE USING gist (during WITH &&) WHERE (active),
  CONSTRAINT code_excl EXCLUDE USING btree ((code + 1) WITH =) DEFERRABLE
) WITH (fillfactor = 80, toast.autovacuum_enabled = false);
ALTER TABLE shop."Every thing" REPLICA IDENTITY USING INDEX everything_pk,
  ALTER "Name" SET STORAGE external, ALTER "Name" SET STATISTICS 500, ALTER tags SET STORAGE main;
COMMENT ON TABLE shop."Every thing" IS 'It''s all here';
COMMENT ON COLUMN shop."Every thing"."Name" IS 'first "and" last';
COMMENT ON CONSTRAINT everything_pk ON shop."Every thing" IS 'the key';
COMMENT ON CONSTRAINT "one each" ON shop."Every thing" IS 'NULLs as well'; -- 15+
COMMENT ON CONSTRAINT "one each" ON shop."Every thing" IS 'not NULLs'; -- <15
COMMENT ON CONSTRAINT price_check ON shop."Every thing" IS 'no gifts';
COMMENT ON CONSTRAINT during_excl ON shop."Every thing" IS 'one at a time';`,
}, {
	title:  "change every kind of attribute of a table with rows",
	before: `INSERT INTO shop."Every thing" ("Name", code, price) SELECT 'row ' || n, n, n FROM generate_series(1, 50) n`,
	hcl: `
resource "pgphase_table" "everything" {
  schema  = "shop"
  name    = "Every thing"
  columns = {
    id       = { type = "int8", identity = "by default", sequence = { start = 1000, increment = 1, max_value = 999999 } }
    "Name"   = { type = "text", nullable = true, collation = "\"C\"", storage = "extended", statistics = 0 }
    active   = { type = "bool", default = "false", nullable = false, comment = "now commented" }
    code     = { type = "int", nullable = false }
    during   = { type = "tstzrange" }
    price    = { type = "decimal(10,2)", default = "1", nullable = false, backfill = "0" }
    ratio    = { type = "numeric(7,2)" }
    seen     = { type = "timestamptz" }
    tags     = { type = "text[]", default = "'{}'", storage = "external", compression = "pglz" }
    total    = { type = "numeric" }
    doubled  = { type = "integer", generated = { expression = "code * 2", kind = "virtual" } } # 18+
    slug     = { type = "text", nullable = false, backfill = "lower(\"Name\")", comment = "new" }
    rank     = { type = "smallint", nullable = false, default = "7" }
    token    = { type = "uuid", nullable = false, default = "gen_random_uuid()" }
    number   = { type = "bigint", identity = "always", sequence = { start = 5 } }
  }
  primary_key = { name = "everything_pk", columns = ["code"] }
  unique = {
    deferred_key = { columns = ["Name"] }
    token_key    = { columns = ["token"], include = ["rank"] }
  }
  checks = {
    price_check = { expression = "price >= 0 AND price < 1e6" }
    slug_check  = { expression = "slug <> ''", comment = "never empty" }
  }
  exclusions = {
    during_excl = { elements = [{ column = "during", operator = "&&" }], where = "active" }
  }
  options             = { autovacuum_vacuum_scale_factor = 0.01 }
  replica_identity    = { mode = "full" }
  deletion_protection = false
}`,
	sql: `
ALTER TABLE shop."Every thing" REPLICA IDENTITY FULL;
ALTER TABLE shop."Every thing" DROP CONSTRAINT everything_pk, DROP CONSTRAINT "one each", DROP CONSTRAINT deferred_key,
  DROP CONSTRAINT price_check, DROP CONSTRAINT own_check, DROP CONSTRAINT code_excl;
ALTER TABLE shop."Every thing" ALTER id SET GENERATED BY DEFAULT SET NO MINVALUE SET INCREMENT 1 SET MAXVALUE 999999 SET CACHE 1 SET NO CYCLE,
  ALTER "Name" TYPE text COLLATE "C", ALTER "Name" DROP NOT NULL, ALTER "Name" DROP DEFAULT, ALTER "Name" SET STATISTICS 0,
  ALTER active SET DEFAULT false, ALTER code SET NOT NULL, ALTER during SET COMPRESSION DEFAULT,
  ALTER ratio TYPE numeric(7,2), ALTER price SET DEFAULT 1, ALTER price SET NOT NULL, ALTER seen DROP DEFAULT,
  ALTER tags SET STORAGE external, ALTER tags SET COMPRESSION pglz, ALTER total DROP EXPRESSION;
ALTER TABLE shop."Every thing" ALTER "Name" SET STORAGE extended;
ALTER TABLE shop."Every thing"
  ADD number bigint GENERATED ALWAYS AS IDENTITY (START 5),
  ADD rank smallint NOT NULL DEFAULT 7,
  ADD token uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD slug text;
UPDATE shop."Every thing" SET slug = lower("Name");
ALTER TABLE shop."Every thing" ALTER slug SET NOT NULL,
  ADD CONSTRAINT everything_pk PRIMARY KEY (code), ADD CONSTRAINT deferred_key UNIQUE ("Name"), ADD CONSTRAINT token_key UNIQUE (token) INCLUDE (rank),
  ADD CONSTRAINT price_check CHECK (price >= 0 AND price < 1e6), ADD CONSTRAINT slug_check CHECK (slug <> ''),
  RESET (fillfactor, toast.autovacuum_enabled), SET (autovacuum_vacuum_scale_factor = 0.01);
COMMENT ON TABLE shop."Every thing" IS NULL;
COMMENT ON COLUMN shop."Every thing"."Name" IS NULL;
COMMENT ON COLUMN shop."Every thing".active IS 'now commented';
COMMENT ON COLUMN shop."Every thing".slug IS 'new';
COMMENT ON CONSTRAINT during_excl ON shop."Every thing" IS NULL;
COMMENT ON CONSTRAINT slug_check ON shop."Every thing" IS 'never empty';`,
}}

// A partitioned table: what is proven and built on it is proven and built on
// each partition.
func TestAccPartitionedTableLifecycle(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		l := newLifecycle(t, server)
		l.anyName = regexp.MustCompile(`\b(pgphase_\w+_part_[0-9a-f]{8}|events_(old|new|2024\w*)_\w+_(idx|key)\d?)\b`)
		l.run(t, partitionedLifecycle)
		l.mustPlanNothing("-refresh=false")
		l.reimport(t, partitionedLifecycle[len(partitionedLifecycle)-1].hcl, map[string]string{"pgphase_table.events": "public.events"})
		l.destroyAll(t, `DROP TABLE events`)
	})
}

var partitionedLifecycle = []lifecycleStep{{
	title: "create",
	hcl: `
resource "pgphase_table" "events" {
  name = "events"
  columns = {
    day   = { type = "date", nullable = false }
    id    = { type = "bigint", nullable = false }
    kind  = { type = "varchar(10)" }
    price = { type = "numeric(8,2)" }
  }
  primary_key         = { columns = ["id", "day"] }
  checks              = { price_check = { expression = "price > 0" } }
  partition_by        = { strategy = "range", keys = [{ column = "day" }] }
  comment             = "in partitions"
  deletion_protection = false
}`,
	sql: `
CREATE TABLE events (id bigint NOT NULL, day date NOT NULL, kind varchar(10), price numeric(8,2),
  PRIMARY KEY (id, day), CONSTRAINT price_check CHECK (price > 0)) PARTITION BY RANGE (day);
COMMENT ON TABLE events IS 'in partitions';`,
}, {
	title: "change with partitions and rows",
	before: `
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY HASH (id);
CREATE TABLE events_2024_a PARTITION OF events_2024 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE events_2024_b PARTITION OF events_2024 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);
INSERT INTO events SELECT n, date '2023-06-01' + n * 3, 'a', n FROM generate_series(1, 300) n;`,
	hcl: `
resource "pgphase_table" "events" {
  name = "events"
  columns = {
    day   = { type = "date", nullable = false }
    id    = { type = "bigint", nullable = false }
    kind  = { type = "varchar(20)", nullable = false, default = "'a'" }
    price = { type = "numeric(9,2)", comment = "in euros" }
    code  = { type = "text", nullable = false, backfill = "'code ' || id" }
    flag  = { type = "bool", nullable = false, default = "false" }
  }
  primary_key         = { columns = ["id", "day"] }
  unique              = { events_code_key = { columns = ["code", "day", "id"] } }
  checks              = {
    price_check = { expression = "price > 0 AND price < 1000000" }
    code_check  = { expression = "code <> ''" }
  }
  partition_by        = { strategy = "range", keys = [{ column = "day" }] }
  deletion_protection = false
}`,
	sql: `
ALTER TABLE events ALTER kind TYPE varchar(20), ALTER kind SET NOT NULL, ALTER kind SET DEFAULT 'a', ALTER price TYPE numeric(9,2),
  ADD flag bool NOT NULL DEFAULT false, ADD code text;
UPDATE events SET code = 'code ' || id;
ALTER TABLE events ALTER code SET NOT NULL, DROP CONSTRAINT price_check;
ALTER TABLE events ADD CONSTRAINT price_check CHECK (price > 0 AND price < 1000000), ADD CONSTRAINT code_check CHECK (code <> '');
ALTER TABLE events ADD CONSTRAINT events_code_key UNIQUE (code, day, id);
COMMENT ON TABLE events IS NULL;
COMMENT ON COLUMN events.price IS 'in euros';`,
}}
