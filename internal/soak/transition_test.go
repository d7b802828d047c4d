// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package soak

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/pgphase/terraform-provider-pgphase/internal/dualmodel"
)

// state is how far a configuration goes.
type state string

const (
	start    state = "start"
	expand   state = "expand"
	migrate  state = "migrate"
	contract state = "contract"
)

// column is one of the sides of a transition.
type column struct {
	name, typ string
	// initial is its default as text; empty for none.
	initial string
}

func (c column) sql(notNull bool) string {
	text := c.name + " " + c.typ
	if c.initial != "" {
		text += " DEFAULT '" + c.initial + "'"
	}
	if notNull {
		text += " NOT NULL"
	}
	return text
}

// hcl declares the column; more goes into its object.
func (c column) hcl(notNull bool, more string) string {
	text := fmt.Sprintf("    %s = { type = %q, nullable = %t", c.name, c.typ, !notNull)
	if c.initial != "" {
		text += fmt.Sprintf(", default = %q", "'"+c.initial+"'")
	}
	return text + more + " }\n"
}

// transition is a change of the table t, that has the columns id and noise
// besides.
type transition struct {
	kind string
	// rules are those of the trigger; without one, the old columns are written
	// as they are.
	rules    dualmodel.Rules
	trigger  bool
	old, new []column
	notNull  bool
	// names are those of the table, of old and of new code.
	names [2]string
	// config is the configuration of a state.
	config func(state) string
	// before and plainly are what somebody would do by hand in a database that
	// nobody uses.
	before, plainly string
	// draw makes values of one side; wide says that they may be those that only
	// the new structure can hold.
	draw func(random *rand.Rand, newSide, wide bool) []dualmodel.Value
	// widen prepares the database for wide values.
	widen string
	// viaView: one of the names is a view, and not every statement goes through it.
	viaView bool
	// oneWay: the configuration cannot be taken back to its start.
	oneWay bool
}

var kinds = []func(random *rand.Rand, major int) *transition{
	newRename, newConversion, newSplit, newMerge, newRemoval, newTableRename, newRetype, newRecast,
}

func names(columns []column) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.name
	}
	return list
}

func defaults(columns []column) []dualmodel.Value {
	list := make([]dualmodel.Value, len(columns))
	for i, c := range columns {
		if c.initial != "" {
			list[i] = dualmodel.Text(c.initial)
		}
	}
	return list
}

// optional reports whether a writer may leave the columns out.
func (t *transition) optional() bool { return !t.notNull || t.old[0].initial != "" }

// tableConfig is the table with columns and what follows.
func tableConfig(name, columns, rest string) string {
	return fmt.Sprintf("resource \"pgphase_table\" \"t\" {\n  name = %q\n  columns = {\n    id = { type = \"integer\" }\n    noise = { type = \"integer\" }\n%s  }\n"+
		"  primary_key = { columns = [\"id\"] }\n%s}\n", name, columns, rest)
}

func phaseConfig(s state) string {
	if s == start {
		return ""
	}
	return fmt.Sprintf("  phase = %q\n", s)
}

// createTable is the same in SQL.
func createTable(columns []column, notNull bool) string {
	text := "CREATE TABLE t (id integer CONSTRAINT t_pkey PRIMARY KEY, noise integer"
	for _, c := range columns {
		text += ", " + c.sql(notNull)
	}
	return text + ");\n"
}

// replaced fills in a transition whose columns others take the place of.
// replaces is what each new column declares.
func (t *transition) replaced(replaces []string) *transition {
	t.trigger, t.names = true, [2]string{"t", "t"}
	t.rules.Fed = slices.Repeat([]bool{true}, len(t.old))
	t.rules.OldDefaults = defaults(t.old)
	if t.new[0].initial != "" {
		t.rules.NewDefaults = defaults(t.new)
	}
	t.config = func(s state) string {
		columns := ""
		if s == start {
			for _, c := range t.old {
				columns += c.hcl(t.notNull, "")
			}
		} else {
			for i, c := range t.new {
				columns += c.hcl(t.notNull, ", replaces = { columns = ["+quoted(names(t.old))+"]"+replaces[i]+" }")
			}
		}
		return tableConfig("t", columns, phaseConfig(s))
	}
	t.before = createTable(t.old, t.notNull)
	for _, c := range t.new {
		t.plainly += "ALTER TABLE t ADD COLUMN " + c.sql(t.notNull) + ";\n"
	}
	for _, c := range t.old {
		t.plainly += "ALTER TABLE t DROP COLUMN " + c.name + ";\n"
	}
	return t
}

func quoted(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// option returns the default in one of two cases.
func option(random *rand.Rand, value string) string {
	if random.IntN(2) == 0 {
		return ""
	}
	return value
}

// drawFrom draws one of the values, or sometimes NULLs.
func (t *transition) drawFrom(random *rand.Rand, width int, values func() []dualmodel.Value) []dualmodel.Value {
	if !t.notNull && random.IntN(6) == 0 {
		return make([]dualmodel.Value, width)
	}
	return values()
}

func word(random *rand.Rand) string {
	return []string{"ada", "Kurt", "x", "O'Hara", `back\slash`, "ünï"}[random.IntN(6)] + strconv.Itoa(random.IntN(100))
}

func identity(v []dualmodel.Value) []dualmodel.Value { return slices.Clone(v) }

func newRename(random *rand.Rand, _ int) *transition {
	initial := option(random, "nobody")
	t := &transition{kind: "rename", notNull: random.IntN(2) == 0, old: []column{{"v", "text", initial}}, new: []column{{"w", "text", initial}}}
	t.rules.Up, t.rules.Down = identity, identity
	t.draw = func(random *rand.Rand, _, _ bool) []dualmodel.Value {
		return t.drawFrom(random, 1, func() []dualmodel.Value { return []dualmodel.Value{dualmodel.Text(word(random))} })
	}
	return t.replaced([]string{""})
}

// newConversion is a rename to another type, with expressions both ways.
func newConversion(random *rand.Rand, _ int) *transition {
	initial := option(random, "7")
	t := &transition{kind: "convert", notNull: random.IntN(2) == 0, old: []column{{"v", "integer", initial}}, new: []column{{"w", "text", initial}}}
	t.rules.Up, t.rules.Down = identity, identity
	t.draw = func(random *rand.Rand, _, _ bool) []dualmodel.Value {
		return t.drawFrom(random, 1, func() []dualmodel.Value { return []dualmodel.Value{dualmodel.Text(strconv.Itoa(random.IntN(1000)))} })
	}
	return t.replaced([]string{`, up = "v::text", down = { v = "w::integer" }`})
}

func cut(v []dualmodel.Value) []dualmodel.Value {
	if v[0] == nil {
		return make([]dualmodel.Value, 2)
	}
	first, last, _ := strings.Cut(*v[0], " ")
	return []dualmodel.Value{dualmodel.Text(first), dualmodel.Text(last)}
}

func join(v []dualmodel.Value) []dualmodel.Value {
	if v[0] == nil || v[1] == nil {
		return make([]dualmodel.Value, 1)
	}
	return []dualmodel.Value{dualmodel.Text(*v[0] + " " + *v[1])}
}

func newSplit(random *rand.Rand, _ int) *transition {
	t := &transition{kind: "split", notNull: random.IntN(2) == 0, old: []column{{name: "full_name", typ: "text"}}, new: []column{{name: "first", typ: "text"}, {name: "last", typ: "text"}}}
	if random.IntN(2) == 0 {
		t.old[0].initial, t.new[0].initial, t.new[1].initial = "No Body", "No", "Body"
	}
	t.rules.Up, t.rules.Down = cut, join
	t.draw = func(random *rand.Rand, newSide, _ bool) []dualmodel.Value {
		width := 1
		if newSide {
			width = 2
		}
		return t.drawFrom(random, width, func() []dualmodel.Value {
			values := []dualmodel.Value{dualmodel.Text(word(random)), dualmodel.Text(word(random))}
			if newSide {
				return values
			}
			return join(values)
		})
	}
	return t.replaced([]string{
		`, up = "split_part(full_name, ' ', 1)"`,
		`, up = "split_part(full_name, ' ', 2)", down = { full_name = "first || ' ' || last" }`,
	})
}

func newMerge(random *rand.Rand, major int) *transition {
	t := newSplit(random, major)
	merge := &transition{kind: "merge", notNull: t.notNull, old: t.new, new: t.old}
	merge.rules.Up, merge.rules.Down = join, cut
	merge.draw = func(random *rand.Rand, newSide, wide bool) []dualmodel.Value { return t.draw(random, !newSide, wide) }
	return merge.replaced([]string{`, up = "first || ' ' || last", down = { first = "split_part(full_name, ' ', 1)", last = "split_part(full_name, ' ', 2)" }`})
}

// newRemoval takes a column away.
func newRemoval(random *rand.Rand, _ int) *transition {
	t := &transition{kind: "remove", notNull: random.IntN(2) == 0, old: []column{{"gone", "text", option(random, "x")}}, names: [2]string{"t", "t"}}
	// New code leaves NULLs, with which NOT NULL cannot come back.
	t.oneWay = t.notNull && t.old[0].initial == ""
	t.rules.OldDefaults = defaults(t.old)
	t.draw = func(random *rand.Rand, _, _ bool) []dualmodel.Value {
		return t.drawFrom(random, 1, func() []dualmodel.Value { return []dualmodel.Value{dualmodel.Text(word(random))} })
	}
	t.config = func(s state) string {
		if s == start {
			return tableConfig("t", t.old[0].hcl(t.notNull, ""), "")
		}
		return tableConfig("t", "", phaseConfig(s))
	}
	t.before, t.plainly = createTable(t.old, t.notNull), "ALTER TABLE t DROP COLUMN gone;\n"
	return t
}

func newTableRename(random *rand.Rand, _ int) *transition {
	t := &transition{kind: "table", notNull: random.IntN(2) == 0, old: []column{{"v", "text", option(random, "x")}}, names: [2]string{"t", "u"}, viaView: true}
	t.rules.OldDefaults = defaults(t.old)
	t.draw = func(random *rand.Rand, _, _ bool) []dualmodel.Value {
		return t.drawFrom(random, 1, func() []dualmodel.Value { return []dualmodel.Value{dualmodel.Text(word(random))} })
	}
	t.config = func(s state) string {
		if s == start {
			return tableConfig("t", t.old[0].hcl(t.notNull, ""), "")
		}
		return tableConfig("u", t.old[0].hcl(t.notNull, ""), "  renamed_from = \"t\"\n"+phaseConfig(s))
	}
	t.before, t.plainly = createTable(t.old, t.notNull), "ALTER TABLE t RENAME TO u;\n"
	return t
}

// parents are the rows that references point at.
const parents = 20

// newRetype widens both ends of a foreign key under their names.
func newRetype(random *rand.Rand, _ int) *transition {
	t := &transition{kind: "retype", notNull: random.IntN(2) == 0, old: []column{{"ref", "integer", option(random, "1")}}, names: [2]string{"t", "t"}}
	t.rules.OldDefaults = defaults(t.old)
	t.draw = func(random *rand.Rand, newSide, wide bool) []dualmodel.Value {
		return t.drawFrom(random, 1, func() []dualmodel.Value {
			n := 1 + random.Int64N(parents)
			if newSide && wide {
				n += 3_000_000_000
			}
			return []dualmodel.Value{dualmodel.Text(strconv.FormatInt(n, 10))}
		})
	}
	t.config = func(s state) string {
		end := t.old[0]
		if s != start {
			end.typ = "bigint"
		}
		return tableConfig("t", end.hcl(t.notNull, ""), phaseConfig(s)) + fmt.Sprintf(`
resource "pgphase_table" "p" {
  name        = "p"
  columns     = { id = { type = %q } }
  primary_key = { columns = ["id"] }
%s}
resource "pgphase_index" "ref" {
  table = pgphase_table.t.id
  name  = "t_ref_idx"
  keys  = [{ column = "ref" }]
}
resource "pgphase_foreign_key" "ref" {
  table      = pgphase_table.t.id
  name       = "t_ref_fkey"
  columns    = ["ref"]
  references = { table = pgphase_table.p.id, columns = ["id"] }
}
`, end.typ, phaseConfig(s))
	}
	t.before = "CREATE TABLE p (id integer CONSTRAINT p_pkey PRIMARY KEY);\n" + createTable(t.old, t.notNull) +
		"CREATE INDEX t_ref_idx ON t (ref);\nALTER TABLE t ADD CONSTRAINT t_ref_fkey FOREIGN KEY (ref) REFERENCES p;\n"
	t.plainly = "ALTER TABLE p ALTER id TYPE bigint;\nALTER TABLE t ALTER ref TYPE bigint;\n"
	t.widen = fmt.Sprintf("INSERT INTO p (id) SELECT 3000000000 + n FROM generate_series(1, %d) AS n ON CONFLICT DO NOTHING", parents)
	return t
}

// newRecast gives a column a type to which PostgreSQL assigns it, or one that
// takes an expression, under its name.
func newRecast(random *rand.Rand, _ int) *transition {
	from, to, more := "text", "integer", `, up = "v::integer", down = "v::text"`
	if random.IntN(2) == 0 {
		from, to, more = to, from, ""
	}
	t := &transition{kind: "recast", notNull: random.IntN(2) == 0, old: []column{{"v", from, option(random, "7")}}, names: [2]string{"t", "t"}}
	t.rules.OldDefaults = defaults(t.old)
	t.draw = func(random *rand.Rand, newSide, wide bool) []dualmodel.Value {
		return t.drawFrom(random, 1, func() []dualmodel.Value {
			if newSide && wide && to == "text" {
				return []dualmodel.Value{dualmodel.Text(word(random))}
			}
			return []dualmodel.Value{dualmodel.Text(strconv.Itoa(random.IntN(1000)))}
		})
	}
	t.config = func(s state) string {
		columns := t.old[0].hcl(t.notNull, "")
		if s != start {
			columns = column{"v", to, t.old[0].initial}.hcl(t.notNull, more)
		}
		return tableConfig("t", columns, phaseConfig(s)) + "resource \"pgphase_index\" \"v\" {\n  table = pgphase_table.t.id\n  name = \"t_v_idx\"\n  keys = [{ column = \"v\" }]\n}\n"
	}
	t.before = createTable(t.old, t.notNull) + "CREATE INDEX t_v_idx ON t (v);\n"
	t.plainly = fmt.Sprintf("ALTER TABLE t ALTER v DROP DEFAULT, ALTER v TYPE %[1]s USING v::%[1]s;\n", to)
	if initial := t.old[0].initial; initial != "" {
		t.plainly += "ALTER TABLE t ALTER v SET DEFAULT '" + initial + "';\n"
	}
	if to == "text" {
		t.widen = "SELECT" // any text will do
	}
	return t
}

// walk is the states that a configuration goes through, to the end.
func (t *transition) walk(random *rand.Rand) []state {
	path, at := []state{}, start
	for at != contract {
		var choices []state
		switch at {
		case start:
			choices = []state{expand, expand, migrate}
		case expand:
			choices = []state{migrate, migrate, contract, start}
		case migrate:
			choices = []state{contract, contract, expand, start}
		case contract: // the end
		}
		next := choices[random.IntN(len(choices))]
		if next == start && t.oneWay || len(path) >= 4 && at != start {
			next = contract
		}
		path, at = append(path, next), next
	}
	return path
}
