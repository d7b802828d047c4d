// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package ddl_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/pgtest"
	"github.com/pgphase/terraform-provider-pgphase/internal/schema"
)

// TestDualWriteAgainstModel lets writers of every kind write at random and
// compares each row, and what was counted, with the model.
func TestDualWriteAgainstModel(t *testing.T) {
	t.Parallel()
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		for name, rules := range allRules() {
			for _, partitioned := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, partitioned %t", name, partitioned), func(t *testing.T) {
					t.Parallel()
					seed := rand.Uint64()
					t.Logf("seed %d", seed)
					w := &writers{
						model: model{rules: rules, rows: map[int]row{}}, random: rand.New(rand.NewPCG(seed, 1)),
						t: t, conn: server.Database(t).Connect(t), merge: server.Major >= 15,
					}
					w.begin(partitioned)
					for range 12 {
						for range 25 {
							w.write()
						}
						w.compare()
					}
					w.finish()
				})
			}
		}
	})
}

type writers struct {
	model
	random *rand.Rand
	t      *testing.T
	conn   *pgx.Conn
	merge  bool
	log    []string
}

func (w *writers) exec(statements ...string) {
	w.t.Helper()
	for _, sql := range statements {
		w.log = append(w.log, sql)
		if _, err := w.conn.Exec(w.t.Context(), sql, pgx.QueryExecModeExec); err != nil {
			w.t.Fatalf("%v\n%s", err, sql)
		}
	}
}

func (w *writers) name() string { return w.table.Name.String() }

// begin makes the table, rows that the trigger has not seen, and the trigger.
func (w *writers) begin(partitioned bool) {
	before := w.table
	before.Columns = before.Columns[:2+len(w.transition.Old)]
	if partitioned {
		before.PartitionBy = &schema.PartitionKey{Strategy: "hash", Keys: []schema.IndexKey{{Column: "id"}}}
	}
	w.exec(ddl.CreateTable(before))
	if partitioned {
		for i := range 2 {
			// The columns of a partition need not be in the order of its parent.
			part := before
			part.Name, part.PartitionBy = schema.QualifiedName{Schema: "public", Name: schema.Name(fmt.Sprintf("part%d", i))}, nil
			part.Columns = slices.Clone(part.Columns)
			part.PrimaryKey = &schema.Key{Name: part.Name.Name + "_pkey", Columns: []schema.Name{"id"}}
			slices.Reverse(part.Columns)
			w.exec(ddl.CreateTable(part), fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES WITH (MODULUS 2, REMAINDER %d)", w.name(), part.Name, i))
		}
	}
	w.exec("ALTER TABLE "+w.name()+" ADD COLUMN gone text DEFAULT 'x'",
		"ALTER TABLE "+w.name()+" DROP COLUMN gone",
		"ALTER TABLE "+w.name()+" ADD COLUMN twice bigint GENERATED ALWAYS AS (id * 2) STORED")
	for id := range 8 {
		w.bygone(id)
	}
	for _, column := range w.table.Columns[len(before.Columns):] {
		w.exec(ddl.AddColumn(w.table.Name, column))
	}
	w.exec(ddl.CreateLedger()...)
	w.exec(ddl.CreateDualWrite(w.transition, w.table)...)
	w.exec(ddl.RecordTransition(w.transition))
}

// bygone inserts a row as it was before the trigger.
func (w *writers) bygone(id int) {
	r := row{Old: w.values(w.transition.Old), New: make([]value, len(w.transition.New))}
	w.exec("SET session_replication_role = replica",
		fmt.Sprintf("INSERT INTO %s (id, %s) VALUES (%d, %s)", w.name(), schema.QuoteNames(w.transition.Old), id, literals(r.Old)),
		"RESET session_replication_role")
	w.rows[id] = r
}

// values are random ones of the columns' types, defaults among them.
func (w *writers) values(columns []schema.Name) []value {
	list := make([]value, len(columns))
	for i, name := range columns {
		choices := []value{nil, val("a"), val("b"), val("x y"), val("Z"), val("B")}
		if w.table.Column(name).Type.Text == "integer" {
			choices = []value{nil, val("0"), val("1"), val("3"), val("4"), val("5")}
		} else if w.table.Column("status") != nil {
			choices = []value{nil, val("new"), val("done"), val("none"), val("1"), val("5")}
		}
		list[i] = choices[w.random.IntN(len(choices))]
	}
	return list
}

func literals(values []value) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = "NULL"
		if v != nil {
			texts[i] = ddl.Literal(*v)
		}
	}
	return strings.Join(texts, ", ")
}

// write is one write of a writer that knows the old side, the new side, both
// or neither, and some of the columns only.
func (w *writers) write() {
	style := w.random.IntN(4)
	var columns []schema.Name
	for _, side := range [][]schema.Name{w.transition.Old, w.transition.New} {
		for _, name := range side {
			if style&1 != 0 && w.random.IntN(4) != 0 {
				columns = append(columns, name)
			}
		}
		style >>= 1
	}
	values := w.values(columns)
	id := w.random.IntN(14)
	target := fmt.Sprintf("%s (id%s)", w.name(), prefixed(columns))
	record := fmt.Sprintf("%d%s", id, prefixedText(literals(values)))
	_, exists := w.rows[id]
	switch kind := w.random.IntN(10); {
	case kind == 0:
		w.exec(fmt.Sprintf("DELETE FROM %s WHERE id = %d", w.name(), id))
		delete(w.rows, id)
	case kind == 1 && !exists:
		w.bygone(id)
	case kind == 1 && w.random.IntN(4) == 0:
		w.backfillOnce()
	case kind == 2 && !exists:
		w.copyIn(id, columns, values)
		w.insert(id, columns, values)
	case kind == 3 || kind == 2:
		action := "DO NOTHING"
		if len(columns) > 0 {
			action = "DO UPDATE SET " + assignments(columns, "excluded")
		}
		w.exec("INSERT INTO " + target + " VALUES (" + record + ") ON CONFLICT (id) " + action)
		w.upsert(id, columns, values)
	case kind == 4 && w.merge && len(columns) > 0:
		w.exec(fmt.Sprintf("MERGE INTO %s AS t USING (VALUES (%s)) AS s (id%s) ON t.id = s.id WHEN MATCHED THEN UPDATE SET %s WHEN NOT MATCHED THEN INSERT (id%s) VALUES (s.id%s)",
			w.name(), w.typed(id, columns, values), prefixed(columns), assignments(columns, "s"), prefixed(columns), prefixedBy("s", columns)))
		if exists {
			w.update(id, columns, values)
		} else {
			w.insert(id, columns, values)
		}
	case exists && len(columns) > 0:
		sets := make([]string, len(columns))
		for i, name := range columns {
			sets[i] = name.Quote() + " = " + literals(values[i:i+1])
		}
		w.exec(fmt.Sprintf("UPDATE %s SET %s WHERE id = %d", w.name(), strings.Join(sets, ", "), id))
		w.update(id, columns, values)
	case exists:
		w.exec(fmt.Sprintf("UPDATE %s SET noise = %d WHERE id = %d", w.name(), w.random.IntN(100), id))
		w.update(id, nil, nil)
	default:
		w.exec("INSERT INTO " + target + " VALUES (" + record + ")")
		w.insert(id, columns, values)
	}
}

// proposed is a row as the writer and the defaults of the table leave it.
func (w *writers) proposed(columns []schema.Name, values []value) row {
	r := row{Old: slices.Clone(w.OldDefaults), New: make([]value, len(w.transition.New))}
	w.set(&r, columns, values)
	return r
}

func (w *writers) set(r *row, columns []schema.Name, values []value) {
	for i, name := range columns {
		if j := slices.Index(w.transition.Old, name); j >= 0 {
			r.Old[j] = values[i]
		} else {
			r.New[slices.Index(w.transition.New, name)] = values[i]
		}
	}
}

func (w *writers) insert(id int, columns []schema.Name, values []value) {
	w.rows[id] = w.beforeInsert(w.proposed(columns, values))
}

func (w *writers) update(id int, columns []schema.Name, values []value) {
	changed := w.rows[id].Clone()
	w.set(&changed, columns, values)
	w.rows[id] = w.beforeUpdate(w.rows[id], changed)
}

// upsert sees in EXCLUDED what the trigger made of the proposed row.
func (w *writers) upsert(id int, columns []schema.Name, values []value) {
	excluded := w.beforeInsert(w.proposed(columns, values))
	current, exists := w.rows[id]
	if !exists {
		w.rows[id] = excluded
		return
	}
	if len(columns) == 0 {
		return
	}
	changed := current.Clone()
	for _, name := range columns {
		if i := slices.Index(w.transition.Old, name); i >= 0 {
			changed.Old[i] = excluded.Old[i]
		} else {
			i := slices.Index(w.transition.New, name)
			changed.New[i] = excluded.New[i]
		}
	}
	w.rows[id] = w.beforeUpdate(current, changed)
}

func (w *writers) backfillOnce() {
	sets := make([]string, len(w.transition.New))
	for i, name := range w.transition.New {
		sets[i] = name.Quote() + " = " + ddl.UpExpression(w.transition, name)
	}
	w.exec("BEGIN", "SELECT set_config('"+ddl.BackfillGuard+"', 'on', true)",
		"UPDATE "+w.name()+" SET "+strings.Join(sets, ", ")+" WHERE "+ddl.Unmigrated(w.transition), "COMMIT")
	w.backfill()
}

func (w *writers) copyIn(id int, columns []schema.Name, values []value) {
	line := strconv.Itoa(id)
	for _, v := range values {
		text := `\N`
		if v != nil {
			text = *v
		}
		line += "\t" + text
	}
	sql := fmt.Sprintf("COPY %s (id%s) FROM STDIN", w.name(), prefixed(columns))
	w.log = append(w.log, sql+"\n"+line)
	if _, err := w.conn.PgConn().CopyFrom(w.t.Context(), bytes.NewBufferString(line+"\n"), sql); err != nil {
		w.t.Fatalf("%v\n%s", err, sql)
	}
}

func (w *writers) typed(id int, columns []schema.Name, values []value) string {
	text := strconv.Itoa(id)
	for i, name := range columns {
		text += ", " + literals(values[i:i+1]) + "::" + w.table.Column(name).Type.Text
	}
	return text
}

func assignments(columns []schema.Name, from string) string {
	list := make([]string, len(columns))
	for i, name := range columns {
		list[i] = name.Quote() + " = " + from + "." + name.Quote()
	}
	return strings.Join(list, ", ")
}

func prefixed(columns []schema.Name) string { return prefixedText(schema.QuoteNames(columns)) }

func prefixedBy(alias string, columns []schema.Name) string {
	text := ""
	for _, name := range columns {
		text += ", " + alias + "." + name.Quote()
	}
	return text
}

func prefixedText(text string) string {
	if text == "" {
		return ""
	}
	return ", " + text
}

// compare reads every row and the counter.
func (w *writers) compare() {
	w.t.Helper()
	both := slices.Concat(w.transition.Old, w.transition.New)
	parts := make([]string, len(both))
	for i, name := range both {
		parts[i] = name.Quote() + "::text"
	}
	rows, err := w.conn.Query(w.t.Context(), "SELECT id::int, ARRAY["+strings.Join(parts, ", ")+"] FROM "+w.name())
	if err != nil {
		w.t.Fatal(err)
	}
	var id int
	var values []*string
	found := map[int]row{}
	if _, err := pgx.ForEachRow(rows, []any{&id, &values}, func() error {
		all := make([]value, len(values))
		for i := range values {
			all[i] = values[i]
		}
		found[id] = row{Old: all[:len(w.transition.Old)], New: all[len(w.transition.Old):]}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(w.rows)) {
		want, got := w.rows[id], found[id]
		if !want.Same(got) {
			w.t.Fatalf("row %d: want %s | %s, got %s | %s\n%s", id, literals(want.Old), literals(want.New), literals(got.Old), literals(got.New),
				strings.Join(w.log[max(0, len(w.log)-60):], "\n"))
		}
	}
	if len(found) != len(w.rows) {
		w.t.Fatalf("want %d rows, got %d", len(w.rows), len(found))
	}
	var counted int
	if err := w.conn.QueryRow(w.t.Context(), "SELECT coalesce(pg_sequence_last_value($1::text::regclass), 0)", w.transition.Counter.String()).Scan(&counted); err != nil {
		w.t.Fatal(err)
	}
	if counted != w.counts {
		w.t.Fatalf("want %d old-style writes, got %d\n%s", w.counts, counted, strings.Join(w.log[max(0, len(w.log)-30):], "\n"))
	}
}

// finish compares what verification finds, and takes everything down.
func (w *writers) finish() {
	var want []string
	for id, r := range w.rows {
		if w.Inconsistent(r) {
			want = append(want, fmt.Sprintf("id = %d", id))
		}
	}
	slices.Sort(want)
	rows, err := w.conn.Query(w.t.Context(), ddl.Inconsistent(w.transition, w.table))
	if err != nil {
		w.t.Fatalf("%v\n%s", err, ddl.Inconsistent(w.transition, w.table))
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(want, got) {
		w.t.Errorf("inconsistent: want %v, got %v", want, got)
	}
	w.exec(ddl.DropDualWriteTrigger(w.transition, w.table.Name)...)
	for _, column := range w.transition.Old {
		w.exec(ddl.DropColumn(w.table.Name, column))
	}
	w.exec(ddl.DropDualWriteObjects(w.transition)...)
	w.exec(ddl.EndTransition(w.transition.Name, ddl.Contracted)...)
	w.exec("DROP TABLE "+w.name(), "DROP SCHEMA pgphase CASCADE")
}
