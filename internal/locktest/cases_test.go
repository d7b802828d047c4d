// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package locktest_test

import (
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// The tables of the cases. Rows matter: an empty table hides scans of indexes
// and proofs that stop early.
const (
	plain = `
		CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer, b text, v varchar(50), at timestamp);
		INSERT INTO t (a, b, v, at) SELECT i, 'b' || i, 'v' || i, '2024-01-01' FROM generate_series(1, 2000) AS i;
		ANALYZE t`
	referenced = `
		CREATE TABLE p (id bigint PRIMARY KEY, code integer UNIQUE);
		INSERT INTO p SELECT i, i FROM generate_series(1, 3000) AS i;
		CREATE TABLE other (id bigint PRIMARY KEY, code integer UNIQUE);
		INSERT INTO other SELECT i, i FROM generate_series(1, 3000) AS i;
		ANALYZE p, other;` + plain
	partitions = `
		CREATE TABLE p (id bigint PRIMARY KEY, code integer UNIQUE);
		INSERT INTO p SELECT i, i FROM generate_series(1, 3000) AS i;
		CREATE TABLE t (id bigint NOT NULL, a integer, b text, v varchar(50), at timestamp) PARTITION BY RANGE (id);
		CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (1000);
		CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (1000) TO (10000) PARTITION BY RANGE (id);
		CREATE TABLE t2a PARTITION OF t2 FOR VALUES FROM (1000) TO (1500);
		CREATE TABLE t2b PARTITION OF t2 FOR VALUES FROM (1500) TO (10000);
		INSERT INTO t SELECT i, i, 'b' || i, 'v' || i, '2024-01-01' FROM generate_series(1, 2000) AS i;
		ANALYZE p, t`
	// referencedPartitions: the referenced table is the partitioned one.
	referencedPartitions = `
		CREATE TABLE p (id bigint PRIMARY KEY, code varchar(50)) PARTITION BY RANGE (id);
		CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (1000);
		CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (10000) PARTITION BY RANGE (id);
		CREATE TABLE p2a PARTITION OF p2 FOR VALUES FROM (1000) TO (10000);
		INSERT INTO p SELECT i, i FROM generate_series(1, 3000) AS i;
		CREATE TABLE q (code varchar(50) PRIMARY KEY) PARTITION BY HASH (code);
		CREATE TABLE q1 PARTITION OF q FOR VALUES WITH (MODULUS 1, REMAINDER 0);
		INSERT INTO q SELECT 'v' || i FROM generate_series(1, 2000) AS i;
		ANALYZE p, q;` + plain
)

// refills: a backfill that is done cannot be told from one that is not, and
// touches no row twice.
const refills = "the backfill is planned again"

var indexCases = []lockCase{
	{name: "index/create", base: plain, want: "CREATE INDEX i ON t (a, lower(b) DESC NULLS LAST) INCLUDE (v) WITH (fillfactor = 70) WHERE a > 0; COMMENT ON INDEX i IS 'it''s'", plan: planIndex("i")},
	{name: "index/create unique", base: plain, want: "CREATE UNIQUE INDEX i ON t (a)", plan: planIndex("i")},
	{name: "index/create unique nulls not distinct", since: 15, base: plain, want: "CREATE UNIQUE INDEX i ON t (a) NULLS NOT DISTINCT", plan: planIndex("i")},
	{name: "index/create gin", base: plain, want: "CREATE INDEX i ON t USING gin (to_tsvector('english', b))", plan: planIndex("i")},
	{name: "index/redefine", base: plain, have: "CREATE INDEX i ON t (a)", want: "CREATE INDEX i ON t (a, b)", plan: planIndex("i"), restarts: "after the swap the name is taken over, and the old index goes first"},
	{name: "index/migrate", base: plain, have: "CREATE INDEX i ON t (a); ALTER TABLE t CLUSTER ON i", want: "CREATE INDEX i ON t (a, b)", plan: in(schema.Migrate, planIndex("i"))},
	{
		name: "index/back to expand", base: plain, have: "CREATE INDEX i ON t (a, b); CREATE INDEX " + string(schema.DerivedName("old", "public", "i")) + " ON t (a)",
		want: "CREATE INDEX i ON t (a, b)", plan: in(schema.Expand, planIndex("i")),
	},
	{name: "index/redefine and rename", base: plain, have: "CREATE INDEX i ON t (a)", want: "CREATE INDEX j ON t (a DESC)", plan: planIndex("i", "j")},
	{name: "index/redefine clustered", base: plain, have: "CREATE INDEX i ON t (a); ALTER TABLE t CLUSTER ON i", want: "CREATE INDEX i ON t (a, b); ALTER TABLE t CLUSTER ON i", plan: planIndex("i")},
	{name: "index/rename", base: plain, have: "CREATE INDEX i ON t (a)", want: "CREATE INDEX j ON t (a)", plan: planIndex("i", "j")},
	{name: "index/fillfactor", base: plain, have: "CREATE INDEX i ON t (a)", want: "CREATE INDEX i ON t (a) WITH (fillfactor = 70, deduplicate_items = off)", plan: planIndex("i")},
	{name: "index/fillfactor reset", base: plain, have: "CREATE INDEX i ON t (a) WITH (fillfactor = 70)", want: "CREATE INDEX i ON t (a)", plan: planIndex("i")},
	{name: "index/fastupdate", base: plain, have: "CREATE INDEX i ON t USING gin (to_tsvector('english', b))", want: "CREATE INDEX i ON t USING gin (to_tsvector('english', b)) WITH (fastupdate = off)", plan: planIndex("i")},
	{name: "index/pages per range", base: plain, have: "CREATE INDEX i ON t USING brin (a)", want: "CREATE INDEX i ON t USING brin (a) WITH (pages_per_range = 16, autosummarize = on)", plan: planIndex("i")},
	{name: "index/comment", base: plain, have: "CREATE INDEX i ON t (a); COMMENT ON INDEX i IS 'old'", want: "CREATE INDEX i ON t (a); COMMENT ON INDEX i IS 'new'", plan: planIndex("i")},
	{name: "index/invalid", base: plain, have: "CREATE INDEX i ON t (a); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass", want: "CREATE INDEX i ON t (a)", plan: planIndex("i")},
	{
		name: "index/invalid replacement", base: plain, have: "CREATE INDEX i ON t (a); CREATE INDEX " + string(schema.DerivedName("new", "public", "i")) +
			" ON t (a, b); UPDATE pg_index SET indisvalid = false WHERE indexrelid <> 'i'::regclass AND indrelid = 't'::regclass AND NOT indisprimary",
		want: "CREATE INDEX i ON t (a, b)", plan: planIndex("i"),
	},
	{name: "index/drop", base: plain, have: "CREATE INDEX i ON t (a)", plan: planIndex("i")},
	{name: "index/partitioned create", base: partitions, want: "CREATE INDEX i ON t (a, b); COMMENT ON INDEX i IS 'all'", plan: planIndex("i")},
	{name: "index/partitioned create unique", base: partitions, want: "CREATE UNIQUE INDEX i ON t (id, a)", plan: planIndex("i")},
	{name: "index/partitioned create over partition's own", base: partitions + "; CREATE INDEX own ON t2a (a)", want: "CREATE INDEX i ON t (a)", plan: planIndex("i")},
	{name: "index/partitioned redefine", base: partitions, have: "CREATE INDEX i ON t (a)", want: "CREATE INDEX i ON t (a, b)", plan: planIndex("i")},
	{name: "index/partitioned rename", base: partitions, have: "CREATE INDEX i ON t (a)", want: "CREATE INDEX j ON t (a)", plan: planIndex("i", "j")},
	{name: "index/partitioned drop", base: partitions, have: "CREATE INDEX i ON t (a)", plan: planIndex("i")},
}

var keyCases = []lockCase{
	{name: "unique/add", base: plain, want: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b) INCLUDE (v) DEFERRABLE; COMMENT ON CONSTRAINT u ON t IS 'x'", plan: planTable},
	{name: "unique/add nulls not distinct", since: 15, base: plain, want: "ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a)", plan: planTable},
	{name: "unique/add over an invalid index", base: plain, have: "CREATE UNIQUE INDEX u ON t (a); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'u'::regclass", want: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)", plan: planTable},
	{name: "unique/redefine", base: plain, have: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)", want: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b) DEFERRABLE INITIALLY DEFERRED", plan: planTable},
	{name: "unique/options", base: plain, have: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)", want: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) WITH (fillfactor = 80); COMMENT ON CONSTRAINT u ON t IS 'x'", plan: planTable},
	{name: "unique/drop", base: plain, have: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)", plan: planTable},
	{name: "unique/partitioned add", base: partitions, want: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (id, a)", plan: planTable},
	{name: "unique/partitioned redefine", base: partitions, have: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (id, a)", want: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (id, b)", plan: planTable},
	{name: "unique/partitioned drop", base: partitions, have: "ALTER TABLE t ADD CONSTRAINT u UNIQUE (id, a)", plan: planTable},
	{name: "primary key/add", base: "CREATE TABLE t (id bigint, a integer NOT NULL, b text); INSERT INTO t SELECT i, i, 'b' FROM generate_series(1, 2000) AS i; ANALYZE t", want: "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id, a)", plan: planTable},
	{name: "primary key/swap", base: plain, have: "UPDATE t SET a = id", want: "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY (id, a)", plan: planTable},
	{
		name: "primary key/swap replica identity", base: plain, have: "ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey; ALTER TABLE t ALTER a SET NOT NULL",
		want: "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CONSTRAINT t_pkey PRIMARY KEY (id, a); ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey", plan: planTable,
	},
	{name: "primary key/drop", base: plain, want: "ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ALTER id SET NOT NULL", plan: planTable},
	{name: "primary key/partitioned add", base: partitions, want: "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id)", plan: planTable},
	{name: "primary key/partitioned add over own", base: partitions + "; ALTER TABLE t1 ADD CONSTRAINT own PRIMARY KEY (id)", want: "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id)", plan: planTable},
	{name: "primary key/partitioned add nullable", base: partitions, want: "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id, a)", plan: planTable},
}

var foreignKeyCases = []lockCase{
	{name: "foreign key/add", base: referenced, want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) ON DELETE CASCADE DEFERRABLE; COMMENT ON CONSTRAINT f ON t IS 'x'", plan: planForeignKey("f")},
	{name: "foreign key/add to itself", base: plain, want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES t (id)", plan: planForeignKey("f")},
	{name: "foreign key/redefine", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) ON DELETE CASCADE", plan: planForeignKey("f")},
	{name: "foreign key/migrate", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) ON DELETE CASCADE", plan: in(schema.Migrate, planForeignKey("f"))},
	{
		name: "foreign key/contract", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) ON DELETE CASCADE; " +
			"ALTER TABLE t ADD CONSTRAINT " + string(schema.DerivedName("old", "public", "f")) + " FOREIGN KEY (a) REFERENCES other (code)",
		want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) ON DELETE CASCADE", plan: in(schema.Contract, planForeignKey("f")),
	},
	{name: "foreign key/redefine to another table", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES other (code)", plan: planForeignKey("f")},
	{name: "foreign key/enforce", since: 18, base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) NOT ENFORCED", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", plan: planForeignKey("f")},
	{name: "foreign key/rename", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT g FOREIGN KEY (a) REFERENCES p (code)", plan: planForeignKey("f", "g")},
	{name: "foreign key/deferrable", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) DEFERRABLE INITIALLY DEFERRED", plan: planForeignKey("f")},
	{name: "foreign key/validate", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) NOT VALID", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", plan: planForeignKey("f")},
	{name: "foreign key/drop", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", plan: planForeignKey("f")},
	{name: "foreign key/drop to itself", base: plain, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES t (id)", plan: planForeignKey("f")},
	{name: "foreign key/partitioned add", base: partitions, want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", plan: planForeignKey("f")},
	{name: "foreign key/partitioned migrate", base: partitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) ON UPDATE CASCADE", plan: in(schema.Migrate, planForeignKey("f"))},
	{name: "foreign key/partitioned redefine", base: partitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) ON UPDATE CASCADE", plan: planForeignKey("f")},
	{name: "foreign key/partitioned rename", base: partitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT g FOREIGN KEY (a) REFERENCES p (code)", plan: planForeignKey("f", "g")},
	{name: "foreign key/partitioned deferrable", base: partitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code) DEFERRABLE", plan: planForeignKey("f")},
	{name: "foreign key/to partitioned add", base: referencedPartitions, want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE", plan: planForeignKey("f")},
	{name: "foreign key/to partitioned redefine", base: referencedPartitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE", plan: planForeignKey("f"), weakerIn14: []schema.Name{"p2"}},
	{name: "foreign key/to partitioned rename", base: referencedPartitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p", want: "ALTER TABLE t ADD CONSTRAINT g FOREIGN KEY (a) REFERENCES p", plan: planForeignKey("f", "g")},
	{name: "foreign key/to partitioned deferrable", base: referencedPartitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p", want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p DEFERRABLE", plan: planForeignKey("f")},
	{name: "foreign key/to partitioned drop", base: referencedPartitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p", plan: planForeignKey("f"), weakerIn14: []schema.Name{"p2"}},
	{name: "foreign key/to partitioned drop table", base: "CREATE TABLE p (id bigint PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p DEFAULT", have: "CREATE TABLE t (a bigint REFERENCES p)", plan: planTable},
	{
		name: "foreign key/to partitioned widen", base: referencedPartitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (v) REFERENCES q",
		want: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (v) REFERENCES q; ALTER TABLE t ALTER v TYPE varchar(60)", plan: planTable, weakerIn14: []schema.Name{"q"},
	},
	{name: "foreign key/partitioned drop", base: partitions, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code)", plan: planForeignKey("f")},
}

var typeCases = []lockCase{
	{name: "type/widen", base: plain + "; CREATE INDEX i ON t (v)", want: "ALTER TABLE t ALTER v TYPE varchar(100)", plan: planTable},
	{name: "type/to text with storage", base: plain + "; ALTER TABLE t ALTER v SET STORAGE EXTERNAL, ALTER v SET STATISTICS 500", want: "ALTER TABLE t ALTER v TYPE text; ALTER TABLE t ALTER v SET STORAGE EXTERNAL", plan: planTable},
	{
		name: "type/widen with computed indexes", base: plain + "; CREATE INDEX i ON t (lower(v)) WITH (fillfactor = 70); CREATE INDEX k ON t (a) WHERE v <> ''; COMMENT ON INDEX i IS 'kept'; ALTER TABLE t CLUSTER ON i",
		want: "ALTER TABLE t ALTER v TYPE varchar(100)", plan: planTable,
	},
	{name: "type/widen with check", base: plain + "; ALTER TABLE t ADD CONSTRAINT c CHECK (v <> ''); COMMENT ON CONSTRAINT c ON t IS 'kept'", want: "ALTER TABLE t ALTER v TYPE varchar(100)", plan: planTable},
	{
		name: "type/widen with unique and foreign key", base: plain + "; ALTER TABLE t ADD CONSTRAINT u UNIQUE (v); CREATE TABLE child (v varchar(50) REFERENCES t (v)); CREATE TABLE q (v varchar(50) PRIMARY KEY); INSERT INTO q SELECT v FROM t; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (v) REFERENCES q (v)",
		want: "ALTER TABLE t ALTER v TYPE varchar(100)", plan: planTable,
	},
	{name: "type/timestamptz", base: plain + "; CREATE INDEX i ON t (at, a)", want: "ALTER TABLE t ALTER at TYPE timestamptz", plan: planTable},
	{name: "type/collation", base: plain + "; CREATE INDEX i ON t (b)", want: `ALTER TABLE t ALTER b TYPE text COLLATE "C"`, plan: planTable},
	{name: "type/partitioned", base: partitions + "; CREATE INDEX own ON t1 (v)", want: "ALTER TABLE t ALTER v TYPE varchar(100)", plan: planTable},
	{name: "type/domain", base: "CREATE DOMAIN word AS text;" + plain, want: "ALTER TABLE t ALTER b TYPE word", plan: planTable},
}

var tableCases = []lockCase{
	{name: "table/create", base: "CREATE TABLE p (id bigint PRIMARY KEY)", want: "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer UNIQUE CHECK (a > 0), b text NOT NULL DEFAULT ''); COMMENT ON TABLE t IS 'x'; COMMENT ON COLUMN t.a IS 'y'", plan: planTable},
	{name: "table/create partitioned", base: "", want: "CREATE TABLE t (id bigint, a integer, PRIMARY KEY (id)) PARTITION BY RANGE (id)", plan: planTable},
	{name: "table/drop", have: "CREATE TABLE t (id bigint PRIMARY KEY)", plan: planTable},
	{
		name: "table/drop referencing", base: "CREATE TABLE p (id bigint PRIMARY KEY); CREATE TABLE other (id bigint PRIMARY KEY)",
		have: "CREATE TABLE t (id bigint PRIMARY KEY, f bigint CONSTRAINT f REFERENCES p, g bigint CONSTRAINT g REFERENCES other)", plan: planTable,
	},
	{name: "table/drop partitioned", have: partitions, base: "", want: "", plan: planTable},
	{name: "column/add nullable", base: plain, want: "ALTER TABLE t ADD COLUMN n integer; COMMENT ON COLUMN t.n IS 'x'; ALTER TABLE t ALTER n SET STATISTICS 10", plan: planTable},
	{name: "column/add default", base: plain, want: "ALTER TABLE t ADD COLUMN n integer NOT NULL DEFAULT 7", plan: planTable},
	{name: "column/add stable default", base: plain, want: "ALTER TABLE t ADD COLUMN n timestamptz NOT NULL DEFAULT now()", plan: planTable},
	{name: "column/add volatile default", base: plain, want: "ALTER TABLE t ADD COLUMN n uuid NOT NULL DEFAULT gen_random_uuid()", plan: planTable, restarts: refills},
	{
		name: "column/add required with backfill", base: plain, want: "ALTER TABLE t ADD COLUMN n integer; UPDATE t SET n = 1; ALTER TABLE t ALTER n SET NOT NULL", plan: planTable, restarts: refills,
		adjust: func(t *schema.Table) {
			t.Column("n").Backfill = &schema.Expression{Text: "a + 1", Volatility: schema.Immutable}
		},
	},
	{name: "column/add identity", base: "CREATE TABLE t (id bigint PRIMARY KEY, a integer); INSERT INTO t SELECT i, i FROM generate_series(1, 2000) AS i; ANALYZE t", want: "ALTER TABLE t ADD COLUMN n bigint GENERATED BY DEFAULT AS IDENTITY", plan: planTable, restarts: refills},
	{name: "column/add virtual", since: 18, base: plain, want: "ALTER TABLE t ADD COLUMN n integer GENERATED ALWAYS AS (a * 2) VIRTUAL", plan: planTable},
	{name: "column/add with check", base: plain, want: "ALTER TABLE t ADD COLUMN n integer NOT NULL DEFAULT 1, ADD CONSTRAINT c CHECK (n > 0)", plan: planTable},
	{name: "column/add partitioned", base: partitions, want: "ALTER TABLE t ADD COLUMN n integer NOT NULL DEFAULT 7", plan: planTable},
	{
		name: "column/add partitioned with backfill", base: partitions, want: "ALTER TABLE t ADD COLUMN n integer; UPDATE t SET n = 1; ALTER TABLE t ALTER n SET NOT NULL", plan: planTable, restarts: refills,
		adjust: func(t *schema.Table) {
			t.Column("n").Backfill = &schema.Expression{Text: "1", Volatility: schema.Immutable}
		},
	},
	{name: "column/add stored", base: plain, want: "ALTER TABLE t ADD COLUMN n integer GENERATED ALWAYS AS (a * 2) STORED", plan: planTable},
	{name: "column/add constrained domain", base: "CREATE DOMAIN positive AS integer CHECK (value > 0);" + plain, want: "ALTER TABLE t ADD COLUMN n positive", plan: planTable},
	{name: "column/set expression", since: 17, base: plain + "; ALTER TABLE t ADD COLUMN n integer GENERATED ALWAYS AS (a * 2) STORED", want: "ALTER TABLE t ALTER n SET EXPRESSION AS (a * 3)", plan: planTable},
	{name: "column/set virtual expression", since: 18, base: plain + "; ALTER TABLE t ADD COLUMN n integer GENERATED ALWAYS AS (a * 2) VIRTUAL", want: "ALTER TABLE t ALTER n SET EXPRESSION AS (a * 3)", plan: planTable},
	{name: "column/drop", base: plain, want: "ALTER TABLE t DROP COLUMN b", plan: planColumnDrop("b")},
	{name: "column/drop referencing and indexed", base: referenced, have: "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (code); CREATE INDEX i ON t (a, b); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", want: "ALTER TABLE t DROP COLUMN a", plan: planColumnDrop("a")},
	{name: "column/drop partitioned", base: partitions, want: "ALTER TABLE t DROP COLUMN b", plan: planColumnDrop("b")},
	{name: "column/set not null", base: plain, want: "ALTER TABLE t ALTER a SET NOT NULL", plan: planTable},
	{name: "column/set not null partitioned", base: partitions, want: "ALTER TABLE t ALTER a SET NOT NULL", plan: planTable},
	{name: "column/drop not null", base: plain, have: "ALTER TABLE t ALTER a SET NOT NULL", plan: planTable},
	{name: "column/set default", base: plain, want: "ALTER TABLE t ALTER a SET DEFAULT 3", plan: planTable},
	{name: "column/set default partitioned", base: partitions, want: "ALTER TABLE t ALTER a SET DEFAULT 3", plan: planTable},
	{name: "column/identity options", base: plain, want: "ALTER TABLE t ALTER id SET GENERATED BY DEFAULT SET CACHE 20", plan: planTable},
	{
		name: "column/serial to identity", base: "", have: "CREATE TABLE t (id bigserial PRIMARY KEY, a integer); INSERT INTO t (a) SELECT i FROM generate_series(1, 2000) AS i; ANALYZE t",
		want: "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a integer)", plan: planTable,
	},
	{name: "column/storage and compression", base: plain, want: "ALTER TABLE t ALTER b SET STORAGE EXTERNAL, ALTER b SET COMPRESSION pglz, ALTER b SET STATISTICS 20", plan: planTable},
	{name: "column/comment", base: plain, want: "COMMENT ON COLUMN t.a IS 'x'", plan: planTable},
	{
		name: "column/drop expression", since: 14, base: "", have: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, g integer GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO t (id, a) SELECT i, i FROM generate_series(1, 2000) AS i",
		want: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, g integer)", plan: planTable,
	},
	{name: "check/add", base: plain, want: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0); COMMENT ON CONSTRAINT c ON t IS 'x'", plan: planTable},
	{name: "check/add partitioned", base: partitions, want: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", plan: planTable},
	{name: "check/redefine", base: plain, have: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", want: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > -1)", plan: planTable},
	{name: "check/drop", base: plain, have: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", plan: planTable},
	{name: "check/drop partitioned", base: partitions, have: "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", plan: planTable},
	{name: "exclusion/add", base: plain, want: "ALTER TABLE t ADD CONSTRAINT e EXCLUDE (a WITH =)", plan: planTable},
	{name: "exclusion/drop", base: plain, have: "ALTER TABLE t ADD CONSTRAINT e EXCLUDE (a WITH =)", plan: planTable},
	{name: "table/options", base: plain, want: "ALTER TABLE t SET (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off, parallel_workers = 2); COMMENT ON TABLE t IS 'x'", plan: planTable},
	{name: "table/user catalog option", base: plain, want: "ALTER TABLE t SET (user_catalog_table = true)", plan: planTable},
	{name: "table/unlogged", base: plain, want: "ALTER TABLE t SET UNLOGGED", plan: planTable},
	{name: "table/replica identity full", base: plain, want: "ALTER TABLE t REPLICA IDENTITY FULL", plan: planTable},
	{name: "table/replica identity index", base: plain, have: "ALTER TABLE t ALTER a SET NOT NULL; CREATE UNIQUE INDEX i ON t (a)", want: "ALTER TABLE t ALTER a SET NOT NULL; CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX i", plan: planTable},
}
