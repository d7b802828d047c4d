// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
)

// sequence is one change, from the configuration base to the configuration
// change. Together they are every kind of sequence that the planner knows. All
// of it is in the schema app; see in.
type sequence struct {
	name string
	// since and until are the first and the last major version.
	since, until int
	base         string
	// data runs between base and change, in the schema app.
	data   string
	change string
	// open reports that a transition is open at the end, with what belongs to it.
	open bool
}

// in moves a sequence to another schema, so that many share one database. No
// other word of it contains "app".
func (s sequence) in(schema string) sequence {
	s.base, s.data, s.change = strings.ReplaceAll(s.base, "app", schema), strings.ReplaceAll(s.data, "app", schema), strings.ReplaceAll(s.change, "app", schema)
	return s
}

// load runs what comes after base.
func (s sequence) load(t testing.TB, db *pgtest.Database, schema string) {
	t.Helper()
	if s.data != "" {
		db.Exec(t, "SET search_path = "+schema+"; "+s.data)
	}
}

// sequencesOf returns those of a major version.
func sequencesOf(major int) []sequence {
	var list []sequence
	for _, s := range sequences {
		if s.since <= major && (s.until == 0 || major <= s.until) {
			list = append(list, s)
		}
	}
	return list
}

// table writes a pgphase_table with columns that every sequence knows, and
// others after them; rest are further attributes.
func table(columns, rest string) string {
	return tableNamed("t", "id = { type = \"bigint\" }\n    a = { type = \"integer\" }\n    b = { type = \"text\" }\n    v = { type = \"varchar(20)\" }\n    "+columns,
		"primary_key = { columns = [\"id\"] }\n  "+rest)
}

func tableNamed(name, columns, rest string) string {
	return fmt.Sprintf(`
resource "pgphase_table" "app_%[1]s" {
  schema  = "app"
  name    = %[1]q
  columns = {
    %s
  }
  deletion_protection = false
  %s
}
`, name, columns, rest)
}

func indexOn(name, rest string) string {
	return fmt.Sprintf("\nresource \"pgphase_index\" \"app_i\" {\n  table = pgphase_table.app_t.id\n  name  = %q\n  %s\n}\n", name, rest)
}

func foreignKey(name, rest string) string {
	return fmt.Sprintf("\nresource \"pgphase_foreign_key\" \"app_f\" {\n  table = pgphase_table.app_t.id\n  name  = %q\n  %s\n}\n", name, rest)
}

// parted is the partitioned counterpart of table.
func parted(columns, rest string) string {
	return tableNamed("t", "id = { type = \"bigint\", nullable = false }\n    a = { type = \"integer\" }\n    b = { type = \"text\" }\n    v = { type = \"varchar(20)\" }\n    "+columns,
		"partition_by = { strategy = \"range\", keys = [{ column = \"id\" }] }\n  "+rest)
}

const (
	rows = "INSERT INTO t (id, a, b, v) SELECT i, i, 'b' || i, 'v' || i FROM generate_series(1, 500) AS i;"
	// partitions are of two levels, the second of which has an index of its own.
	partitions = "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (200);" +
		"CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (200) TO (1000) PARTITION BY RANGE (id);" +
		"CREATE TABLE t2a PARTITION OF t2 FOR VALUES FROM (200) TO (400); CREATE TABLE t2b PARTITION OF t2 FOR VALUES FROM (400) TO (1000);" + rows
)

var referenced = tableNamed("p", `id = { type = "bigint" }
    code = { type = "integer", nullable = false }`, `primary_key = { columns = ["id"] }
  unique = { p_code_key = { columns = ["code"] } }`)

const referencedRows = "INSERT INTO p SELECT i, i FROM generate_series(1, 500) AS i;" + rows

const (
	toCode        = `columns = ["a"]` + "\n" + `references = { table = pgphase_table.app_p.id, columns = ["code"] }`
	onA           = `keys = [{ column = "a" }]`
	onTwo         = `keys = [{ column = "a", order = "desc" }, { expression = "lower(b)" }]` + "\n" + `comment = "two"`
	checkA        = `checks = { t_a_check = { expression = "a > 0" } }`
	checkV        = `checks = { t_v_check = { expression = "v <> ''" } }`
	requiredNote  = `n = { type = "text", nullable = false, backfill = "'n' || id" }`
	defaultedNote = `n = { type = "text", nullable = false, default = "'new'", backfill = "'old'" }`
)

// openSequences end in the middle of a transition.
var openSequences = []sequence{
	{name: "foreign key/expand", open: true, base: referenced + table("", "") + foreignKey("f", toCode), data: referencedRows, change: referenced + table("", "") + foreignKey("f", toCode+"\non_delete = \"set null\"\ncomment = \"f\"\nphase = \"expand\"")},
	{name: "foreign key/migrate", open: true, base: referenced + table("", "") + foreignKey("f", toCode), data: referencedRows, change: referenced + table("", "") + foreignKey("f", toCode+"\non_delete = \"set null\"\ncomment = \"f\"\nphase = \"migrate\"")},
	{name: "index/expand", open: true, base: table("", "") + indexOn("i", onA), data: rows, change: table("", "") + indexOn("i", onTwo+"\nphase = \"expand\"")},
	{name: "index/migrate", open: true, base: table("", "") + indexOn("i", onA), data: rows, change: table("", "") + indexOn("i", onTwo+"\nphase = \"migrate\"")},
}

var sequences = []sequence{
	{name: "table/create", change: tableNamed("p", `id = { type = "bigint", identity = "always" }`, `primary_key = { columns = ["id"] }`) +
		tableNamed("t", `id = { type = "bigint", identity = "by default", sequence = { start = 100 } }
    a = { type = "bigint", comment = "a's" }
    b = { type = "text", nullable = false, default = "''", statistics = 50, storage = "external" }
    at = { type = "timestamptz", default = "now()" }`, `primary_key = { columns = ["id"] }
  unique = { t_b_key = { columns = ["b"], include = ["a"], comment = "unique" } }
  checks = { t_a_check = { expression = "a > 0", comment = "positive" } }
  exclusions = { t_excl = { method = "btree", elements = [{ column = "a", operator = "=" }] } }
  comment = "all of it"
  options = { fillfactor = 70, "toast.autovacuum_enabled" = false }
  replica_identity = { mode = "full" }`) + indexOn("t_two", onTwo) + foreignKey("t_p", `columns = ["a"]
  references = { table = pgphase_table.app_p.id, columns = ["id"] }
  on_delete = "cascade"`)},
	{name: "table/create partitioned", change: parted("", checkA+"\n"+`unique = { t_id_a = { columns = ["id", "a"] } }`)},
	{name: "table/drop", base: referenced + table("", "") + indexOn("i", onA) + foreignKey("f", toCode), data: referencedRows},
	{name: "table/options", base: table("", ""), data: rows, change: table("", `comment = "it's"
  options = { fillfactor = 70, autovacuum_enabled = false }
  replica_identity = { mode = "full" }`)},

	{name: "column/add nullable", base: table("", ""), data: rows, change: table(`n = { type = "text", comment = "note", statistics = 10, storage = "external", compression = "pglz" }`, "")},
	{name: "column/add default", base: table("", ""), data: rows, change: table(`n = { type = "integer", nullable = false, default = "7" }`, "")},
	{name: "column/add stable default", base: table("", ""), data: rows, change: table(`n = { type = "timestamptz", nullable = false, default = "now()" }`, "")},
	{name: "column/add volatile default", base: table("", ""), data: rows, change: table(`n = { type = "uuid", nullable = false, default = "gen_random_uuid()", comment = "key" }`, "")},
	{name: "column/add identity", base: table("", ""), data: rows, change: table(`n = { type = "bigint", identity = "by default", sequence = { start = 1000, increment = 2 } }`, "")},
	{name: "column/add required", base: table("", ""), data: rows, change: table(requiredNote, "")},
	{name: "column/add required with default", base: table("", ""), data: rows, change: table(defaultedNote, "")},
	{name: "column/add virtual", since: 18, base: table("", ""), data: rows, change: table(`n = { type = "integer", generated = { expression = "a * 2", kind = "virtual" } }`, "")},
	{name: "column/add with check and unique", base: table("", ""), data: rows, change: table(`n = { type = "integer" }`, `checks = { t_n_check = { expression = "n > 0" } }
  unique = { t_n_key = { columns = ["n"] } }`)},
	{name: "column/resource", base: table("", ""), data: rows, change: table("", `ignored_columns = ["n"]`) +
		"resource \"pgphase_column\" \"app_n\" {\n  table = pgphase_table.app_t.id\n  name = \"n\"\n  type = \"text\"\n  nullable = false\n  backfill = \"'n'\"\n  deletion_protection = false\n}\n"},
	{
		name: "column/changes", base: table(`n = { type = "text", nullable = false, default = "'x'", comment = "old" }`, ""), data: rows,
		change: table(`n = { type = "text", default = "'y'", comment = "new", statistics = 20, storage = "main" }`, ""),
	},
	{
		name: "column/identity options", base: table(`n = { type = "bigint", identity = "always" }`, ""), data: rows,
		change: table(`n = { type = "bigint", identity = "by default", sequence = { increment = 5, cache = 10 } }`, ""),
	},
	{
		name: "column/identity added", base: table(`n = { type = "bigint", nullable = false, default = "1" }`, `unique = { t_n_key = { columns = ["n"] } }`),
		data:   strings.Replace(strings.Replace(rows, "v)", "v, n)", 1), "'v' || i", "'v' || i, i", 1),
		change: table(`n = { type = "bigint", identity = "by default" }`, `unique = { t_n_key = { columns = ["n"] } }`),
	},
	{name: "column/identity dropped", base: table(`n = { type = "bigint", identity = "by default" }`, ""), data: rows, change: table(`n = { type = "bigint", nullable = false }`, "")},

	{name: "not null/set", base: table(`n = { type = "integer" }`, ""), data: rows + "UPDATE t SET n = a;", change: table(`n = { type = "integer", nullable = false }`, "")},
	{name: "not null/set with backfill", base: table(`n = { type = "text" }`, ""), data: rows, change: table(requiredNote, "")},
	{name: "not null/dropped", base: table(`n = { type = "text", nullable = false, default = "'x'" }`, ""), data: rows, change: table(`n = { type = "text", default = "'x'" }`, "")},

	{name: "check/add", base: table("", ""), data: rows, change: table("", `checks = { t_a_check = { expression = "a > 0", comment = "positive" } }`)},
	{name: "check/redefine", base: table("", checkA), data: rows, change: table("", `checks = { t_a_check = { expression = "a > -1" } }`)},
	{name: "check/drop", base: table("", checkA), data: rows, change: table("", "")},

	{name: "unique/add", base: table("", ""), data: rows, change: table("", `unique = { t_a_key = { columns = ["a"], include = ["b"], deferrable = true, comment = "one" } }`)},
	{name: "unique/add nulls not distinct", since: 15, base: table("", ""), data: rows, change: table("", `unique = { t_a_key = { columns = ["a"], nulls_not_distinct = true } }`)},
	{name: "unique/redefine", base: table("", `unique = { t_a_key = { columns = ["a"] } }`), data: rows, change: table("", `unique = { t_a_key = { columns = ["a", "b"], deferrable = true } }`)},
	{name: "unique/drop", base: table("", `unique = { t_a_key = { columns = ["a"] } }`), data: rows, change: table("", "")},
	{
		name: "primary key/add", base: tableNamed("t", `id = { type = "bigint" }`, ""), data: "INSERT INTO t SELECT generate_series(1, 500);",
		change: tableNamed("t", `id = { type = "bigint" }`, `primary_key = { columns = ["id"] }`),
	},
	{
		name: "primary key/swap", base: tableNamed("t", "id = { type = \"bigint\" }\n    n = { type = \"integer\" }", `primary_key = { columns = ["id"] }`),
		data:   "INSERT INTO t SELECT i, i FROM generate_series(1, 500) AS i;",
		change: tableNamed("t", "id = { type = \"bigint\", nullable = false }\n    n = { type = \"integer\", nullable = false }", `primary_key = { columns = ["id", "n"] }`),
	},

	{name: "foreign key/add", base: referenced + table("", ""), data: referencedRows, change: referenced + table("", "") + foreignKey("f", toCode+"\non_delete = \"cascade\"\ndeferrable = true\ncomment = \"to p\"")},
	{name: "foreign key/redefine", base: referenced + table("", "") + foreignKey("f", toCode), data: referencedRows, change: referenced + table("", "") + foreignKey("f", toCode+"\non_delete = \"set null\"")},
	{name: "foreign key/rename", base: referenced + table("", "") + foreignKey("f", toCode), data: referencedRows, change: referenced + table("", "") + foreignKey("g", toCode)},
	{name: "foreign key/drop", base: referenced + table("", "") + foreignKey("f", toCode), data: referencedRows, change: referenced + table("", "")},

	{name: "index/create", base: table("", ""), data: rows, change: table("", "") + indexOn("i", onTwo)},
	{name: "index/create unique", base: table("", ""), data: rows, change: table("", "") + indexOn("i", onA+"\nunique = true\ninclude = [\"b\"]\nwhere = \"a > 5\"")},
	{name: "index/redefine", base: table("", "") + indexOn("i", onA), data: rows, change: table("", "") + indexOn("i", onTwo)},
	{name: "index/redefine and rename", base: table("", "") + indexOn("i", onA), data: rows, change: table("", "") + indexOn("j", onTwo)},
	{name: "index/redefine unique", base: table("", "") + indexOn("i", onA+"\nunique = true"), data: rows, change: table("", "") + indexOn("i", onTwo+"\nunique = true")},
	{name: "index/rename", base: table("", "") + indexOn("i", onA), data: rows, change: table("", "") + indexOn("j", onA)},
	{name: "index/options and comment", base: table("", "") + indexOn("i", onA), data: rows, change: table("", "") + indexOn("i", onA+"\ncomment = \"new\"\noptions = { fillfactor = 60 }")},
	{name: "index/drop", base: table("", "") + indexOn("i", onA), data: rows, change: table("", "")},

	{
		name: "type/widen", base: table(`n = { type = "varchar(10)" }`, "") + indexOn("i", `keys = [{ column = "n" }]`), data: rows,
		change: table(`n = { type = "varchar(100)" }`, "") + indexOn("i", `keys = [{ column = "n" }]`),
	},
	{
		name: "type/widen with computed index and check", base: table(`n = { type = "varchar(10)" }`, `checks = { t_n_check = { expression = "n <> ''", comment = "kept" } }`) +
			indexOn("i", "keys = [{ expression = \"lower(n)\" }]\nwhere = \"n > 'a'\"\ncomment = \"kept\"\noptions = { fillfactor = 60 }"), data: rows,
		change: table(`n = { type = "varchar(100)" }`, `checks = { t_n_check = { expression = "n <> ''", comment = "kept" } }`) +
			indexOn("i", "keys = [{ expression = \"lower(n)\" }]\nwhere = \"n > 'a'\"\ncomment = \"kept\"\noptions = { fillfactor = 60 }"),
	},
	{
		name: "type/to timestamptz", base: table(`n = { type = "timestamp" }`, "") + indexOn("i", `keys = [{ column = "n" }]`), data: rows,
		change: table(`n = { type = "timestamptz" }`, "") + indexOn("i", `keys = [{ column = "n" }]`),
	},

	{name: "partitioned/column required", base: parted("", ""), data: partitions, change: parted(requiredNote, "")},
	{
		name: "partitioned/not null and check", base: parted("", ""), data: partitions,
		change: strings.Replace(parted("", checkA), `a = { type = "integer" }`, `a = { type = "integer", nullable = false }`, 1),
	},
	{name: "partitioned/index create", base: parted("", ""), data: partitions + "CREATE INDEX own ON t2a (a DESC, lower(b));", change: parted("", "") + indexOn("i", onTwo)},
	{name: "partitioned/index redefine", base: parted("", "") + indexOn("i", onA), data: partitions, change: parted("", "") + indexOn("i", onTwo)},
	{name: "partitioned/index rename", base: parted("", "") + indexOn("i", onA), data: partitions, change: parted("", "") + indexOn("j", onA)},
	{name: "partitioned/index drop", base: parted("", "") + indexOn("i", onA), data: partitions, change: parted("", "")},
	{name: "partitioned/unique add", base: parted("", ""), data: partitions, change: parted("", `unique = { t_id_a_key = { columns = ["id", "a"], comment = "both" } }`)},
	{name: "partitioned/unique redefine", base: parted("", `unique = { u = { columns = ["id", "a"] } }`), data: partitions, change: parted("", `unique = { u = { columns = ["id", "b"] } }`)},
	{name: "partitioned/primary key add", base: parted("", ""), data: partitions, change: parted("", `primary_key = { columns = ["id"] }`)},
	{name: "partitioned/foreign key add", base: referenced + parted("", ""), data: strings.Replace(referencedRows, rows, "", 1) + partitions, change: referenced + parted("", "") + foreignKey("f", toCode)},
	{
		name: "partitioned/foreign key redefine", base: referenced + parted("", "") + foreignKey("f", toCode), data: strings.Replace(referencedRows, rows, "", 1) + partitions,
		change: referenced + parted("", "") + foreignKey("f", toCode+"\non_delete = \"cascade\""),
	},
	{name: "partitioned/type widen", base: parted("", checkV), data: partitions, change: strings.Replace(parted("", checkV), "varchar(20)", "varchar(200)", 1)},

	{
		name: "several at once", base: table(`n = { type = "varchar(10)" }`, checkA) + indexOn("i", `keys = [{ column = "n" }]`), data: rows,
		change: table(`n = { type = "varchar(100)" }
    m = { type = "integer", nullable = false, default = "1", backfill = "a" }`, `checks = { t_m_check = { expression = "m >= 0" } }
  unique = { t_m_key = { columns = ["m"] } }
  comment = "changed"`) + indexOn("i", `keys = [{ column = "n" }, { column = "m" }]`),
	},
}
