// Copyright (c) pgphase contributors
// SPDX-License-Identifier: MPL-2.0

package soak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgphase/terraform-provider-pgphase/internal/ddl"
	"github.com/pgphase/terraform-provider-pgphase/internal/dualmodel"
)

const (
	// writers is how many sessions write at once, each to rows of its own: so it
	// is known in which order a row was written.
	writers = 3
	// rowsOfWriter is few, so that each row is written often.
	rowsOfWriter = 12
	thinkTime    = 4 * time.Millisecond
	// reconnectFor is how long a server may be down.
	reconnectFor = 2 * time.Minute
)

// style is which columns a writer knows.
type style int

const (
	oldStyle style = iota
	newStyle
	dualStyle
	// unrelated knows neither side.
	unrelated
)

// regime is what writers may do, and what that may lead to.
type regime struct {
	styles []style
	modes  []mode
	// tables are the names that there are.
	tables []string
	// filling: a backfill may be going on.
	filling bool
	// wide values are allowed in the new structure.
	wide bool
}

// crowd is the writers of a round.
type crowd struct {
	transition *transition
	major      int
	url        string
	sessions   []*writer
	// gate is held by each write, and locked where the regime changes.
	gate   sync.RWMutex
	regime regime
	// failing says that the server is being taken down: connections are lost.
	failing atomic.Bool
	writes  atomic.Int64
	// unanswered counts writes whose writer does not know what became of them.
	unanswered atomic.Int64
	stop       context.CancelFunc
	done       sync.WaitGroup

	mu  sync.Mutex
	err error
}

// writer is one of them.
type writer struct {
	*crowd
	random *rand.Rand
	conn   *pgx.Conn
	first  int
	rows   map[int]outcomes
	// log is the last writes to each row.
	log    map[int][]string
	writes atomic.Int64
}

// begin starts the writers, which write until end.
func (c *crowd) begin(ctx context.Context, seed uint64) {
	ctx, c.stop = context.WithCancel(ctx)
	for i := range writers {
		w := &writer{crowd: c, random: rand.New(rand.NewPCG(seed, uint64(i)+1)), first: 1_000_000 * (i + 1), rows: map[int]outcomes{}, log: map[int][]string{}}
		for id := range rowsOfWriter {
			w.rows[w.first+id] = outcomes{nil}
		}
		c.sessions = append(c.sessions, w)
		c.done.Go(func() {
			if err := w.run(ctx); err != nil && ctx.Err() == nil {
				c.fail(err)
			}
		})
	}
}

func (c *crowd) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = errors.Join(c.err, err)
}

// failure is what went wrong with a writer, so far.
func (c *crowd) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *crowd) end() {
	c.stop()
	c.done.Wait()
}

// allow changes the regime, between two writes of each session.
func (c *crowd) allow(r regime) {
	c.gate.Lock()
	defer c.gate.Unlock()
	c.regime = r
}

// awaitWrites waits until every session has written so often.
func (c *crowd) awaitWrites(ctx context.Context, n int64) error {
	for _, w := range c.sessions {
		for goal := w.writes.Load() + n; w.writes.Load() < goal; {
			if err := errors.Join(c.failure(), ctx.Err()); err != nil {
				return err
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
	return nil
}

func (w *writer) run(ctx context.Context) (err error) {
	defer func() {
		if w.conn != nil {
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			_ = w.conn.Close(closing)
		}
	}()
	for ctx.Err() == nil {
		if w.conn == nil {
			if err := w.connect(ctx); err != nil {
				return err
			}
		}
		w.gate.RLock()
		err := w.write(context.WithoutCancel(ctx))
		w.gate.RUnlock()
		if err != nil {
			return err
		}
		time.Sleep(thinkTime)
	}
	return nil
}

// connect waits for a server that is down.
func (w *writer) connect(ctx context.Context) error {
	config, err := pgx.ParseConfig(w.url)
	if err != nil {
		return err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.RuntimeParams["application_name"] = "writer"
	for deadline := time.Now().Add(reconnectFor); ; time.Sleep(20 * time.Millisecond) {
		if w.conn, err = pgx.ConnectConfig(ctx, config); err == nil {
			return nil
		}
		w.conn = nil
		if ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("a writer connects: %w", err)
		}
	}
}

// write writes one row, and says what it may be from then on.
func (w *writer) write(ctx context.Context) error {
	id := w.first + w.random.IntN(rowsOfWriter)
	chosen, sql, line := w.choose(id)
	w.log[id] = append(w.log[id], sql+line)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var err error
	if line != "" {
		_, err = w.conn.PgConn().CopyFrom(ctx, bytes.NewBufferString(line), sql)
	} else {
		_, err = w.conn.Exec(ctx, sql)
	}
	after := w.rows[id].after(w.transition, chosen, w.regime)
	switch {
	case err == nil:
		w.rows[id] = after
	case w.lost(err):
		w.log[id] = append(w.log[id], "-- no answer")
		w.unanswered.Add(1)
		for _, row := range after {
			w.rows[id] = w.rows[id].with(row)
		}
		_ = w.conn.Close(ctx)
		w.conn = nil
	default:
		return fmt.Errorf("a writer is refused: %w\n%s%s", err, sql, line)
	}
	w.writes.Add(1)
	w.crowd.writes.Add(1)
	return nil
}

// lost reports whether a write failed because the server went down.
func (w *writer) lost(err error) bool {
	if !w.failing.Load() {
		return false
	}
	var refused *pgconn.PgError
	// 57P01 and 57P02 end a session, 57P03 refuses one.
	return !errors.As(err, &refused) || strings.HasPrefix(refused.Code, "57P")
}

// choose draws a write of a row. The text besides is the line of a COPY.
func (w *writer) choose(id int) (chosen write, sql, line string) {
	t := w.transition
	s := w.regime.styles[w.random.IntN(len(w.regime.styles))]
	table := w.regime.tables[w.random.IntN(len(w.regime.tables))]
	switch s {
	case oldStyle:
		table = t.names[0]
	case newStyle:
		table = t.names[1]
	case dualStyle, unrelated: // by either name
	}
	if s == oldStyle || s == dualStyle || s == newStyle && len(t.new) == 0 && t.kind != "remove" {
		chosen.columns = append(chosen.columns, names(t.old)...)
		chosen.values = append(chosen.values, t.draw(w.random, s == newStyle, w.regime.wide)...)
	}
	if s == dualStyle && len(t.new) > 0 {
		// Such a writer knows how they belong together.
		chosen.columns = append(chosen.columns, names(t.new)...)
		chosen.values = append(chosen.values, t.rules.Up(chosen.values)...)
	}
	if s == newStyle && len(t.new) > 0 {
		chosen.columns = append(chosen.columns, names(t.new)...)
		chosen.values = append(chosen.values, t.draw(w.random, true, w.regime.wide)...)
	}
	row := w.rows[id]
	// A column that is on its way out may be left out by who knows that.
	leavesOut := t.optional() || t.kind == "remove" && s == newStyle
	chosen.kind = w.kind(row, len(chosen.columns) > 0, leavesOut)
	switch chosen.kind {
	case update, upsert, merge:
		// Some know a part of their side only, if that has several columns.
		if at := w.random.IntN(3); s != dualStyle && at < len(chosen.columns) && len(chosen.columns) > 1 && chosen.kind == update {
			chosen.columns, chosen.values = chosen.columns[at:at+1], chosen.values[at:at+1]
		}
	}
	sql, line = statement(t, table, id, chosen, w.regime.wide, w.random)
	return chosen, sql, line
}

// kind draws what to do with a row of which more or less is known, for a write
// that names columns of the transition, or may leave them out.
func (w *writer) kind(row outcomes, writes, leavesOut bool) string {
	absent := slices.Contains(row, nil)
	present := slices.ContainsFunc(row, func(r *dualmodel.Row) bool { return r != nil })
	var choices []string
	switch {
	case absent && !present:
		choices = []string{insert}
		if !writes && !leavesOut {
			return remove // there is nothing that it could insert
		}
		if writes {
			choices = append(choices, upsert, merge, copied)
		}
	case present && !absent:
		choices = []string{update, update, update, remove}
		if writes {
			choices = append(choices, upsert, merge)
		}
	default:
		choices = []string{remove}
		if writes {
			choices = append(choices, upsert, merge, upsert)
		}
	}
	choices = slices.DeleteFunc(choices, func(kind string) bool {
		return kind == merge && (w.major < 15 || w.transition.viaView) || kind == copied && w.transition.viaView
	})
	return choices[w.random.IntN(len(choices))]
}

func literal(v dualmodel.Value) string {
	if v == nil {
		return "NULL"
	}
	return ddl.Literal(*v)
}

// statement is the SQL of a write.
func statement(t *transition, table string, id int, w write, wide bool, random *rand.Rand) (sql, line string) {
	columns, values, typed, sets, fromSource := "id", strconv.Itoa(id), strconv.Itoa(id), []string{}, []string{}
	excluded, source := []string{}, "s.id"
	for i, name := range w.columns {
		columns += ", " + name
		values += ", " + literal(w.values[i])
		typed += ", " + literal(w.values[i]) + "::" + t.typeOf(name, wide)
		source += ", s." + name
		sets = append(sets, name+" = "+literal(w.values[i]))
		excluded = append(excluded, name+" = excluded."+name)
		fromSource = append(fromSource, name+" = s."+name)
	}
	switch w.kind {
	case remove:
		return fmt.Sprintf("DELETE FROM %s WHERE id = %d", table, id), ""
	case update:
		if len(sets) == 0 {
			sets = []string{"noise = " + strconv.Itoa(random.IntN(100))}
		}
		return fmt.Sprintf("UPDATE %s SET %s WHERE id = %d", table, strings.Join(sets, ", "), id), ""
	case upsert:
		return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (id) DO UPDATE SET %s", table, columns, values, strings.Join(excluded, ", ")), ""
	case merge:
		return fmt.Sprintf("MERGE INTO %s AS t USING (VALUES (%s)) AS s (%s) ON t.id = s.id WHEN MATCHED THEN UPDATE SET %s WHEN NOT MATCHED THEN INSERT (%s) VALUES (%s)",
			table, typed, columns, strings.Join(fromSource, ", "), columns, source), ""
	case copied:
		fields := []string{strconv.Itoa(id)}
		for _, v := range w.values {
			text := `\N`
			if v != nil {
				text = strings.ReplaceAll(*v, `\`, `\\`)
			}
			fields = append(fields, text)
		}
		return fmt.Sprintf("COPY %s (%s) FROM STDIN", table, columns), strings.Join(fields, "\t") + "\n"
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, columns, values), ""
}

// typeOf is a type that holds the values of a column, and that is assigned to it
// in each state.
func (t *transition) typeOf(name string, wide bool) string {
	if t.kind == "recast" && wide {
		return "text"
	}
	for _, c := range slices.Concat(t.old, t.new) {
		if c.name == name && c.typ != "integer" && t.kind != "recast" {
			return c.typ
		}
	}
	return "bigint"
}
