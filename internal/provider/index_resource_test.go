// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// Indexes of every kind, on a table that nobody declares and on a partitioned
// one: created, changed in place, redefined, renamed, imported and dropped.
func TestAccIndexLifecycle(t *testing.T) {
	t.Parallel()
	requireAcceptance(t)
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		l := newLifecycle(t, server)
		l.anyName = regexp.MustCompile(`\b(pgphase_\w+_part_[0-9a-f]{8}|events_202\w+_idx\d?)\b`)
		l.run(t, indexLifecycle)
		l.mustPlanNothing("-refresh=false")
		l.mustShowNoDrift()
		l.reimport(t, indexLifecycle[len(indexLifecycle)-1].hcl, map[string]string{
			"pgphase_index.rich": `shop."Rich index"`, "pgphase_index.vector": "shop.docs_vector_gist", "pgphase_index.words": "shop.docs_words_gin",
			"pgphase_index.tags": "shop.docs_tags_spgist", "pgphase_index.parts": "shop.events_day_key",
		})
		l.destroyAll(t, `DROP INDEX shop."Rich index", shop.docs_vector_gist, shop.docs_words_gin, shop.docs_tags_spgist, shop.events_day_key`)
	})
}

const indexTables = `
CREATE SCHEMA shop;
CREATE TABLE shop.docs (id bigint PRIMARY KEY, title text NOT NULL, author text, words text[], vector tsvector, price numeric, day date);
INSERT INTO shop.docs SELECT n, 'title ' || n, 'author ' || n, ARRAY['a', n::text], to_tsvector('some words'), n, date '2024-01-01' + n FROM generate_series(1, 50) n;
CREATE TABLE shop.events (id bigint NOT NULL, day date NOT NULL, kind text) PARTITION BY RANGE (day);
CREATE TABLE shop.events_2023 PARTITION OF shop.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE shop.events_2024 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (kind);
CREATE TABLE shop.events_2024_sales PARTITION OF shop.events_2024 FOR VALUES IN ('sale');
CREATE TABLE shop.events_2024_rest PARTITION OF shop.events_2024 DEFAULT;
INSERT INTO shop.events SELECT n, date '2023-06-01' + n, CASE WHEN n % 2 = 0 THEN 'sale' ELSE 'visit' END FROM generate_series(1, 400) n;`

var indexLifecycle = []lifecycleStep{{
	title:  "create",
	before: indexTables,
	hcl: `
resource "pgphase_index" "rich" {
  table = "shop.docs"
  name  = "docs_rich_idx"
  keys = [
    { column = "author", collation = "\"C\"", operator_class = "text_pattern_ops", order = "desc", nulls = "last" },
    { expression = "lower( title )" },
    { column = "price", nulls = "first" },
  ]
  include            = ["day", "words"]
  where              = "price > 0 and author is not null"
  unique             = true
  nulls_not_distinct = true # 15+
  options            = { fillfactor = 70 }
  comment            = "it's rich"
}
resource "pgphase_index" "vector" {
  table  = "shop.docs"
  name   = "docs_vector_gist"
  method = "gist"
  keys   = [{ column = "vector", operator_class = "tsvector_ops", operator_class_options = { siglen = 100 } }]
}
resource "pgphase_index" "words" {
  table   = "shop.docs"
  name    = "docs_words_gin"
  method  = "gin"
  keys    = [{ column = "words" }]
  options = { fastupdate = false }
}
resource "pgphase_index" "tags" {
  table  = "shop.docs"
  name   = "docs_tags_spgist"
  method = "spgist"
  keys   = [{ column = "author" }]
}
resource "pgphase_index" "days" {
  table   = "shop.docs"
  name    = "docs_days_brin"
  method  = "brin"
  keys    = [{ column = "day" }]
  options = { pages_per_range = 32 }
}
resource "pgphase_index" "hashed" {
  table  = "shop.docs"
  name   = "docs_hash"
  method = "hash"
  keys   = [{ column = "title" }]
}
resource "pgphase_index" "parts" {
  table   = "shop.events"
  name    = "events_day_idx"
  keys    = [{ column = "day" }, { expression = "upper(kind)" }]
  comment = "on each partition"
}`,
	sql: `
CREATE UNIQUE INDEX docs_rich_idx ON shop.docs (author COLLATE "C" text_pattern_ops DESC NULLS LAST, lower(title), price NULLS FIRST)
  INCLUDE (day, words)
  NULLS NOT DISTINCT -- 15+
  WITH (fillfactor = 70) WHERE price > 0 AND author IS NOT NULL;
COMMENT ON INDEX shop.docs_rich_idx IS 'it''s rich';
CREATE INDEX docs_vector_gist ON shop.docs USING gist (vector tsvector_ops (siglen = 100));
CREATE INDEX docs_words_gin ON shop.docs USING gin (words) WITH (fastupdate = false);
CREATE INDEX docs_tags_spgist ON shop.docs USING spgist (author);
CREATE INDEX docs_days_brin ON shop.docs USING brin (day) WITH (pages_per_range = 32);
CREATE INDEX docs_hash ON shop.docs USING hash (title);
CREATE INDEX events_day_idx ON shop.events (day, upper(kind));
COMMENT ON INDEX shop.events_day_idx IS 'on each partition';`,
}, {
	title: "change in place, redefine, rename and drop",
	hcl: `
resource "pgphase_index" "rich" {
  table              = "shop.docs"
  name               = "Rich index"
  keys               = [{ column = "author", collation = "\"C\"", operator_class = "text_pattern_ops", order = "desc", nulls = "last" }, { expression = "lower(title)" }, { column = "price", nulls = "first" }]
  include            = ["day", "words"]
  where              = "(price > (0)) AND author IS NOT NULL"
  unique             = true
  nulls_not_distinct = true # 15+
  options            = { deduplicate_items = false }
}
resource "pgphase_index" "vector" {
  table  = "shop.docs"
  name   = "docs_vector_gist"
  method = "gist"
  keys   = [{ column = "vector", operator_class = "tsvector_ops", operator_class_options = { siglen = 200 } }]
}
resource "pgphase_index" "words" {
  table   = "shop.docs"
  name    = "docs_words_gin"
  method  = "gin"
  keys    = [{ column = "words" }]
  options = { fastupdate = true, gin_pending_list_limit = 128 }
}
resource "pgphase_index" "tags" {
  table   = "shop.docs"
  name    = "docs_tags_spgist"
  method  = "spgist"
  keys    = [{ column = "title" }]
  comment = "now of the title"
}
resource "pgphase_index" "parts" {
  table  = "shop.events"
  name   = "events_day_key"
  keys   = [{ column = "day" }, { column = "kind" }, { column = "id" }]
  unique = true
}`,
	sql: `
ALTER INDEX shop.docs_rich_idx RENAME TO "Rich index";
ALTER INDEX shop."Rich index" RESET (fillfactor);
ALTER INDEX shop."Rich index" SET (deduplicate_items = false);
COMMENT ON INDEX shop."Rich index" IS NULL;
DROP INDEX shop.docs_vector_gist, shop.docs_tags_spgist, shop.docs_days_brin, shop.docs_hash, shop.events_day_idx;
CREATE INDEX docs_vector_gist ON shop.docs USING gist (vector tsvector_ops (siglen = 200));
ALTER INDEX shop.docs_words_gin SET (fastupdate = true, gin_pending_list_limit = 128);
CREATE INDEX docs_tags_spgist ON shop.docs USING spgist (title);
COMMENT ON INDEX shop.docs_tags_spgist IS 'now of the title';
CREATE UNIQUE INDEX events_day_key ON shop.events (day, kind, id);`,
}}
